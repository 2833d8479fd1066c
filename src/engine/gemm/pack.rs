//! Matrices that lie in slices, and how their blocks become panels. Knows nothing of products.

use super::kernel::{HEIGHT, WIDTH};
use super::{Columns, Lanes, Panels, Rows, Run};
use std::ops::Range;

/// A matrix in a slice: element (i, j) is `values[i * columns + j]`, or `values[j * rows + i]` of a transpose.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    /// `rows` x `columns`, row-major and dense.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a dense matrix fills its slice");
        Matrix { values, rows, columns, transposed: false }
    }

    /// The transpose, without moving a number.
    pub(crate) fn transposed(self) -> Self {
        Matrix { rows: self.columns, columns: self.rows, transposed: !self.transposed, ..self }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// The first `wide` columns after `first` of every row of `ks`, where rows lie in one stretch each.
    fn stretches(self, first: usize, wide: usize, ks: Range<usize>) -> impl Iterator<Item = &'a [f32]> {
        let (values, columns) = (self.values, self.columns);
        ks.map(move |k| &values[k * columns + first..][..wide])
    }
}

impl Rows for Matrix<'_> {
    fn pack(&self, first: usize, height: usize, ks: Range<usize>, panel: &mut [f32]) {
        match height {
            1 => pack_rows::<1>(self, first, ks, panel),
            2 => pack_rows::<2>(self, first, ks, panel),
            3 => pack_rows::<3>(self, first, ks, panel),
            // No tile is higher.
            _ => pack_rows::<HEIGHT>(self, first, ks, panel),
        }
    }
}

fn pack_rows<const H: usize>(a: &Matrix<'_>, first: usize, ks: Range<usize>, panel: &mut [f32]) {
    let (panel, _) = panel.as_chunks_mut::<H>();
    if a.transposed {
        // Seen from the transpose, what is wanted lies in stretches.
        let stretches = a.transposed().stretches(first, H, ks);
        panel.iter_mut().zip(stretches).for_each(|(to, from)| to.copy_from_slice(from));
    } else {
        interleave(std::array::from_fn(|row| &a.values[(first + row) * a.columns..][ks.clone()]), panel);
    }
}

/// `to[k][i] = from[i][k]`.
fn interleave<const N: usize>(from: [&[f32]; N], to: &mut [[f32; N]]) {
    let from = from.map(|row| &row[..to.len()]);
    for (k, to) in to.iter_mut().enumerate() {
        *to = std::array::from_fn(|i| from[i][k]);
    }
}

impl Panels for Matrix<'_> {
    fn pack(&self, first: usize, ks: Range<usize>, panels: &mut [Lanes]) {
        let deep = ks.len();
        if deep == 0 {
            return;
        }
        for (index, panel) in panels.chunks_exact_mut(deep).enumerate() {
            let first = first + index * WIDTH;
            let wide = WIDTH.min(self.columns - first);
            if self.transposed {
                let row = |lane: usize| &self.values[(first + lane.min(wide - 1)) * self.rows..][ks.clone()];
                interleave::<WIDTH>(std::array::from_fn(row), panel);
                if wide < WIDTH {
                    panel.iter_mut().for_each(|lanes| lanes[wide..].fill(0.0));
                }
            } else if wide == WIDTH {
                panel.iter_mut().zip(self.stretches(first, WIDTH, ks.clone())).for_each(|(to, from)| to.copy_from_slice(from));
            } else {
                for (to, from) in panel.iter_mut().zip(self.stretches(first, wide, ks.clone())) {
                    *to = [0.0; WIDTH];
                    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
}

impl Columns for Matrix<'_> {
    fn place(&self, column: usize) -> Run {
        Run { at: column, columns: self.columns - column, step: 1 }
    }
}
