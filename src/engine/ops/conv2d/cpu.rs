//! Twins of the `.wgsl` files beside it: matrix products with the patches of the images, which are packed as they are multiplied.

use super::Sizes;
use super::add_back::add_back;
use super::patches::{Patches, Results, Tap, Walk};
use crate::gemm::{self, Extent, Matrix, Rows, Start};
use crate::kernel::CpuKernel;
use std::borrow::Cow;
use std::ops::Range;

/// The walk of the kernel over x.
fn over_x(s: &Sizes) -> Walk {
    let [kernel_h, kernel_w] = s.kernel;
    let along = |axis: usize, at: usize| (at * s.settings.dilation[axis]) as isize - s.settings.padding[axis] as isize;
    let tap = |tap: usize| Tap {
        channel: tap / (kernel_h * kernel_w),
        down: along(0, tap / kernel_w % kernel_h),
        across: along(1, tap % kernel_w),
    };
    Walk::new(s.in_channels, s.image, s.settings.stride, s.out, (0..s.taps()).map(tap).collect())
}

/// Some images of a batch: the numbers of each are `size`.
fn images(values: &[f32], first: usize, count: usize, size: usize) -> &[f32] {
    &values[first * size..][..count * size]
}

/// The firsts and the counts of batches within the batch, of at most `most` images.
fn parts(batch: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..batch).step_by(most.max(1)).map(move |first| (first, most.min(batch - first)))
}

/// Twin of `conv2d.wgsl`: `y = W patches + b` for every group.
pub(super) fn forward(s: Sizes) -> CpuKernel {
    let walk = over_x(&s);
    let results = Results { image: s.out_channels * s.positions(), width: s.out[1], first: [0, 0], step: [1, 1] };
    let mut frames = Vec::new();
    Box::new(move |reads, writes| {
        let bias = (reads.len() == 3).then(|| reads.f32(2));
        let (per_group, positions) = (s.out_per_group(), s.positions());
        for (first, count) in parts(s.batch, walk.images(s.batch)) {
            let source = walk.lay(images(reads.f32(0), first, count, s.in_channels * s.pixels()), &mut frames);
            for group in 0..s.settings.groups {
                let patches =
                    Patches { walk: &walk, source, channel: group * s.in_per_group(), images: count, results: Cow::Borrowed(&results) };
                let start = bias.map_or(Start::Zero, |bias| Start::Rows(&bias[group * per_group..][..per_group]));
                let y = &mut writes[0][first * results.image + group * per_group * positions..];
                let extent = Extent { rows: per_group, depth: s.taps(), columns: count * positions, stride: positions };
                gemm::product(extent, &filters(&s, reads.f32(1), group), &patches, start, y);
            }
        }
    })
}

/// The weights of one group, a row a filter.
fn filters<'a>(s: &Sizes, weight: &'a [f32], group: usize) -> Matrix<'a> {
    let len = s.out_per_group() * s.taps();
    Matrix::new(&weight[group * len..][..len], s.out_per_group(), s.taps())
}

/// The pixels of x that lie `stride` apart are met by the same weights, each of them under the same places of gy: a convolution of gy.
struct Residue {
    walk: Walk,
    /// For every tap where its weight lies, in those of the first channel.
    weights: Vec<usize>,
    results: Results,
}

impl Residue {
    /// Of the pixels (r + i stride, q + j stride).
    fn new(s: &Sizes, first: [usize; 2]) -> Self {
        let (stride, [kernel_h, kernel_w]) = (s.settings.stride, s.kernel);
        // Pixel r + i stride lies under weight p of patch i + (r + padding - p dilation) / stride, where that is whole.
        let under = |axis: usize, p: usize| {
            let ahead = (first[axis] + s.settings.padding[axis]) as isize - (p * s.settings.dilation[axis]) as isize;
            (ahead % stride[axis] as isize == 0).then_some(ahead / stride[axis] as isize)
        };
        let (mut taps, mut weights) = (Vec::new(), Vec::new());
        for channel in 0..s.out_per_group() {
            for p in 0..kernel_h {
                for q in 0..kernel_w {
                    if let (Some(down), Some(across)) = (under(0, p), under(1, q)) {
                        taps.push(Tap { channel, down, across });
                        weights.push((channel * s.in_per_group() * kernel_h + p) * kernel_w + q);
                    }
                }
            }
        }
        let grid = std::array::from_fn(|axis| s.image[axis].saturating_sub(first[axis]).div_ceil(stride[axis]));
        let results = Results { image: s.in_channels * s.pixels(), width: s.image[1], first, step: stride };
        Residue { walk: Walk::new(s.out_channels, s.out, [1, 1], grid, taps), weights, results }
    }
}

/// The weights of one group and residue, a row a channel of x.
struct Turned<'a> {
    weight: &'a [f32],
    /// Numbers of one channel of one filter.
    plane: usize,
    offsets: &'a [usize],
}

impl Rows for Turned<'_> {
    fn pack(&self, first: usize, height: usize, ks: Range<usize>, panel: &mut [f32]) {
        for (to, &offset) in panel.chunks_exact_mut(height).zip(&self.offsets[ks]) {
            let from = self.weight[offset + first * self.plane..].iter().step_by(self.plane);
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
    }
}

