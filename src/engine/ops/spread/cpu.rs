//! Twin of `spread.wgsl`; it sums in double precision.

use super::BINS;

/// `x: [n]`, `result: [SPREAD_LEN]`.
pub(super) fn spread(x: &[f32], result: &mut [f32]) {
    result.fill(0.0);
    let (head, counts) = result.split_at_mut(4);
    let finite = || x.iter().copied().filter(|value| value.is_finite());
    let (mut sum, mut low, mut high, mut found) = (0.0, f32::MAX, f32::MIN, 0usize);
    for value in finite() {
        sum += f64::from(value);
        low = low.min(value);
        high = high.max(value);
        found += 1;
    }
    if found == 0 {
        head.fill(f32::NAN);
        return;
    }
    let mean = sum / found as f64;
    let mut squares = 0.0;
    for value in finite() {
        squares += (f64::from(value) - mean).powi(2);
        counts[bin_of(value, low, high)] += 1.0;
    }
    let deviation = (squares / found as f64).sqrt();
    let (mean, deviation) = if found == x.len() { (mean as f32, deviation as f32) } else { (f32::NAN, f32::NAN) };
    head.copy_from_slice(&[mean, deviation, low, high]);
}

/// The bin of `value`: the whole part of `BINS * (value - low) / (high - low)`. Everything is scaled by a power of 2 so that no
/// product overflows, and a quotient that was rounded across a bin's edge is set right, so that every device counts alike.
fn bin_of(value: f32, low: f32, high: f32) -> usize {
    const SCALE: f32 = 1.0 / 128.0;
    let range = high * SCALE - low * SCALE;
    let above = (value * SCALE - low * SCALE) * BINS as f32;
    if range <= 0.0 {
        return 0;
    }
    let mut bin = ((above / range) as usize).min(BINS - 1);
    if bin as f32 * range > above && bin > 0 {
        bin -= 1;
    } else if (bin + 1) as f32 * range <= above {
        bin += 1;
    }
    bin.min(BINS - 1)
}

/// Twin of `units.wgsl`.
pub(super) fn units(channels: usize, inner: usize, low: f32, high: f32, x: &[f32], result: &mut [f32]) {
    let is_off = |channel: usize| x.chunks_exact(inner).skip(channel).step_by(channels).flatten().all(|&value| value == 0.0);
    let off = (0..channels).filter(|&channel| is_off(channel)).count();
    let beyond = x.iter().filter(|&&value| value <= low || value >= high).count();
    result.copy_from_slice(&[off as f32 / channels as f32, beyond as f32 / x.len() as f32]);
}

/// Twin of `update.wgsl`.
pub(super) fn update_ratio(before: &[f32], after: &[f32], ratio: &mut [f32]) {
    let squares = |values: &mut dyn Iterator<Item = f32>| values.map(|value| f64::from(value).powi(2)).sum::<f64>();
    let change = squares(&mut before.iter().zip(after).map(|(before, after)| after - before));
    let size = squares(&mut before.iter().copied());
    ratio[0] = if size > 0.0 { (change / size).sqrt() as f32 } else { 0.0 };
}
