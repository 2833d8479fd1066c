//! Matrix products on the CPU, of matrices that lie in memory and of such as are only made while they are packed.
//!
//! As in K. Goto, R. van de Geijn: Anatomy of high-performance matrix multiplication, 2008: blocks of both factors are copied into
//! panels that stay in the cache, and the innermost loops ([`kernel`]) run over panels. Whoever can write a block of its matrix into
//! panels can have it multiplied: that is how convolutions are products without a matrix of all patches. Knows nothing of them.

mod kernel;
mod pack;
#[cfg(test)]
mod tests;

pub(crate) use kernel::{Start, WIDTH};
pub(crate) use pack::Matrix;

use kernel::{DOTS, HEIGHT, PANELS};
use std::cell::RefCell;
use std::ops::Range;

/// One row of a panel.
pub(crate) type Lanes = [f32; WIDTH];

/// The left factor of a product.
pub(crate) trait Rows {
    /// Columns `ks` of the `height` rows from `first` on: `panel[k][row]`, where `panel` has as many rows as there are `ks`.
    fn pack(&self, first: usize, height: usize, ks: Range<usize>, panel: &mut [f32]);
}

/// A matrix of which a block can be had in panels.
pub(crate) trait Panels {
    /// Rows `ks` of the columns from `first` on, [`WIDTH`] a panel: `panels[panel][k][lane]`, zeros in lanes past the last column. There
    /// are `ks.len()` times as many of them as panels are wanted.
    fn pack(&self, first: usize, ks: Range<usize>, panels: &mut [Lanes]);
}

/// The right factor of a product, and where the columns of the product lie.
pub(crate) trait Columns: Panels {
    /// Where `column` and those after it lie in a row of the product.
    fn place(&self, column: usize) -> Run;
}

/// Columns that lie one `step` after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// Where the first lies.
    pub at: usize,
    /// How many they are.
    pub columns: usize,
    pub step: usize,
}

/// The sizes of a product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Rows of the left factor.
    pub rows: usize,
    /// What is summed over.
    pub depth: usize,
    /// Columns of the right factor.
    pub columns: usize,
    /// How far apart the rows of the product lie.
    pub stride: usize,
}

/// The deepest block: as many products are summed up before the sum goes to memory.
const DEPTH: usize = 320;

/// Floats of a block of the left factor, and of the right: parts of the second level of a cache.
const LEFT: usize = 1 << 15;
const RIGHT: usize = 1 << 17;

/// The most columns of a block, however shallow it is.
const WIDEST: usize = 1024;

/// Columns that are multiplied by each other at once in [`add_products`].
const LONG: usize = 256;

