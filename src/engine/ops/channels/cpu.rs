//! Twins of `channels.wgsl`.

use super::Sizes;
use crate::ops::sums::sum_of_pairs;

pub(super) fn affine(s: Sizes, x: &[f32], factor: &[f32], shift: &[f32], y: &mut [f32]) {
    for (row, (y, x)) in y.chunks_exact_mut(s.inner).zip(x.chunks_exact(s.inner)).enumerate() {
        let (factor, shift) = (factor[row % s.channels], shift[row % s.channels]);
        for (y, x) in y.iter_mut().zip(x) {
            *y = x * factor + shift;
        }
    }
}

pub(super) fn scale(s: Sizes, x: &[f32], factor: &[f32], y: &mut [f32]) {
    for ((y, x), factor) in y.chunks_exact_mut(s.inner).zip(x.chunks_exact(s.inner)).zip(factor) {
        for (y, x) in y.iter_mut().zip(x) {
            *y = x * factor;
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum_of_pairs(a, b, |a, b| a * b)
}

pub(super) fn channel_dot(s: Sizes, a: &[f32], b: &[f32], y: &mut [f32]) {
    y.fill(0.0);
    for (row, (a, b)) in a.chunks_exact(s.inner).zip(b.chunks_exact(s.inner)).enumerate() {
        y[row % s.channels] += dot(a, b);
    }
}

pub(super) fn row_dot(s: Sizes, a: &[f32], b: &[f32], y: &mut [f32]) {
    for ((y, a), b) in y.iter_mut().zip(a.chunks_exact(s.inner)).zip(b.chunks_exact(s.inner)) {
        *y = dot(a, b);
    }
}
