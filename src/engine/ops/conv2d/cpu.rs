//! Twins of the `.wgsl` files beside it: the patches of one group of one image at a time laid out as a matrix,
//! and a matrix product.

use super::Sizes;
use crate::gemm::{Matrix, gemm};
use crate::kernel::CpuKernel;
use std::ops::Range;

/// Twin of `conv2d.wgsl`: `y = W patches + b` for every group of every image.
pub(super) fn forward(s: Sizes) -> CpuKernel {
    let mut patches = Vec::new();
    Box::new(move |reads, writes| {
        patches.resize(s.taps() * s.positions(), 0.0);
        let bias = (reads.len() == 3).then(|| reads.f32(2));
        let xs = reads.f32(0).chunks_exact(s.in_per_group() * s.pixels());
        let ys = writes[0].chunks_exact_mut(s.out_per_group() * s.positions());
        for (index, (x, y)) in xs.zip(ys).enumerate() {
            let group = index % s.settings.groups;
            lay_out(&s, x, &mut patches);
            if let Some(bias) = bias {
                for (plane, &b) in y.chunks_exact_mut(s.positions()).zip(&bias[group * s.out_per_group()..]) {
                    plane.fill(b);
                }
            }
            gemm(y, filters(&s, reads.f32(1), group), Matrix::new(&patches, s.taps(), s.positions()), bias.is_some());
        }
    })
}

/// Twin of `conv2d_input_grad.wgsl`: `W^T gy`, every patch added back to where it came from.
pub(super) fn input_grad(s: Sizes) -> CpuKernel {
    let mut patches = Vec::new();
    Box::new(move |reads, writes| {
        patches.resize(s.taps() * s.positions(), 0.0);
        let gys = reads.f32(1).chunks_exact(s.out_per_group() * s.positions());
        let gxs = writes[0].chunks_exact_mut(s.in_per_group() * s.pixels());
        for (index, (gy, gx)) in gys.zip(gxs).enumerate() {
            let weight = filters(&s, reads.f32(0), index % s.settings.groups).transposed();
            gemm(&mut patches, weight, Matrix::new(gy, s.out_per_group(), s.positions()), false);
            add_back(&s, &patches, gx);
        }
    })
}

/// Twin of `conv2d_weight_grad.wgsl`: the sum over the images of `gy patches^T`, group by group.
pub(super) fn weight_grad(s: Sizes) -> CpuKernel {
    let mut patches = Vec::new();
    Box::new(move |reads, writes| {
        patches.resize(s.taps() * s.positions(), 0.0);
        let xs = reads.f32(0).chunks_exact(s.in_per_group() * s.pixels());
        let gys = reads.f32(1).chunks_exact(s.out_per_group() * s.positions());
        let len = s.out_per_group() * s.taps();
        for (index, (x, gy)) in xs.zip(gys).enumerate() {
            let (image, group) = (index / s.settings.groups, index % s.settings.groups);
            lay_out(&s, x, &mut patches);
            let patches = Matrix::new(&patches, s.taps(), s.positions()).transposed();
            let gw = &mut writes[0][group * len..][..len];
            gemm(gw, Matrix::new(gy, s.out_per_group(), s.positions()), patches, image > 0);
        }
    })
}

/// The weights of one group, a row a filter.
fn filters<'a>(s: &Sizes, weight: &'a [f32], group: usize) -> Matrix<'a> {
    let len = s.out_per_group() * s.taps();
    Matrix::new(&weight[group * len..][..len], s.out_per_group(), s.taps())
}

/// Where along one axis a weight meets the image.
#[derive(Clone, Copy)]
struct Axis {
    stride: usize,
    /// The weight's distance from the patch's first pixel.
    ahead: usize,
    padding: usize,
    size: usize,
    out: usize,
}

impl Axis {
    /// The patches whose pixel under this weight lies inside the image.
    fn inside(&self) -> Range<usize> {
        let first = self.padding.saturating_sub(self.ahead).div_ceil(self.stride).min(self.out);
        let end = (self.size + self.padding).saturating_sub(self.ahead).div_ceil(self.stride).min(self.out);
        first..end.max(first)
    }

    /// The pixel of a patch inside.
    fn pixel(&self, patch: usize) -> usize {
        patch * self.stride + self.ahead - self.padding
    }
}

/// For every weight of a filter (c, p, q), in order: its row of the patch matrix, and where it meets the image.
fn rows(s: &Sizes) -> impl Iterator<Item = (usize, Axis, Axis)> {
    let s = *s;
    let axis = move |axis: usize, at: usize| Axis {
        stride: s.settings.stride[axis],
        ahead: at * s.settings.dilation[axis],
        padding: s.settings.padding[axis],
        size: s.image[axis],
        out: s.out[axis],
    };
    (0..s.taps()).map(move |tap| {
        let (c, p, q) = (tap / (s.kernel[0] * s.kernel[1]), tap / s.kernel[1] % s.kernel[0], tap % s.kernel[1]);
        (c, axis(0, p), axis(1, q))
    })
}

/// `patches[(c, p, q), (i, j)]` = for the channels c of one group the pixel of patch (i, j) under weight (c, p, q), 0 outside the image.
fn lay_out(s: &Sizes, x: &[f32], patches: &mut [f32]) {
    let ([height, width], [_, out_width]) = (s.image, s.out);
    for ((c, down, across), row) in rows(s).zip(patches.chunks_exact_mut(s.positions())) {
        let (is, js) = (down.inside(), across.inside());
        row[..is.start * out_width].fill(0.0);
        row[is.end * out_width..].fill(0.0);
        for i in is {
            let line = &x[(c * height + down.pixel(i)) * width..][..width];
            let out = &mut row[i * out_width..][..out_width];
            out[..js.start].fill(0.0);
            out[js.end..].fill(0.0);
            if js.is_empty() {
                continue;
            }
            let first = across.pixel(js.start);
            if across.stride == 1 {
                out[js.clone()].copy_from_slice(&line[first..first + js.len()]);
            } else {
                for (value, &pixel) in out[js.clone()].iter_mut().zip(line[first..].iter().step_by(across.stride)) {
                    *value = pixel;
                }
            }
        }
    }
}

/// The transpose of [`lay_out`]: every number is added to the pixel it was taken from.
fn add_back(s: &Sizes, patches: &[f32], x: &mut [f32]) {
    let ([height, width], [_, out_width]) = (s.image, s.out);
    x.fill(0.0);
    for ((c, down, across), row) in rows(s).zip(patches.chunks_exact(s.positions())) {
        let js = across.inside();
        if js.is_empty() {
            continue;
        }
        for i in down.inside() {
            let line = &mut x[(c * height + down.pixel(i)) * width..][..width];
            let values = &row[i * out_width..][js.clone()];
            for (pixel, &value) in line[across.pixel(js.start)..].iter_mut().step_by(across.stride).zip(values) {
                *pixel += value;
            }
        }
    }
}
