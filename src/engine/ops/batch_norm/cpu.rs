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
    let variance = squares / count - beyond * beyond;
    // Rounding can leave less than nothing; what is no number stays none.
    (f64::from(near) + beyond, if variance < 0.0 { 0.0 } else { variance })
}

/// The means of all channels, then their variances.
pub(super) fn measure(s: Sizes, x: &[f32], stats: &mut [f32]) {
    for channel in 0..s.channels {
        let (mean, variance) = moments(s, x, channel);
        stats[channel] = mean as f32;
        stats[s.channels + channel] = variance as f32;
    }
}

pub(super) fn forward(s: Sizes, relu: bool, x: &[f32], stats: &[f32], weight: &[f32], bias: &[f32], y: &mut [f32]) {
    let (means, variances) = stats.split_at(s.channels);
    for channel in 0..s.channels {
        let (mean, scale, bias) = (means[channel], weight[channel] / (variances[channel] + s.eps).sqrt(), bias[channel]);
        for stretch in stretches(s, channel) {
            for (y, x) in y[stretch.clone()].iter_mut().zip(&x[stretch]) {
                let value = (x - mean) * scale + bias;
                *y = if relu && value <= 0.0 { 0.0 } else { value };
            }
        }
    }
}

pub(super) fn input_grad(s: Sizes, [x, stats, weight, gy, products, sums]: [&[f32]; 6], gx: &mut [f32]) {
    let count = (s.batch * s.inner) as f32;
    let (means, variances) = stats.split_at(s.channels);
    for channel in 0..s.channels {
        let inverse = 1.0 / (variances[channel] + s.eps).sqrt();
        let (mean, by_sum, by_product) = (means[channel], sums[channel] / count, products[channel] / count);
        let (scale, along) = (weight[channel] * inverse, inverse * by_product);
        for stretch in stretches(s, channel) {
            for ((gx, x), gy) in gx[stretch.clone()].iter_mut().zip(&x[stretch.clone()]).zip(&gy[stretch]) {
                *gx = scale * (gy - by_sum - (x - mean) * along);
            }
        }
    }
}

pub(super) fn weight_grad(s: Sizes, x: &[f32], stats: &[f32], gy: &[f32], gw: &mut [f32]) {
    for (channel, gw) in gw.iter_mut().enumerate() {
        let (mean, variance) = (stats[channel], stats[s.channels + channel]);
        let products =
            stretches(s, channel).map(|stretch| f64::from(sum_of_pairs(&x[stretch.clone()], &gy[stretch], |x, gy| gy * (x - mean))));
        *gw = (products.sum::<f64>() / (f64::from(variance) + f64::from(s.eps)).sqrt()) as f32;
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
