//! The fast ways to a convolution and its gradients on a GPU, and which suits which sizes.
//!
//! Knows sizes and shaders; knows nothing of graphs. As with matrix products the sizes alone decide in which order a device sums.

use super::sizes::Sizes;
use crate::kernel::{Family, Operand, Pass, Variant, grid};
use crate::ops::matmul::{TILED, chunk, sum_splits};

/// What says the sizes of the convolution, and of the product that it is.
const SIZES: &str = include_str!("conv2d_sizes.wgsl");
const PRODUCT: &str = include_str!("../matmul/matmul_sizes.wgsl");
const FORWARD: &str = include_str!("conv2d_tiles.wgsl");
const INPUT: &str = include_str!("conv2d_input_tiles.wgsl");
const WEIGHT: &str = include_str!("conv2d_weight_tiles.wgsl");
const CHANNELS: [&str; 2] = [include_str!("put_channels_plain.wgsl"), include_str!("put_channels_biased.wgsl")];
const PIXELS: [&str; 2] = [include_str!("put_pixels_plain.wgsl"), include_str!("put_pixels_biased.wgsl")];
const REGISTERS: &str = include_str!("conv2d_registers.wgsl");
const INPUT_REGISTERS: &str = include_str!("conv2d_input_registers.wgsl");
const LINE_ANY: &str = include_str!("line_any.wgsl");
const LINE_3: &str = include_str!("line_3.wgsl");
const LINE_5: &str = include_str!("line_5.wgsl");
const WEIGHT_REGISTERS: &str = include_str!("conv2d_weight_registers.wgsl");
const RUNS: [(usize, &str); 4] = [
    (16, include_str!("row_16.wgsl")),
    (12, include_str!("row_12.wgsl")),
    (8, include_str!("row_8.wgsl")),
    (4, include_str!("row_4.wgsl")),
];

macro_rules! whole {
    ($($file:literal),*) => { concat!(include_str!("conv2d_sizes.wgsl"), $(include_str!($file)),*) };
}

/// What is listed for tests: every file within a text that is whole.
pub(super) const SHADERS: &[(&str, &str)] = &[
    ("conv2d_sizes.wgsl", SIZES),
    ("conv2d.wgsl", super::kernel::CONV2D),
    ("conv2d_input_grad.wgsl", super::kernel::INPUT_GRAD),
    ("conv2d_weight_grad.wgsl", super::kernel::WEIGHT_GRAD),
    ("conv2d_registers.wgsl", whole!("row_16.wgsl", "line_3.wgsl", "put_pixels_plain.wgsl", "conv2d_registers.wgsl")),
    ("put_pixels_plain.wgsl", whole!("row_8.wgsl", "line_3.wgsl", "put_pixels_plain.wgsl", "conv2d_registers.wgsl")),
    ("put_pixels_biased.wgsl", whole!("row_4.wgsl", "line_any.wgsl", "put_pixels_biased.wgsl", "conv2d_registers.wgsl")),
    ("row_16.wgsl", whole!("row_16.wgsl", "line_any.wgsl", "put_pixels_biased.wgsl", "conv2d_registers.wgsl")),
    ("row_12.wgsl", whole!("row_12.wgsl", "line_any.wgsl", "put_pixels_biased.wgsl", "conv2d_registers.wgsl")),
    ("row_8.wgsl", whole!("row_8.wgsl", "line_any.wgsl", "put_pixels_biased.wgsl", "conv2d_registers.wgsl")),
    ("row_4.wgsl", whole!("row_4.wgsl", "line_3.wgsl", "put_pixels_plain.wgsl", "conv2d_registers.wgsl")),
    ("line_any.wgsl", whole!("row_12.wgsl", "line_any.wgsl", "put_pixels_plain.wgsl", "conv2d_registers.wgsl")),
    ("line_3.wgsl", whole!("row_12.wgsl", "line_3.wgsl", "put_pixels_biased.wgsl", "conv2d_registers.wgsl")),
    ("line_5.wgsl", whole!("row_12.wgsl", "line_5.wgsl", "put_pixels_biased.wgsl", "conv2d_registers.wgsl")),
    ("conv2d_input_registers.wgsl", whole!("row_8.wgsl", "conv2d_input_registers.wgsl")),
    ("conv2d_weight_registers.wgsl", whole!("conv2d_weight_registers.wgsl")),
    ("conv2d_tiles.wgsl", whole!("../matmul/matmul_sizes.wgsl", "conv2d_tiles.wgsl", "put_channels_plain.wgsl", "../matmul/tiled_64.wgsl")),
    (
        "conv2d_input_tiles.wgsl",
        whole!("../matmul/matmul_sizes.wgsl", "conv2d_input_tiles.wgsl", "put_channels_plain.wgsl", "../matmul/tiled_32.wgsl"),
    ),
    ("conv2d_weight_tiles.wgsl", whole!("../matmul/matmul_sizes.wgsl", "conv2d_weight_tiles.wgsl", "../matmul/tiled_64.wgsl")),
    (
        "put_channels_plain.wgsl",
        whole!("../matmul/matmul_sizes.wgsl", "conv2d_tiles.wgsl", "put_channels_plain.wgsl", "../matmul/tiled_32.wgsl"),
    ),
    (
        "put_channels_biased.wgsl",
        whole!("../matmul/matmul_sizes.wgsl", "conv2d_tiles.wgsl", "put_channels_biased.wgsl", "../matmul/tiled_64.wgsl"),
    ),
];

