//! Twins of the `.wgsl` files beside it: patches laid out as a matrix, one image at a time, and a matrix product.

use super::Sizes;
use crate::gemm::{Matrix, gemm};
use crate::kernel::CpuKernel;
use std::ops::Range;

/// Twin of `conv2d.wgsl`: `y = W patches + b` for every image.
pub(super) fn forward(s: Sizes) -> CpuKernel {
    let mut patches = Vec::new();
    Box::new(move |reads, writes| {
        patches.resize(s.taps() * s.positions(), 0.0);
        let weight = Matrix::new(reads.f32(1), s.out_channels, s.taps());
        let bias = (reads.len() == 3).then(|| reads.f32(2));
        let images = reads.f32(0).chunks_exact(s.in_channels * s.height * s.width);
        for (x, y) in images.zip(writes[0].chunks_exact_mut(s.out_channels * s.positions())) {
            lay_out(&s, x, &mut patches);
            if let Some(bias) = bias {
                for (plane, &b) in y.chunks_exact_mut(s.positions()).zip(bias) {
                    plane.fill(b);
                }
            }
            gemm(y, weight, Matrix::new(&patches, s.taps(), s.positions()), bias.is_some());
        }
    })
}

/// Twin of `conv2d_input_grad.wgsl`: `W^T gy`, every patch added back to where it came from.
pub(super) fn input_grad(s: Sizes) -> CpuKernel {
    let mut patches = Vec::new();
    Box::new(move |reads, writes| {
        patches.resize(s.taps() * s.positions(), 0.0);
        let weight = Matrix::new(reads.f32(0), s.out_channels, s.taps()).transposed();
        let gradients = reads.f32(1).chunks_exact(s.out_channels * s.positions());
        for (gy, gx) in gradients.zip(writes[0].chunks_exact_mut(s.in_channels * s.height * s.width)) {
            gemm(&mut patches, weight, Matrix::new(gy, s.out_channels, s.positions()), false);
            add_back(&s, &patches, gx);
        }
    })
}

/// Twin of `conv2d_weight_grad.wgsl`: the sum over the images of `gy patches^T`.
pub(super) fn weight_grad(s: Sizes) -> CpuKernel {
    let mut patches = Vec::new();
    Box::new(move |reads, writes| {
        patches.resize(s.taps() * s.positions(), 0.0);
        let images = reads.f32(0).chunks_exact(s.in_channels * s.height * s.width);
        let gradients = reads.f32(1).chunks_exact(s.out_channels * s.positions());
        for (index, (x, gy)) in images.zip(gradients).enumerate() {
            lay_out(&s, x, &mut patches);
            let patches = Matrix::new(&patches, s.taps(), s.positions()).transposed();
            gemm(writes[0], Matrix::new(gy, s.out_channels, s.positions()), patches, index > 0);
        }
    })
}

impl Sizes {
    /// Weights of one filter.
    fn taps(&self) -> usize {
        self.in_channels * self.kernel[0] * self.kernel[1]
    }

    /// Patches of one image.
    fn positions(&self) -> usize {
        self.out_height * self.out_width
    }
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
    let axis = move |axis: usize, at: usize, size: usize, out: usize| Axis {
        stride: s.settings.stride[axis],
        ahead: at * s.settings.dilation[axis],
        padding: s.settings.padding[axis],
        size,
        out,
    };
    (0..s.taps()).map(move |tap| {
        let (c, p, q) = (tap / (s.kernel[0] * s.kernel[1]), tap / s.kernel[1] % s.kernel[0], tap % s.kernel[1]);
        (c, axis(0, p, s.height, s.out_height), axis(1, q, s.width, s.out_width))
    })
}

/// `patches[(c, p, q), (i, j)]` = the pixel of patch (i, j) under weight (c, p, q), 0 outside the image.
fn lay_out(s: &Sizes, x: &[f32], patches: &mut [f32]) {
    for ((c, down, across), row) in rows(s).zip(patches.chunks_exact_mut(s.positions())) {
        let (is, js) = (down.inside(), across.inside());
        row[..is.start * s.out_width].fill(0.0);
        row[is.end * s.out_width..].fill(0.0);
        for i in is {
            let line = &x[(c * s.height + down.pixel(i)) * s.width..][..s.width];
            let out = &mut row[i * s.out_width..][..s.out_width];
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
    x.fill(0.0);
    for ((c, down, across), row) in rows(s).zip(patches.chunks_exact(s.positions())) {
        let js = across.inside();
        if js.is_empty() {
            continue;
        }
        for i in down.inside() {
            let line = &mut x[(c * s.height + down.pixel(i)) * s.width..][..s.width];
            let values = &row[i * s.out_width..][js.clone()];
            for (pixel, &value) in line[across.pixel(js.start)..].iter_mut().step_by(across.stride).zip(values) {
                *pixel += value;
            }
        }
    }
}
