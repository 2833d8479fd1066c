//! Twins of `adaptive_avg_pool2d.wgsl`. The gradient scatters here, window by window.

use crate::ops::sums::sum_of;
use std::ops::Range;

/// Height and width, of the images and of what they are pooled to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub image: [usize; 2],
    pub out: [usize; 2],
}

/// `x: [planes, height, width]`, `y: [planes, out_height, out_width]`.
pub(super) fn forward(s: &Sizes, x: &[f32], y: &mut [f32]) {
    let [height, width] = s.image;
    for (x, y) in x.chunks_exact(height * width).zip(y.chunks_exact_mut(s.out[0] * s.out[1])) {
        for (y, (rows, columns)) in y.iter_mut().zip(windows(s)) {
            let count = rows.len() * columns.len();
            let sum: f32 = rows.map(|row| sum_of(&x[row * width..][columns.clone()], |x| x)).sum();
            *y = sum / count as f32;
        }
    }
}

pub(super) fn backward(s: &Sizes, gy: &[f32], gx: &mut [f32]) {
    let [height, width] = s.image;
    gx.fill(0.0);
    for (gx, gy) in gx.chunks_exact_mut(height * width).zip(gy.chunks_exact(s.out[0] * s.out[1])) {
        for (gy, (rows, columns)) in gy.iter().zip(windows(s)) {
            let share = gy / (rows.len() * columns.len()) as f32;
            for row in rows {
                for value in &mut gx[row * width..][columns.clone()] {
                    *value += share;
                }
            }
        }
    }
}

/// Rows and columns of every window, in the order of the outputs.
fn windows(s: &Sizes) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let s = *s;
    let share = move |axis: usize, at: usize| at * s.image[axis] / s.out[axis]..((at + 1) * s.image[axis]).div_ceil(s.out[axis]);
    (0..s.out[0]).flat_map(move |oy| (0..s.out[1]).map(move |ox| (share(0, oy), share(1, ox))))
}