/// Channels of a tile in registers; the same as in the shaders.
const TILE: usize = 8;

/// Weights of a tile in registers; the same as in `conv2d_weight_registers.wgsl`.
const TAPS: usize = 16;

/// Convolutions of fewer multiplications are small.
const SMALL: usize = 1 << 18;

/// The most workgroups in z, and so the most groups that are products of their own.
const MOST_GROUPS: usize = 65_535;

type Constants = Vec<(&'static str, f64)>;

/// The ways to the convolution itself.
pub(super) fn forward(s: &Sizes, bias: bool, relu: bool) -> Vec<Variant> {
    let taps = s.kernel[0] * s.kernel[1];
    let strides = [taps * s.in_per_group(), taps, taps * s.in_per_group() * s.out_per_group()];
    let mut reads = vec![Operand::Read(0), Operand::Read(1)];
    reads.extend(bias.then_some(Operand::Read(2)));
    let mut variants = vec![registers(s, strides, false, bias, relu, reads.clone())];
    let product = Product { sizes: [s.out_per_group(), s.taps(), s.batch * s.positions()], along_k: [true, false], relu };
    variants.extend(product.tiled(s, &[FORWARD, CHANNELS[usize::from(bias)]], &[("area", s.positions() as f64)], reads));
    sized(s, variants)
}

/// The ways to the gradient of the images.
pub(super) fn input_grad(s: &Sizes) -> Vec<Variant> {
    let mut variants = Vec::new();
    let taps = s.kernel[0] * s.kernel[1];
    // With a stride of 1 it is the convolution of gy with the filters turned by half, whose padding fills what the first one's took away.
    if let Some(turned) = s.turned() {
        let strides = [taps, taps * s.in_per_group(), taps * s.in_per_group() * s.out_per_group()];
        variants.push(registers(&turned, strides, true, false, false, vec![Operand::Read(1), Operand::Read(0)]));
    } else if s.settings.dilation == [1, 1] && (0..2).all(|axis| s.settings.stride[axis] <= s.image[axis]) {
        // A class of pixels for every place in a stride: not where most of them would be empty.
        variants.push(input_registers(s));
    }
    let product =
        Product { sizes: [s.in_per_group(), s.out_per_group() * taps, s.batch * s.pixels()], along_k: [true, false], relu: false };
    let reads = vec![Operand::Read(0), Operand::Read(1)];
    variants.extend(product.tiled(s, &[INPUT, CHANNELS[0]], &[("area", s.pixels() as f64)], reads));
    sized(s, variants)
}

/// The ways to the gradient of the weights.
pub(super) fn weight_grad(s: &Sizes) -> Vec<Variant> {
    let product = Product { sizes: [s.out_per_group(), s.batch * s.positions(), s.taps()], along_k: [true, true], relu: false };
    let mut variants = vec![weight_registers(s)];
    variants.extend(product.tiled(s, &[WEIGHT], &[], vec![Operand::Read(0), Operand::Read(1)]));
    sized(s, variants)
}

/// The same ways; those of few multiplications are small.
fn sized(s: &Sizes, variants: Vec<Variant>) -> Vec<Variant> {
    let small = s.y().numel().saturating_mul(s.taps()) < SMALL;
    variants.into_iter().map(|variant| Variant { small, ..variant }).collect()
}

/// A convolution in registers, of these sizes and strides of the weights: from target to target, source to source, group to group.
fn registers(s: &Sizes, strides: [usize; 3], turned: bool, bias: bool, relu: bool, reads: Vec<Operand>) -> Variant {
    let [_, width] = s.out;
    // A run costs what it computes and, about eight times as much a number, what it loads.
    let slides = s.settings.stride[1] == 1 && s.settings.dilation[1] == 1;
    let loads = |columns: usize| if slides { columns / s.kernel[1] + 1 } else { columns };
    let cost = |columns: usize| width.div_ceil(columns) * (TILE * columns + 8 * (TILE + loads(columns)));
    let (columns, run) = RUNS.into_iter().min_by_key(|&(columns, _)| cost(columns)).unwrap_or(RUNS[0]);
    let line = match s.kernel[1] {
        3 => LINE_3,
        5 => LINE_5,
        _ => LINE_ANY,
    };
    let invocations = s.batch * s.settings.groups * s.out_per_group().div_ceil(TILE) * s.out[0] * width.div_ceil(columns);
    let lanes = if invocations >= 512 { 16 } else { 4 };
    let mut constants = s.constants();
    constants.extend(["w_target", "w_source", "w_group"].into_iter().zip(strides.map(|stride| stride as f64)));
    constants.extend([("lanes", lanes as f64), ("turned", f64::from(u8::from(turned))), ("relu", f64::from(u8::from(relu)))]);
    let pass = Pass {
        source: vec![SIZES, run, line, PIXELS[usize::from(bias)], REGISTERS],
        entry: "main",
        constants,
        workgroups: grid(invocations, lanes),
        reads,
        writes: vec![Operand::Write(0)],
    };
    Variant::single(Family::Registers, pass)
}

/// The gradient of the images in registers where the stride is more than 1.
fn input_registers(s: &Sizes) -> Variant {
    let [down, across] = [0, 1].map(|axis| s.image[axis].div_ceil(s.settings.stride[axis]));
    let cost = |columns: usize| across.div_ceil(columns) * (TILE * columns + 8 * (TILE + columns));
    let (columns, run) = RUNS.into_iter().min_by_key(|&(columns, _)| cost(columns)).unwrap_or(RUNS[0]);
    let planes = s.batch * s.settings.groups * s.in_per_group().div_ceil(TILE);
    let invocations = planes * s.settings.stride[0] * s.settings.stride[1] * down * across.div_ceil(columns);
    let mut constants = s.constants();
    constants.push(("lanes", 16.0));
    let pass = Pass {
        source: vec![SIZES, run, INPUT_REGISTERS],
        entry: "main",
        constants,
        workgroups: grid(invocations, 16),
        reads: vec![Operand::Read(0), Operand::Read(1)],
        writes: vec![Operand::Write(0)],
    };
    Variant::single(Family::Registers, pass)
}

fn weight_registers(s: &Sizes) -> Variant {
    let tiles = s.taps().div_ceil(TAPS) * s.out_per_group().div_ceil(TILE) * s.settings.groups;
    let lines = s.batch * s.out[0];
    let splits = 256usize.div_ceil(tiles).min(lines.div_ceil(4)).max(1);
    let each = lines.div_ceil(splits);
    let splits = lines.div_ceil(each);
    let mut constants = s.constants();
    constants.extend([("lanes", 4.0), ("lines", each as f64)]);
    let n = s.weight().numel();
    let writes = vec![if splits == 1 { Operand::Write(0) } else { Operand::Scratch(splits * n) }];
    let reads = vec![Operand::Read(0), Operand::Read(1)];
    let workgroups = grid(tiles * splits, 4);
    let first = Pass { source: vec![SIZES, WEIGHT_REGISTERS], entry: "main", constants, workgroups, reads, writes };
    if splits == 1 {
        return Variant::single(Family::Registers, first);
    }
    Variant { family: Family::Registers, passes: vec![first, sum_splits([n, 1], splits, None, false)], scratch: splits * n, small: false }
}

/// The matrix product that a convolution or a gradient of it is, group by group.
struct Product {
    /// m, k and n.
    sizes: [usize; 3],
    /// Whether neighbours along k lie side by side, in A and in B.
    along_k: [bool; 2],
    relu: bool,
}

impl Product {
    /// Tiles in workgroup memory; `text` has what fetches blocks and puts quads.
    fn tiled(&self, s: &Sizes, text: &[&'static str], more: &[(&'static str, f64)], reads: Vec<Operand>) -> Option<Variant> {
        let ([m, k, n], groups) = (self.sizes, s.settings.groups);
        // Groups of a few channels fill no tile, and what is countless is left to the plain kernel.
        if groups > MOST_GROUPS || groups > 1 && m < 8 || k == 0 || n > 1 << 30 {
            return None;
        }
        let tiles = |side: usize| m.div_ceil(side) * n.div_ceil(side);
        let small = m <= 32 || n <= 32 || groups * tiles(64) < 128;
        let (side, core) = TILED[usize::from(small)];
        let sums_weights = text.len() == 1;
        let chunk = if sums_weights { chunk(k, groups * tiles(side), 128, 128) } else { k.next_multiple_of(16) };
        let splits = k.div_ceil(chunk);
        let mut constants: Constants = s.constants();
        constants.extend([("m", m as f64), ("k", k as f64), ("n", n as f64), ("chunk", chunk as f64)]);
        let flags = [("a_along_k", self.along_k[0]), ("b_along_k", self.along_k[1]), ("relu", self.relu)];
        constants.extend(flags.map(|(name, flag)| (name, f64::from(u8::from(flag)))));
        constants.extend(more);
        let mut source = vec![SIZES, PRODUCT];
        source.extend(text);
        source.push(core);
        let [x, y, _] = grid(tiles(side) * splits, 1);
        let numbers = groups * m * n;
        let writes = vec![if splits == 1 { Operand::Write(0) } else { Operand::Scratch(splits * numbers) }];
        let first = Pass { source, entry: "main", constants, workgroups: [x, y, groups as u32], reads, writes };
        if splits == 1 {
            return Some(Variant::single(Family::Workgroups, first));
        }
        let passes = vec![first, sum_splits([numbers, 1], splits, None, false)];
        Some(Variant { family: Family::Workgroups, passes, scratch: splits * numbers, small: false })
    }
}
