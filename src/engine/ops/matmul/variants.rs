//! The fast ways to a matrix product on a GPU, and which suits which sizes.
//!
//! Knows sizes and shaders; knows nothing of graphs. Every variant adds up the numbers of k in ascending order, by fours; only where k is
//! split into parts (few outputs, long sums) are the parts summed first. The sizes alone decide it, so a device always sums alike.

use crate::kernel::{Family, Operand, Pass, Variant, grid};

const SIZES: &str = include_str!("matmul_sizes.wgsl");
const SUM: &str = include_str!("sum_splits.wgsl");
/// The cores of products in workgroup memory, by the side of their tiles: 64 and 32.
pub(in crate::ops) const TILED: [(usize, &str); 2] = [(64, include_str!("tiled_64.wgsl")), (32, include_str!("tiled_32.wgsl"))];
const COLUMNS: [(usize, &str); 3] =
    [(16, include_str!("columns_16.wgsl")), (8, include_str!("columns_8.wgsl")), (4, include_str!("columns_4.wgsl"))];
const A: [&str; 2] = [include_str!("a_f32.wgsl"), include_str!("a_vec4.wgsl")];
const B: [&str; 2] = [include_str!("b_f32.wgsl"), include_str!("b_vec4.wgsl")];
const PUT: [&str; 2] = [include_str!("put_plain.wgsl"), include_str!("put_biased.wgsl")];
const REGISTERS: &str = include_str!("matmul_registers.wgsl");

/// The texts of these files, after that of the sizes.
macro_rules! whole {
    ($($file:literal),*) => { concat!(include_str!("matmul_sizes.wgsl"), $(include_str!($file)),*) };
}

/// What is listed for tests: every file within a text that is whole.
pub(super) const SHADERS: &[(&str, &str)] = &[
    ("matmul.wgsl", super::kernel::MATMUL),
    ("matmul_registers.wgsl", whole!("a_vec4.wgsl", "b_vec4.wgsl", "put_plain.wgsl", "columns_16.wgsl", "matmul_registers.wgsl")),
    ("a_vec4.wgsl", whole!("a_vec4.wgsl", "b_f32.wgsl", "put_biased.wgsl", "columns_8.wgsl", "matmul_registers.wgsl")),
    ("b_vec4.wgsl", whole!("a_f32.wgsl", "b_vec4.wgsl", "put_plain.wgsl", "columns_4.wgsl", "matmul_registers.wgsl")),
    ("a_f32.wgsl", whole!("a_f32.wgsl", "b_f32.wgsl", "put_plain.wgsl", "tiled_64.wgsl")),
    ("b_f32.wgsl", whole!("a_vec4.wgsl", "b_f32.wgsl", "put_biased.wgsl", "tiled_32.wgsl")),
    ("put_plain.wgsl", whole!("a_f32.wgsl", "b_f32.wgsl", "put_plain.wgsl", "tiled_32.wgsl")),
    ("put_biased.wgsl", whole!("a_f32.wgsl", "b_f32.wgsl", "put_biased.wgsl", "tiled_64.wgsl")),
    ("columns_16.wgsl", whole!("a_f32.wgsl", "b_f32.wgsl", "put_biased.wgsl", "columns_16.wgsl", "matmul_registers.wgsl")),
    ("columns_8.wgsl", whole!("a_f32.wgsl", "b_f32.wgsl", "put_biased.wgsl", "columns_8.wgsl", "matmul_registers.wgsl")),
    ("columns_4.wgsl", whole!("a_f32.wgsl", "b_f32.wgsl", "put_biased.wgsl", "columns_4.wgsl", "matmul_registers.wgsl")),
    ("tiled_64.wgsl", whole!("a_vec4.wgsl", "b_vec4.wgsl", "put_plain.wgsl", "tiled_64.wgsl")),
    ("tiled_32.wgsl", whole!("a_vec4.wgsl", "b_vec4.wgsl", "put_plain.wgsl", "tiled_32.wgsl")),
    ("matmul_sizes.wgsl", SIZES),
    ("sum_splits.wgsl", SUM),
];

/// Products of fewer multiplications are small.
const SMALL: usize = 1 << 16;

/// Rows of a tile in registers; the same as in `matmul_registers.wgsl`.
const ROWS: usize = 8;

/// A product `[m, k] x [k, n]`.
pub(super) struct Product {
    /// m, k and n.
    pub sizes: [usize; 3],
    /// Whether the numbers of a row of A lie side by side.
    pub a_along_k: bool,
    /// Whether those of a column of B do.
    pub b_along_k: bool,
    pub bias: bool,
    /// Whether what is below 0 becomes 0.
    pub relu: bool,
}

