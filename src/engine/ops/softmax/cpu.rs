//! Twins of `softmax.wgsl`.

use super::{Sizes, Which};

/// The first number of every column; the next ones lie `inner` apart.
fn starts(s: Sizes) -> impl Iterator<Item = usize> {
    (0..s.batch * s.inner).map(move |i| i / s.inner * s.channels * s.inner + i % s.inner)
}

/// The places of a column.
fn column(s: Sizes, first: usize) -> impl Iterator<Item = usize> + Clone {
    (0..s.channels).map(move |c| first + c * s.inner)
}

pub(super) fn forward(s: Sizes, log: bool, x: &[f32], y: &mut [f32]) {
    for first in starts(s) {
        let column = column(s, first);
        let top = column.clone().fold(f32::NEG_INFINITY, |top, at| top.max(x[at]));
        let sum: f32 = column.clone().map(|at| (x[at] - top).exp()).sum();
        let log_sum = sum.ln();
        for at in column {
            y[at] = if log { x[at] - top - log_sum } else { (x[at] - top).exp() / sum };
        }
    }
}

/// Gradients and tangents: from y and a direction v.
pub(super) fn derivative(s: Sizes, which: Which, y: &[f32], v: &[f32], result: &mut [f32]) {
    for first in starts(s) {
        let column = column(s, first);
        let sum: f32 = column
            .clone()
            .map(|at| match which {
                Which::Softmax => y[at] * v[at],
                Which::LogGradient => v[at],
                Which::LogTangent => y[at].exp() * v[at],
            })
            .sum();
        for at in column {
            result[at] = match which {
                Which::Softmax => y[at] * (v[at] - sum),
                Which::LogGradient => v[at] - y[at].exp() * sum,
                Which::LogTangent => v[at] - sum,
            };
        }
    }
}
