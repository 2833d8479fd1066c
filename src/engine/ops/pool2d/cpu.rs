//! Twins of `pool2d.wgsl`. The gradients scatter here, window by window: one thread needs no care for who writes where, and the
//! order of the sums is the same.

use super::Geometry;

/// `x: [planes, height, width]`, `y: [planes, out_height, out_width]`.
pub(super) fn max_forward(g: &Geometry, x: &[f32], y: &mut [f32]) {
    let [height, width] = g.image;
    for (x, y) in x.chunks_exact(height * width).zip(y.chunks_exact_mut(g.out[0] * g.out[1])) {
        for (y, start) in y.iter_mut().zip(starts(g)) {
            *y = x[argmax(g, x, start)];
        }
    }
}

pub(super) fn max_backward(g: &Geometry, x: &[f32], gy: &[f32], gx: &mut [f32]) {
    let pixels = g.image[0] * g.image[1];
    gx.fill(0.0);
    for ((x, gx), gy) in x.chunks_exact(pixels).zip(gx.chunks_exact_mut(pixels)).zip(gy.chunks_exact(g.out[0] * g.out[1])) {
        for (gy, start) in gy.iter().zip(starts(g)) {
            gx[argmax(g, x, start)] += gy;
        }
    }
}

pub(super) fn average_forward(g: &Geometry, x: &[f32], y: &mut [f32]) {
    let [height, width] = g.image;
    let size = (g.kernel[0] * g.kernel[1]) as f32;
    for (x, y) in x.chunks_exact(height * width).zip(y.chunks_exact_mut(g.out[0] * g.out[1])) {
        for (y, start) in y.iter_mut().zip(starts(g)) {
            let mut sum = 0.0;
            for ky in 0..g.kernel[0] {
                for value in &x[start + ky * width..][..g.kernel[1]] {
                    sum += value;
                }
            }
            *y = sum / size;
        }
    }
}

pub(super) fn average_backward(g: &Geometry, gy: &[f32], gx: &mut [f32]) {
    let [height, width] = g.image;
    let size = (g.kernel[0] * g.kernel[1]) as f32;
    gx.fill(0.0);
    for (gx, gy) in gx.chunks_exact_mut(height * width).zip(gy.chunks_exact(g.out[0] * g.out[1])) {
        for (gy, start) in gy.iter().zip(starts(g)) {
            for ky in 0..g.kernel[0] {
                for value in &mut gx[start + ky * width..][..g.kernel[1]] {
                    *value += gy;
                }
            }
        }
    }
    for value in gx {
        *value /= size;
    }
}

/// Where each window of a plane begins, in the order of the outputs.
fn starts(g: &Geometry) -> impl Iterator<Item = usize> {
    let Geometry { image: [_, width], out: [rows, columns], stride: [down, right], .. } = *g;
    (0..rows).flat_map(move |oy| (0..columns).map(move |ox| oy * down * width + ox * right))
}

/// The index of the window's first maximum in row-major order; a NaN counts as larger than any number.
fn argmax(g: &Geometry, x: &[f32], start: usize) -> usize {
    let mut best = start;
    for ky in 0..g.kernel[0] {
        let row = start + ky * g.image[1];
        for at in row..row + g.kernel[1] {
            if x[at] > x[best] || x[at].is_nan() {
                best = at;
            }
        }
    }
    best
}