impl Product {
    pub(super) fn variants(&self) -> Vec<Variant> {
        let small = self.sizes.iter().fold(1usize, |product, &size| product.saturating_mul(size)) < SMALL;
        [self.registers(), self.tiled()].map(|variant| Variant { small, ..variant }).into()
    }

    /// Tiles of 8 rows in registers.
    fn registers(&self) -> Variant {
        let [m, k, n] = self.sizes;
        // A tile costs what it computes and, about eight times as much a number, what it loads.
        let cost = |columns: usize| n.div_ceil(columns) * (ROWS * columns + 8 * (ROWS + columns));
        let (columns, text) = COLUMNS.into_iter().min_by_key(|&(columns, _)| cost(columns)).unwrap_or(COLUMNS[0]);
        let tiles = m.div_ceil(ROWS) * n.div_ceil(columns);
        let lanes = if tiles >= 512 { 16 } else { 4 };
        let chunk = chunk(k, tiles, 32, 256);
        let workgroups = grid(tiles * k.div_ceil(chunk), lanes);
        self.split(Family::Registers, &[text, REGISTERS], &[("lanes", lanes as f64)], chunk, workgroups)
    }

    /// Tiles in workgroup memory.
    fn tiled(&self) -> Variant {
        let [m, k, n] = self.sizes;
        let tiles = |side: usize| m.div_ceil(side) * n.div_ceil(side);
        let (side, text) = TILED[usize::from(tiles(64) < 128)];
        let chunk = chunk(k, tiles(side), 128, 128);
        let workgroups = grid(tiles(side) * k.div_ceil(chunk), 1);
        self.split(Family::Workgroups, &[text], &[], chunk, workgroups)
    }

    /// In one pass, or in one for the parts of k and one for their sum.
    fn split(&self, family: Family, text: &[&'static str], more: &[(&'static str, f64)], chunk: usize, workgroups: [u32; 3]) -> Variant {
        let [m, k, n] = self.sizes;
        let splits = k.div_ceil(chunk);
        let whole = splits == 1;
        let vectors = |along_k: bool, across: usize| usize::from((if along_k { k } else { across }).is_multiple_of(4));
        let mut source = vec![SIZES, A[vectors(self.a_along_k, m)], B[vectors(self.b_along_k, n)], PUT[usize::from(whole && self.bias)]];
        source.extend(text);
        let mut constants: Vec<(&str, f64)> = vec![("m", m as f64), ("k", k as f64), ("n", n as f64), ("chunk", chunk as f64)];
        let flags = [("a_along_k", self.a_along_k), ("b_along_k", self.b_along_k), ("relu", whole && self.relu)];
        constants.extend(flags.map(|(name, flag)| (name, f64::from(u8::from(flag)))));
        constants.extend(more);
        let bias = self.bias.then_some(Operand::Read(2));
        let mut reads = vec![Operand::Read(0), Operand::Read(1)];
        if whole {
            reads.extend(bias);
            let pass = Pass { source, entry: "main", constants, workgroups, reads, writes: vec![Operand::Write(0)] };
            return Variant::single(family, pass);
        }
        let scratch = splits * m * n;
        let parts = Pass { source, entry: "main", constants, workgroups, reads, writes: vec![Operand::Scratch(scratch)] };
        Variant { family, passes: vec![parts, sum_splits([m * n, n], splits, bias, self.relu)], scratch, small: false }
    }
}

/// The pass that adds up the parts of a product of so many numbers in so many columns.
pub(in crate::ops) fn sum_splits([n, columns]: [usize; 2], splits: usize, bias: Option<Operand>, relu: bool) -> Pass {
    let sizes = [("n", n), ("columns", columns), ("splits", splits), ("relu", usize::from(relu))];
    let mut reads = vec![Operand::Scratch(splits * n)];
    reads.extend(bias);
    Pass {
        source: vec![SUM],
        entry: if bias.is_some() { "with_bias" } else { "plain" },
        constants: sizes.map(|(name, size)| (name, size as f64)).to_vec(),
        workgroups: grid(n, 64),
        reads,
        writes: vec![Operand::Write(0)],
    }
}

/// How much of k one tile sums up: all of it, unless there are fewer than `enough` tiles and parts of at least `least` make them more.
pub(in crate::ops) fn chunk(k: usize, tiles: usize, enough: usize, least: usize) -> usize {
    let splits = enough.div_ceil(tiles).min(k / least).max(1);
    k.div_ceil(splits).next_multiple_of(16)
}
