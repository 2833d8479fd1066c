//! Images to train on while time is measured: noise around a pattern of each class, so that there is something to learn.
//!
//! Knows random numbers; the same seed gives the same images everywhere.

use stride_engine::rng::Rng;

/// How many classes there are.
pub(super) const CLASSES: usize = 10;

/// The pattern of a class is the same for so many pixels in a row, which convolutions see too.
const RUN: usize = 32;

/// How much of a pixel is its class's pattern; the rest is noise of its own.
const PATTERN: f32 = 0.35;

/// Mean and standard deviation of a pixel scaled to [0, 1]: of `PATTERN * u + (1 - PATTERN) * v` with u, v uniform in [0, 1).
pub(super) const MEAN: f32 = 0.5;
pub(super) const STD: f32 = 0.213;

/// So many images of so many bytes each, one after the other, and their labels.
pub(super) fn images(seed: u64, count: usize, size: usize) -> (Vec<u8>, Vec<u8>) {
    let mut rng = Rng::new(seed, 0);
    let runs = size.div_ceil(RUN);
    let patterns: Vec<f32> = (0..CLASSES * runs).map(|_| rng.uniform()).collect();
    let mut pixels = Vec::with_capacity(count * size);
    let labels: Vec<u8> = (0..count).map(|_| rng.below(CLASSES) as u8).collect();
    for &label in &labels {
        let pattern = &patterns[usize::from(label) * runs..][..runs];
        pixels.extend((0..size).map(|i| (255.0 * (PATTERN * pattern[i / RUN] + (1.0 - PATTERN) * rng.uniform())) as u8));
    }
    (pixels, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_have_the_mean_and_deviation_that_are_said() {
        let (pixels, labels) = images(1, 500, 300);
        assert_eq!((pixels.len(), labels.len()), (150_000, 500));
        assert!((0..CLASSES as u8).all(|class| labels.contains(&class)));
        let values = || pixels.iter().map(|&byte| f32::from(byte) / 255.0);
        let mean = values().sum::<f32>() / pixels.len() as f32;
        let variance = values().map(|value| (value - mean).powi(2)).sum::<f32>() / pixels.len() as f32;
        assert!((mean - MEAN).abs() < 0.03 && (variance.sqrt() - STD).abs() < 0.03, "{mean} {}", variance.sqrt());
    }
}
