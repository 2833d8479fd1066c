//! What is drawn is spread as it should be, and does to an image what it says.

use super::cpu::{augment, draw};
use super::{Augmentation, Sizes};
use crate::optim::control::Control;

const N: u32 = 20_000;
const SIZES: Sizes = Sizes { channels: 1, height: 4, width: 5, mean: 0.5, std: 0.25 };
const NONE: Augmentation =
    Augmentation { shift: 0, crop_padding: 0, flip: false, brightness: 0.0, contrast: 0.0, saturation: 0.0, cutout: 0 };

fn control() -> Control {
    Control { step: 3, seed: 77, ..Control::default() }
}

/// The share of n independent draws lies within 5 standard errors sqrt(p (1 - p) / n) of its probability.
fn is_share(count: usize, p: f64) {
    let share = count as f64 / f64::from(N);
    assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / f64::from(N)).sqrt(), "{share}, not {p}");
}

#[test]
fn half_are_mirrored_and_every_shift_is_as_likely() {
    let settings = Augmentation { shift: 2, flip: true, ..NONE };
    let drawn: Vec<_> = (0..N).map(|image| draw(&settings, &SIZES, &control(), image)).collect();
    is_share(drawn.iter().filter(|drawn| drawn.mirrored).count(), 0.5);
    for by in -2..=2 {
        is_share(drawn.iter().filter(|drawn| drawn.down == by).count(), 0.2);
        is_share(drawn.iter().filter(|drawn| drawn.right == by).count(), 0.2);
    }
    is_share(drawn.iter().filter(|drawn| drawn.down == 1 && drawn.right == -1).count(), 0.04);
}

#[test]
fn factors_and_holes_are_uniform() {
    let settings = Augmentation { brightness: 0.4, cutout: 1, ..NONE };
    let drawn: Vec<_> = (0..N).map(|image| draw(&settings, &SIZES, &control(), image)).collect();
    is_share(drawn.iter().filter(|drawn| drawn.brightness < 0.8).count(), 0.25);
    assert!(drawn.iter().all(|drawn| (0.6..=1.4).contains(&drawn.brightness) && drawn.contrast == 1.0));
    for row in 0..4 {
        is_share(drawn.iter().filter(|drawn| drawn.hole[0] == row).count(), 0.25);
    }
}

#[test]
fn another_step_and_another_seed_draw_anew() {
    let settings = Augmentation { shift: 100, ..NONE };
    let at = |control: Control| draw(&settings, &SIZES, &control, 5);
    assert_eq!(at(control()), at(control()));
    assert_ne!(at(control()), at(Control { step: 4, ..control() }));
    assert_ne!(at(control()), at(Control { seed: 78, ..control() }));
}

#[test]
fn a_shifted_image_is_black_where_nothing_comes_in() {
    let settings = Augmentation { shift: 1, flip: true, ..NONE };
    let x: Vec<f32> = (0..20).map(|i| i as f32 / 10.0).collect();
    let images = x.repeat(50);
    let mut y = vec![9.0; images.len()];
    augment(&settings, &SIZES, &images, &control().values(), &mut y);
    for (image, y) in (0..).zip(y.chunks_exact(20)) {
        let drawn = draw(&settings, &SIZES, &control(), image);
        for (at, &got) in (0i32..).zip(y) {
            let (row, column) = (at / 5 - drawn.down, if drawn.mirrored { 4 - at % 5 } else { at % 5 } - drawn.right);
            let inside = (0..4).contains(&row) && (0..5).contains(&column);
            assert_eq!(got, if inside { x[(row * 5 + column) as usize] } else { -2.0 });
        }
    }
}

#[test]
fn cutout_covers_its_square_as_far_as_it_lies_inside() {
    let settings = Augmentation { cutout: 3, ..NONE };
    let images = vec![1.0; 20 * 200];
    let mut y = vec![9.0; images.len()];
    augment(&settings, &SIZES, &images, &control().values(), &mut y);
    for (image, y) in (0..).zip(y.chunks_exact(20)) {
        let [row, column] = draw(&settings, &SIZES, &control(), image).hole;
        let along = |centre: i32, size: i32| (centre + 2).min(size) - (centre - 1).max(0);
        let covered = y.iter().filter(|&&value| value == 0.0).count() as i32;
        assert_eq!(covered, along(row, 4) * along(column, 5));
        assert!(y.iter().all(|&value| value == 0.0 || value == 1.0));
    }
}

#[test]
fn more_brightness_and_contrast_by_hand() {
    // Intensities 0.2 and 0.6 of an image of two pixels; the factors drawn are applied by hand.
    let sizes = Sizes { channels: 1, height: 1, width: 2, mean: 0.0, std: 1.0 };
    let settings = Augmentation { brightness: 0.2, contrast: 0.5, ..NONE };
    let mut y = [9.0; 2];
    augment(&settings, &sizes, &[0.2, 0.6], &control().values(), &mut y);
    let drawn = draw(&settings, &sizes, &control(), 0);
    let middle = 0.4 * drawn.brightness;
    for (got, from) in y.iter().zip([0.2, 0.6]) {
        let want = middle + (from * drawn.brightness - middle) * drawn.contrast;
        assert!((got - want).abs() < 1e-6, "{got}, not {want}");
    }
}
