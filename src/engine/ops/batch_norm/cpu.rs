//! Twins of the `.wgsl` files beside it; they sum in double precision.

use super::Sizes;

/// The stretches of a channel, one an image.
fn stretches(s: Sizes, channel: usize) -> impl Iterator<Item = std::ops::Range<usize>> + Clone {
    (0..s.batch).map(move |n| {
        let from = (n * s.channels + channel) * s.inner;
        from..from + s.inner
    })
}

/// Mean and variance (divided by n) of a channel.
fn moments(s: Sizes, x: &[f32], channel: usize) -> (f64, f64) {
    let numbers = || stretches(s, channel).flat_map(|stretch| &x[stretch]).map(|&value| f64::from(value));
    let count = (s.batch * s.inner) as f64;
    let mean = numbers().sum::<f64>() / count;
    (mean, numbers().map(|value| (value - mean).powi(2)).sum::<f64>() / count)
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
            for (y, x) in y[stretch.clone()].iter_mut().zip(&x[stretch]) {
                *y = (x - mean as f32) * scale + bias[channel];
            }
        }
    }
}

/// The sums of gy and of gy x' over a channel.
fn sums(s: Sizes, x: &[f32], gy: &[f32], channel: usize, mean: f64, inverse: f64) -> (f64, f64) {
    let mut sums = (0.0, 0.0);
    for stretch in stretches(s, channel) {
        for (&x, &gy) in x[stretch.clone()].iter().zip(&gy[stretch]) {
            sums.0 += f64::from(gy);
            sums.1 += f64::from(gy) * (f64::from(x) - mean) * inverse;
        }
    }
    sums
}

pub(super) fn input_grad(s: Sizes, x: &[f32], weight: &[f32], gy: &[f32], gx: &mut [f32]) {
    let count = (s.batch * s.inner) as f64;
    for (channel, &weight) in weight.iter().enumerate() {
        let (mean, variance) = moments(s, x, channel);
        let inverse = 1.0 / (variance + f64::from(s.eps)).sqrt();
        let (sum, product) = sums(s, x, gy, channel, mean, inverse);
        let (mean, inverse, by_sum, by_product) = (mean as f32, inverse as f32, (sum / count) as f32, (product / count) as f32);
        for stretch in stretches(s, channel) {
            for ((gx, x), gy) in gx[stretch.clone()].iter_mut().zip(&x[stretch.clone()]).zip(&gy[stretch]) {
                *gx = weight * inverse * (gy - by_sum - (x - mean) * inverse * by_product);
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
        for (y, x) in y.iter_mut().zip(x) {
            *y = (x - mean[channel]) / root;
        }
    }
}

/// Twin of `running.wgsl`.
pub(super) fn running(measured: &[f32], rates: &[f32], running: &mut [f32]) {
    for ((running, &measured), rate) in running.iter_mut().zip(measured).zip(rates.chunks_exact(2)) {
        *running = (1.0 - rate[0]) * *running + rate[0] * (rate[1] * measured);
    }
}