/// Twin of `conv2d_input_grad.wgsl`, in whichever way takes fewer multiplications.
pub(super) fn input_grad(s: Sizes) -> CpuKernel {
    let [down, across] = s.settings.stride;
    if s.pixels() > down.saturating_mul(across).saturating_mul(s.positions()) / 2 * 3 { patch_by_patch(s) } else { pixel_by_pixel(s) }
}

/// `W^T gy`, every patch added back to where it was taken from: for images that are larger than what becomes of them.
fn patch_by_patch(s: Sizes) -> CpuKernel {
    let straight = channels_of_y(&s);
    let results = Results { image: s.positions(), width: s.positions(), first: [0, 0], step: [1, 1] };
    let mut patches = Vec::new();
    Box::new(move |reads, writes| {
        let (per_group, pixels) = (s.in_per_group(), s.pixels());
        for (first, count) in parts(s.batch, 256usize.div_ceil(s.positions())) {
            let columns = count * s.positions();
            patches.resize(s.taps() * columns, 0.0);
            let source = images(reads.f32(1), first, count, s.out_channels * s.positions());
            for group in 0..s.settings.groups {
                let channel = group * s.out_per_group();
                let gy = Patches { walk: &straight, source, channel, images: count, results: Cow::Borrowed(&results) };
                let extent = Extent { rows: s.taps(), depth: s.out_per_group(), columns, stride: columns };
                gemm::product(extent, &filters(&s, reads.f32(0), group).transposed(), &gy, Start::Zero, &mut patches);
                for image in 0..count {
                    let channel = (first + image) * s.in_channels + group * per_group;
                    let gx = &mut writes[0][channel * pixels..][..per_group * pixels];
                    add_back(&s, &patches[image * s.positions()..], columns, gx);
                }
            }
        }
    })
}

/// A convolution of gy for each of the residues of x's pixels by the stride.
fn pixel_by_pixel(s: Sizes) -> CpuKernel {
    // A stride may be longer than the image.
    let [down, across] = [s.settings.stride[0].min(s.image[0]), s.settings.stride[1].min(s.image[1])];
    let residues = (0..down).flat_map(|r| (0..across).map(move |q| [r, q])).map(|first| Residue::new(&s, first));
    // Pixels between the patches are met by no weight.
    let (met, unmet): (Vec<Residue>, Vec<Residue>) = residues.partition(|residue| !residue.weights.is_empty());
    let all_met = unmet.is_empty();
    // The residues' frames are of different sizes.
    let mut frames = vec![Vec::new(); met.len()];
    Box::new(move |reads, writes| {
        let (per_group, pixels) = (s.in_per_group(), s.pixels());
        let len = s.out_per_group() * s.taps();
        if !all_met {
            writes[0].fill(0.0);
        }
        for (Residue { walk, weights, results }, frames) in met.iter().zip(&mut frames) {
            for (first, count) in parts(s.batch, walk.images(s.batch)) {
                let source = walk.lay(images(reads.f32(1), first, count, s.out_channels * s.positions()), frames);
                for group in 0..s.settings.groups {
                    let channel = group * s.out_per_group();
                    let patches = Patches { walk, source, channel, images: count, results: Cow::Borrowed(results) };
                    let weight = &reads.f32(0)[group * len..][..len];
                    let weight = Turned { weight, plane: s.kernel[0] * s.kernel[1], offsets: weights };
                    let gx = &mut writes[0][first * results.image + group * per_group * pixels..];
                    let extent = Extent { rows: per_group, depth: weights.len(), columns: count * walk.positions(), stride: pixels };
                    gemm::product(extent, &weight, &patches, Start::Zero, gx);
                }
            }
        }
    })
}

/// The walk over y that takes a channel of a group as a row.
fn channels_of_y(s: &Sizes) -> Walk {
    let rows = (0..s.out_per_group()).map(|channel| Tap { channel, down: 0, across: 0 }).collect();
    Walk::new(s.out_channels, [1, s.positions()], [1, 1], [1, s.positions()], rows)
}

/// Twin of `conv2d_weight_grad.wgsl`: the sum over the images of `gy patches^T`, group by group.
pub(super) fn weight_grad(s: Sizes) -> CpuKernel {
    let walk = over_x(&s);
    let straight = channels_of_y(&s);
    let mut frames = Vec::new();
    Box::new(move |reads, writes| {
        writes[0].fill(0.0);
        let len = s.out_per_group() * s.taps();
        for (first, count) in parts(s.batch, walk.images(s.batch)) {
            let source = walk.lay(images(reads.f32(0), first, count, s.in_channels * s.pixels()), &mut frames);
            let gy = images(reads.f32(1), first, count, s.out_channels * s.positions());
            for group in 0..s.settings.groups {
                let of = |walk, source, channel| Patches { walk, source, channel, images: count, results: Cow::default() };
                let patches = of(&walk, source, group * s.in_per_group());
                let gy = of(&straight, gy, group * s.out_per_group());
                let gw = &mut writes[0][group * len..][..len];
                gemm::add_products(gw, count * s.positions(), (&gy, s.out_per_group()), (&patches, walk.taps()));
            }
        }
    })
}