/// The blocks' panels: scratch memory that all products use, so that it stays in the cache.
#[derive(Default)]
struct Scratch {
    left: Vec<f32>,
    rows: Vec<Lanes>,
    right: Vec<Lanes>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The first `len` of a vector that has grown where it was shorter.
fn grown<T: Clone + Default>(values: &mut Vec<T>, len: usize) -> &mut [T] {
    if values.len() < len {
        values.resize(len, T::default());
    }
    &mut values[..len]
}

/// `c = start + a b`; element (i, j) of the product lies at `c[i * extent.stride + b.place(j).at]`. `start` has a number for every row.
pub(crate) fn product(extent: Extent, a: &impl Rows, b: &impl Columns, start: Start<'_>, c: &mut [f32]) {
    SCRATCH.with_borrow_mut(|scratch| blocks(extent, a, b, start, c, scratch));
}

fn blocks(extent: Extent, a: &impl Rows, b: &impl Columns, start: Start<'_>, c: &mut [f32], scratch: &mut Scratch) {
    let Extent { rows, depth, columns, stride } = extent;
    if depth == 0 {
        return without_depth(extent, b, start, c);
    }
    // Blocks of much the same size, none of them small.
    let deep = depth.div_ceil(depth.div_ceil(DEPTH));
    let tile = kernel::panels();
    let most_columns = (RIGHT / deep).min(WIDEST) / (PANELS * WIDTH) * PANELS * WIDTH;
    let most_rows = LEFT / deep / HEIGHT * HEIGHT;
    for first_column in (0..columns).step_by(most_columns) {
        let columns = most_columns.min(columns - first_column);
        for first_k in (0..depth).step_by(deep) {
            let ks = first_k..depth.min(first_k + deep);
            let deep = ks.len();
            let right = grown(&mut scratch.right, columns.div_ceil(WIDTH) * deep);
            b.pack(first_column, ks.clone(), right);
            for first_row in (0..rows).step_by(most_rows) {
                let rows = first_row..rows.min(first_row + most_rows);
                let left = grown(&mut scratch.left, rows.len() * deep);
                for (row, height) in tiles(rows.clone()) {
                    a.pack(row, height, ks.clone(), &mut left[(row - rows.start) * deep..][..height * deep]);
                }
                for (index, panels) in right.chunks(tile * deep).enumerate() {
                    let column = first_column + index * tile * WIDTH;
                    let wide = (panels.len() / deep * WIDTH).min(first_column + columns - column);
                    let run = b.place(column);
                    for (row, height) in tiles(rows.clone()) {
                        let start = match start {
                            _ if first_k > 0 => Start::There,
                            Start::Rows(values) => Start::Rows(&values[row..row + height]),
                            start => start,
                        };
                        let left = &left[(row - rows.start) * deep..][..height * deep];
                        place(height, deep, left, panels, start, &mut c[row * stride..], stride, b, run, column, wide);
                    }
                }
            }
        }
    }
}

/// A product without anything to sum.
fn without_depth(extent: Extent, b: &impl Columns, start: Start<'_>, c: &mut [f32]) {
    for row in 0..extent.rows {
        for column in 0..extent.columns {
            let c = &mut c[row * extent.stride + b.place(column).at];
            *c = match start {
                Start::Zero => 0.0,
                Start::There => *c,
                Start::Rows(values) => values[row],
            };
        }
    }
}

/// The tiles that `rows` are divided into: each one's first row and its height, all of much the same height.
fn tiles(rows: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    let count = rows.len().div_ceil(HEIGHT);
    let height = rows.len() / count.max(1);
    let higher = rows.len() - height * count;
    (0..count).map(move |tile| (rows.start + tile * height + tile.min(higher), height + usize::from(tile < higher)))
}

/// Computes one tile where it belongs, or beside it where its columns do not lie side by side.
#[allow(clippy::too_many_arguments)]
fn place(
    height: usize,
    deep: usize,
    left: &[f32],
    right: &[Lanes],
    start: Start<'_>,
    c: &mut [f32],
    stride: usize,
    b: &impl Columns,
    run: Run,
    column: usize,
    columns: usize,
) {
    let width = right.len() / deep * WIDTH;
    if run.step == 1 && run.columns >= columns && width == columns {
        return kernel::tile(height, left, right, start, &mut c[run.at..], stride);
    }
    let mut tile = [0.0; HEIGHT * PANELS * WIDTH];
    let beside = if let Start::There = start { Start::Zero } else { start };
    kernel::tile(height, left, right, beside, &mut tile, width);
    let mut done = 0;
    while done < columns {
        let Run { at, columns: together, step } = b.place(column + done);
        let together = together.min(columns - done);
        for (row, tile) in tile.chunks_exact(width).take(height).enumerate() {
            let from = &tile[done..done + together];
            let to = c[row * stride + at..].iter_mut().step_by(step);
            match start {
                Start::There => to.zip(from).for_each(|(to, from)| *to += from),
                _ => to.zip(from).for_each(|(to, from)| *to = *from),
            }
        }
        done += together;
    }
}

/// `c = a b`, or `c += a b`; c is row-major and dense.
pub(crate) fn gemm(c: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, accumulate: bool) {
    let extent = Extent { rows: a.rows(), depth: a.columns(), columns: b.columns(), stride: b.columns() };
    assert_eq!(extent.depth, b.rows(), "the inner dimensions agree");
    assert_eq!(c.len(), extent.rows * extent.columns, "the product fills its slice");
    product(extent, &a, &b, if accumulate { Start::There } else { Start::Zero }, c);
}

/// `c += a b^T`, where both factors can be had in panels and have `depth` columns; with each comes how many rows it has. `c` is row-major
/// and dense. The lanes lie along what is summed: for products of few rows and many columns.
pub(crate) fn add_products(c: &mut [f32], depth: usize, (a, rows): (&impl Panels, usize), (b, columns): (&impl Panels, usize)) {
    assert_eq!(c.len(), rows * columns, "the product fills its slice");
    SCRATCH.with_borrow_mut(|Scratch { rows: left, right, .. }| {
        for first in (0..depth).step_by(LONG) {
            let panels = LONG.min(depth - first).div_ceil(WIDTH);
            for row in (0..rows).step_by(DEPTH) {
                let rows = row..rows.min(row + DEPTH);
                let left = grown(left, panels * rows.len());
                a.pack(first, rows.clone(), left);
                for column in (0..columns).step_by(DEPTH) {
                    let block = column..columns.min(column + DEPTH);
                    let right = grown(right, panels * block.len());
                    b.pack(first, block.clone(), right);
                    add_dots(&mut c[row * columns + column..], columns, (left, rows.len()), (right, block.len()));
                }
            }
        }
    });
}

/// `c[i * stride + j] += sum over panels and lanes of a[panel][i][lane] b[panel][j][lane]`, for as many i and j as are said.
fn add_dots(c: &mut [f32], stride: usize, (a, rows): (&[Lanes], usize), (b, columns): (&[Lanes], usize)) {
    let mut few = [[0.0; WIDTH]; DOTS[1] * LONG / WIDTH];
    for column in (0..columns).step_by(DOTS[1]) {
        // The few rows of b are brought together, for they are read again and again.
        let width = DOTS[1].min(columns - column);
        let mut count = 0;
        for (few, panel) in few.chunks_exact_mut(width).zip(b.chunks_exact(columns)) {
            few.iter_mut().zip(&panel[column..]).for_each(|(to, from)| *to = *from);
            count += width;
        }
        for row in (0..rows).step_by(DOTS[0]) {
            let height = DOTS[0].min(rows - row);
            let products = kernel::dots(a, rows, (row, height), &few[..count], width);
            for (i, products) in products[..height].iter().enumerate() {
                for (c, product) in c[(row + i) * stride + column..].iter_mut().zip(&products[..width]) {
                    *c += product;
                }
            }
        }
    }
}
