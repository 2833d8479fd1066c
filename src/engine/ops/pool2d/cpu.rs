//! Twins of `max_pool2d.wgsl` and `avg_pool2d.wgsl`. The gradients scatter here, window by window: one thread needs no care for who
//! writes where, and the order of the sums is the same.

use super::Geometry;
use std::ops::Range;

/// `x: [planes, height, width]`, `v` of the same shape, `y: [planes, out_height, out_width]`: of every window the number of `v` where
/// `x` has its maximum; `v` is `x` itself for the pooling, and its tangent for the pooling's.
pub(super) fn max_pick(g: &Geometry, x: &[f32], v: &[f32], y: &mut [f32]) {
    let planes = x.chunks_exact(g.pixels()).zip(v.chunks_exact(g.pixels()));
    for ((x, v), y) in planes.zip(y.chunks_exact_mut(g.windows())) {
        for (y, window) in y.iter_mut().zip(windows(g)) {
            *y = v[argmax(g, x, &window)];
        }
    }
}

pub(super) fn max_backward(g: &Geometry, x: &[f32], gy: &[f32], gx: &mut [f32]) {
    gx.fill(0.0);
    let planes = x.chunks_exact(g.pixels()).zip(gx.chunks_exact_mut(g.pixels()));
    for ((x, gx), gy) in planes.zip(gy.chunks_exact(g.windows())) {
        for (gy, window) in gy.iter().zip(windows(g)) {
            gx[argmax(g, x, &window)] += gy;
        }
    }
}

pub(super) fn average_forward(g: &Geometry, x: &[f32], y: &mut [f32]) {
    let width = g.image[1];
    for (x, y) in x.chunks_exact(g.pixels()).zip(y.chunks_exact_mut(g.windows())) {
        for (y, window) in y.iter_mut().zip(windows(g)) {
            let mut sum = 0.0;
            for row in window.rows.clone() {
                for value in &x[row * width..][window.columns.clone()] {
                    sum += value;
                }
            }
            *y = sum / window.divisor;
        }
    }
}

pub(super) fn average_backward(g: &Geometry, gy: &[f32], gx: &mut [f32]) {
    let width = g.image[1];
    gx.fill(0.0);
    for (gx, gy) in gx.chunks_exact_mut(g.pixels()).zip(gy.chunks_exact(g.windows())) {
        for (gy, window) in gy.iter().zip(windows(g)) {
            let share = gy / window.divisor;
            for row in window.rows.clone() {
                for value in &mut gx[row * width..][window.columns.clone()] {
                    *value += share;
                }
            }
        }
    }
}

/// The part of a window that lies inside the image, one number or more.
struct Window {
    rows: Range<usize>,
    columns: Range<usize>,
    /// By how much an average divides.
    divisor: f32,
}

/// The windows of a plane, in the order of the outputs.
fn windows(g: &Geometry) -> impl Iterator<Item = Window> {
    let g = *g;
    (0..g.out[0]).flat_map(move |oy| {
        let (rows, tall) = along(&g, 0, oy);
        (0..g.out[1]).map(move |ox| {
            let (columns, wide) = along(&g, 1, ox);
            Window { rows: rows.clone(), columns, divisor: (tall * wide) as f32 }
        })
    })
}

/// Which positions window `at` covers along one axis, and how many count for an average.
fn along(g: &Geometry, axis: usize, at: usize) -> (Range<usize>, usize) {
    let (size, kernel, padding) = (g.image[axis], g.kernel[axis], g.padding[axis]);
    let begin = at * g.stride[axis];
    let inside = begin.max(padding) - padding..(begin + kernel).min(size + padding) - padding;
    let counted = if g.count_include_pad { kernel.min(size + 2 * padding - begin) } else { inside.len() };
    (inside, counted)
}

/// The index of the window's first maximum in row-major order; a NaN counts as larger than any number.
fn argmax(g: &Geometry, x: &[f32], window: &Window) -> usize {
    let mut best = window.rows.start * g.image[1] + window.columns.start;
    for row in window.rows.clone() {
        for at in row * g.image[1] + window.columns.start..row * g.image[1] + window.columns.end {
            if x[at] > x[best] || x[at].is_nan() {
                best = at;
            }
        }
    }
    best
}
