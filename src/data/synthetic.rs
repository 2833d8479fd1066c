//! Digits drawn from scratch: something to learn from when no data can be fetched.
//!
//! Knows pen strokes and random numbers; knows nothing of files. Image `i` of a seed is the same whichever images are drawn with it, so a
//! set can be drawn in pieces.

use super::glyphs::{GLYPHS, Point, flatten};
use super::{CLASSES, DataSet, Images, PIXELS, SIDE};
use std::ops::Range;
use stride_engine::rng::Rng;

/// What the set is called.
pub const NAME: &str = "synthetic digits";

/// Keeps the streams of the two parts apart from each other and from those of weights and order.
const TRAIN: u64 = 1 << 40;
const TEST: u64 = 1 << 41;

/// The part of a set that an image belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// To train on.
    Train,
    /// To test on; never the same image as one to train on.
    Test,
}

/// A whole set at once.
pub fn synthetic(seed: u32, train: usize, test: usize) -> DataSet {
    DataSet::complete(NAME, digits(seed, Part::Train, 0..train), digits(seed, Part::Test, 0..test))
}

/// Some images of a set.
pub fn digits(seed: u32, part: Part, range: Range<usize>) -> Images {
    let mut images = Images { pixels: vec![0; range.len() * PIXELS], ..Images::default() };
    let mut segments = Vec::new();
    for (index, pixels) in range.zip(images.pixels.chunks_exact_mut(PIXELS)) {
        let part = if part == Part::Train { TRAIN } else { TEST };
        let mut rng = Rng::new(u64::from(seed), part | index as u64);
        let label = rng.below(CLASSES);
        images.labels.push(label as u8);
        write(label, &mut rng, &mut segments);
        let radius = 0.95 + 1.0 * rng.uniform();
        place(&mut rng, radius, &mut segments);
        ink(&segments, radius, pixels);
        speckle(&mut rng, pixels);
    }
    images
}

/// Writes a digit as a hand would: one of its forms, every point a little off, slanted, turned, narrow or wide.
fn write(label: usize, rng: &mut Rng, segments: &mut Vec<[Point; 2]>) {
    const SHAKE: f32 = 0.035;
    let ways = GLYPHS[label];
    let glyph = ways[rng.below(ways.len())];
    let (turn, slant) = (0.16 * rng.normal(), 0.2 * rng.normal());
    let (wide, tall) = (0.9 + 0.12 * rng.normal(), 1.25 + 0.12 * rng.normal());
    let (sin, cos) = turn.clamp(-0.4, 0.4).sin_cos();
    segments.clear();
    let mut wobbly: Vec<Point> = Vec::new();
    for stroke in glyph {
        wobbly.clear();
        for &[x, y] in *stroke {
            let x = wide.clamp(0.55, 1.3) * (x - 0.5 + SHAKE * rng.normal());
            let y = tall.clamp(0.9, 1.6) * (y - 0.5 + SHAKE * rng.normal());
            let x = x - slant.clamp(-0.5, 0.5) * y;
            wobbly.push([cos * x - sin * y, sin * x + cos * y]);
        }
        flatten(&wobbly, segments);
    }
}

/// Scales the strokes to about the size of MNIST's digits, 20 x 20, and puts their centre of mass near the middle.
fn place(rng: &mut Rng, radius: f32, segments: &mut [[Point; 2]]) {
    let mut low = [f32::INFINITY; 2];
    let mut high = [f32::NEG_INFINITY; 2];
    let (mut mass, mut moment) = (0.0, [0.0; 2]);
    for [a, b] in segments.iter() {
        let length = (a[0] - b[0]).hypot(a[1] - b[1]);
        mass += length;
        for axis in 0..2 {
            low[axis] = low[axis].min(a[axis]).min(b[axis]);
            high[axis] = high[axis].max(a[axis]).max(b[axis]);
            moment[axis] += length * (a[axis] + b[axis]) / 2.0;
        }
    }
    let extent = (high[0] - low[0]).max(high[1] - low[1]).max(0.1);
    let scale = (20.0 - 2.0 * radius) * (0.85 + 0.15 * rng.uniform()) / extent;
    for axis in 0..2 {
        let centre = moment[axis] / f32::max(mass, 1e-6);
        let aim = SIDE as f32 / 2.0 + (1.4 * (rng.uniform() - 0.5));
        // What would leave the paper is moved back onto it.
        let (first, last) = (radius + 1.0 - scale * (low[axis] - centre), SIDE as f32 - radius - 1.0 - scale * (high[axis] - centre));
        let aim = if first <= last { aim.clamp(first, last) } else { aim };
        for point in segments.iter_mut().flatten() {
            point[axis] = scale * (point[axis] - centre) + aim;
        }
    }
}

