//! Twins of the `.wgsl` files beside it. Every stretch of a channel is summed in lanes, the stretches in double precision.

use super::Sizes;
use crate::ops::sums::{sum_of, sum_of_pairs};

/// The stretches of a channel, one an image.
fn stretches(s: Sizes, channel: usize) -> impl Iterator<Item = std::ops::Range<usize>> + Clone {
    (0..s.batch).map(move |n| {
        let from = (n * s.channels + channel) * s.inner;
        from..from + s.inner
    })
}

/// Mean and variance (divided by n) of a channel.
fn moments(s: Sizes, x: &[f32], channel: usize) -> (f64, f64) {
    // Of distances to a number near the mean: of large numbers' squares the digits that count would be lost.
    let near = stretches(s, channel).next().map_or(0.0, |first| sum_of(&x[first], |x| x) / s.inner as f32);
    let (mut sum, mut squares) = (0.0, 0.0);
    for stretch in stretches(s, channel) {
        sum += f64::from(sum_of(&x[stretch.clone()], |x| x - near));
        squares += f64::from(sum_of(&x[stretch], |x| (x - near) * (x - near)));
    }
    let count = (s.batch * s.inner) as f64;
    let beyond = sum / count;
    (f64::from(near) + beyond, (squares / count - beyond * beyond).max(0.0))
}

pub(super) fn mean(s: Sizes, x: &[f32], y: &mut [f32]) {
    for (channel, y) in y.iter_mut().enumerate() {
        *y = moments(s, x, channel).0 as f32;
    }
}

pub(super) fn variance(s: Sizes, x: &[f32], y: &mut [f32]) {
    for (channel, y) in y.iter_mut().enumerate() {
        *y = moments(s, x, channel).1 as f32;
    }
}

pub(super) fn forward(s: Sizes, x: &[f32], weight: &[f32], bias: &[f32], y: &mut [f32]) {
    for channel in 0..s.channels {
        let (mean, variance) = moments(s, x, channel);
        let scale = weight[channel] / (variance as f32 + s.eps).sqrt();
        for stretch in stretches(s, channel) {
            let bias = bias[channel];
            for (y, x) in y[stretch.clone()].iter_mut().zip(&x[stretch]) {
                *y = (x - mean as f32) * scale + bias;
            }
        }
    }
}

/// The sums of gy and of gy x' over a channel.
fn sums(s: Sizes, x: &[f32], gy: &[f32], channel: usize, mean: f64, inverse: f64) -> (f64, f64) {
    let near = mean as f32;
    let (mut sum, mut product) = (0.0, 0.0);
    for stretch in stretches(s, channel) {
        let (x, gy) = (&x[stretch.clone()], &gy[stretch]);
        sum += f64::from(sum_of(gy, |gy| gy));
        product += f64::from(sum_of_pairs(x, gy, |x, gy| gy * (x - near)));
    }
    (sum, (product + sum * (f64::from(near) - mean)) * inverse)
}

pub(super) fn input_grad(s: Sizes, x: &[f32], weight: &[f32], gy: &[f32], gx: &mut [f32]) {
    let count = (s.batch * s.inner) as f64;
    for (channel, &weight) in weight.iter().enumerate() {
        let (mean, variance) = moments(s, x, channel);
        let inverse = 1.0 / (variance + f64::from(s.eps)).sqrt();
        let (sum, product) = sums(s, x, gy, channel, mean, inverse);
        let (mean, inverse, by_sum, by_product) = (mean as f32, inverse as f32, (sum / count) as f32, (product / count) as f32);
        let (scale, along) = (weight * inverse, inverse * by_product);
        for stretch in stretches(s, channel) {
            for ((gx, x), gy) in gx[stretch.clone()].iter_mut().zip(&x[stretch.clone()]).zip(&gy[stretch]) {
                *gx = scale * (gy - by_sum - (x - mean) * along);
            }
        }
    }
}

pub(super) fn weight_grad(s: Sizes, x: &[f32], gy: &[f32], gw: &mut [f32]) {
    for (channel, gw) in gw.iter_mut().enumerate() {
        let (mean, variance) = moments(s, x, channel);
        *gw = sums(s, x, gy, channel, mean, 1.0 / (variance + f64::from(s.eps)).sqrt()).1 as f32;
    }
}

pub(super) fn given(s: Sizes, x: &[f32], mean: &[f32], variance: &[f32], y: &mut [f32]) {
    for (row, (y, x)) in y.chunks_exact_mut(s.inner).zip(x.chunks_exact(s.inner)).enumerate() {
        let channel = row % s.channels;
        let root = (variance[channel] + s.eps).sqrt();
        let mean = mean[channel];
        for (y, x) in y.iter_mut().zip(x) {
            *y = (x - mean) / root;
        }
    }
}

/// Twin of `running.wgsl`.
pub(super) fn running(measured: &[f32], rates: &[f32], running: &mut [f32]) {
    for ((running, &measured), rate) in running.iter_mut().zip(measured).zip(rates.chunks_exact(2)) {
        *running = (1.0 - rate[0]) * *running + rate[0] * (rate[1] * measured);
    }
}