/// Inks every pixel by its distance from the nearest stroke; the edge of a stroke is one pixel of grey.
fn ink(segments: &[[Point; 2]], radius: f32, pixels: &mut [u8]) {
    let reach = radius + 0.5;
    let span = |a: f32, b: f32| {
        let from = (a.min(b) - reach).floor().clamp(0.0, SIDE as f32) as usize;
        from..(a.max(b) + reach).ceil().clamp(0.0, SIDE as f32) as usize
    };
    for &[[ax, ay], [bx, by]] in segments {
        let (dx, dy) = (bx - ax, by - ay);
        let per_square = 1.0 / f32::max(dx * dx + dy * dy, 1e-9);
        for row in span(ay, by) {
            for column in span(ax, bx) {
                let (x, y) = (column as f32 + 0.5 - ax, row as f32 + 0.5 - ay);
                let along = ((x * dx + y * dy) * per_square).clamp(0.0, 1.0);
                let (x, y) = (x - along * dx, y - along * dy);
                let square = x * x + y * y;
                if square < reach * reach {
                    let grey = ((reach - square.sqrt()) * 255.0).min(255.0) as u8;
                    let pixel = &mut pixels[row * SIDE + column];
                    *pixel = (*pixel).max(grey);
                }
            }
        }
    }
}

/// Unsteady ink, and a little dust on the paper.
fn speckle(rng: &mut Rng, pixels: &mut [u8]) {
    const DUST: usize = 6;
    let pressure = 0.75 + 0.25 * rng.uniform();
    for pixel in pixels.iter_mut().filter(|pixel| **pixel > 0) {
        // One draw gives two bytes of noise, whose difference is centred on zero.
        let bits = rng.next_u32();
        let noise = ((bits & 0xff) as f32 - (bits >> 24) as f32) * 0.12;
        *pixel = (f32::from(*pixel) * pressure + noise).clamp(1.0, 255.0) as u8;
    }
    for _ in 0..rng.below(DUST + 1) {
        let at = rng.below(PIXELS);
        pixels[at] = pixels[at].max(40 + rng.below(120) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_digits_in_one_piece_or_in_several() {
        let whole = digits(3, Part::Train, 0..60);
        let mut pieces = digits(3, Part::Train, 0..25);
        pieces.append(&digits(3, Part::Train, 25..60));
        assert_eq!(whole, pieces);
        assert_ne!(whole, digits(4, Part::Train, 0..60));
        assert_ne!(whole, digits(3, Part::Test, 0..60));
    }

    #[test]
    fn every_digit_is_drawn_about_as_often_and_as_large_as_in_mnist() {
        let set = synthetic(1, 2000, 100);
        assert_eq!((set.train.len(), set.test.len(), set.train.pixels.len()), (2000, 100, 2000 * PIXELS));
        let mut times = [0; CLASSES];
        set.train.labels.iter().for_each(|&label| times[usize::from(label)] += 1);
        assert!(times.iter().all(|n| (130..270).contains(n)), "{times:?}");
        // MNIST's mean is 33.3 of 255.
        let mean = set.train.pixels.iter().map(|&pixel| f64::from(pixel)).sum::<f64>() / set.train.pixels.len() as f64;
        assert!((25.0..45.0).contains(&mean), "{mean}");
        for i in 0..set.train.len() {
            let inked = set.train.image(i).iter().filter(|&&pixel| pixel > 100).count();
            assert!((15..400).contains(&inked), "image {i} has {inked} dark pixels");
        }
    }

    /// Nearest mean image: a rule that a good set is too hard for, and a random one beats.
    #[test]
    fn the_digits_can_be_told_apart_but_not_by_the_simplest_rule() {
        let set = synthetic(2, 3000, 500);
        let mut means = vec![[0f32; PIXELS]; CLASSES];
        let mut times = [0f32; CLASSES];
        for i in 0..set.train.len() {
            let label = usize::from(set.train.labels[i]);
            times[label] += 1.0;
            means[label].iter_mut().zip(set.train.image(i)).for_each(|(mean, &pixel)| *mean += f32::from(pixel));
        }
        for (mean, times) in means.iter_mut().zip(times) {
            mean.iter_mut().for_each(|sum| *sum /= times);
        }
        let distance = |mean: &[f32; PIXELS], image: &[u8]| -> f32 {
            mean.iter().zip(image).map(|(mean, &pixel)| (mean - f32::from(pixel)).powi(2)).sum()
        };
        let right = (0..set.test.len())
            .filter(|&i| {
                let image = set.test.image(i);
                let guess = (0..CLASSES).min_by(|&a, &b| distance(&means[a], image).total_cmp(&distance(&means[b], image)));
                guess == Some(usize::from(set.test.labels[i]))
            })
            .count();
        let share = right as f32 / set.test.len() as f32;
        assert!((0.55..0.95).contains(&share), "{share}");
    }
}
