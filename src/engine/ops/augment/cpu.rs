//! Twin of `augment.wgsl`.

use super::{Augmentation, STREAM, Sizes};
use crate::ops::random::{threefry, uniform};
use crate::optim::control::Control;

/// What was drawn for an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drawn {
    pub down: i32,
    pub right: i32,
    pub mirrored: bool,
    pub brightness: f32,
    pub contrast: f32,
    pub saturation: f32,
    pub hole: [i32; 2],
}

/// A whole number from -most to most.
fn offset(bits: u32, most: usize) -> i32 {
    (uniform(bits) * (2 * most + 1) as f32) as i32 - most as i32
}

/// A factor from max(1 - range, 0) to 1 + range.
fn factor(bits: u32, range: f32) -> f32 {
    let least = (1.0 - range).max(0.0);
    least + uniform(bits) * (1.0 + range - least)
}

pub(super) fn draw(a: &Augmentation, s: &Sizes, control: &Control, image: u32) -> Drawn {
    let bits = |which: u32| threefry([control.seed, STREAM], [control.step, 8 * image + which]);
    let [shift, crop, look, tone, hole] = [bits(0), bits(1), bits(2), bits(3), bits(4)];
    Drawn {
        down: offset(shift[0], a.shift) + offset(crop[0], a.crop_padding),
        right: offset(shift[1], a.shift) + offset(crop[1], a.crop_padding),
        mirrored: a.flip && look[0] >> 31 == 1,
        brightness: factor(look[1], a.brightness),
        contrast: factor(tone[0], a.contrast),
        saturation: factor(tone[1], a.saturation),
        hole: [(uniform(hole[0]) * s.height as f32) as i32, (uniform(hole[1]) * s.width as f32) as i32],
    }
}

/// One image: where it is read, and what was drawn for it.
struct Image<'a> {
    s: &'a Sizes,
    x: &'a [f32],
    drawn: Drawn,
}

impl Image<'_> {
    /// The pixel that comes to a place by shift and mirror.
    fn moved(&self, c: usize, row: usize, column: usize) -> f32 {
        let (height, width) = (self.s.height as i32, self.s.width as i32);
        let from_column = if self.drawn.mirrored { width - 1 - column as i32 } else { column as i32 };
        let (r, s) = (row as i32 - self.drawn.down, from_column - self.drawn.right);
        if r < 0 || r >= height || s < 0 || s >= width {
            return self.s.black();
        }
        self.x[(c * self.s.height + r as usize) * self.s.width + s as usize]
    }

    /// The same as an intensity from 0 to 1, made brighter or darker.
    fn lit(&self, c: usize, row: usize, column: usize) -> f32 {
        ((self.moved(c, row, column) * self.s.std + self.s.mean) * self.drawn.brightness).clamp(0.0, 1.0)
    }

    /// The colours of a pixel, made brighter or darker; of an image that has not three channels only the first.
    fn lit_colours(&self, row: usize, column: usize) -> [f32; 3] {
        let first = self.lit(0, row, column);
        if self.s.channels == 3 { [first, self.lit(1, row, column), self.lit(2, row, column)] } else { [first; 3] }
    }

    fn grey(&self, colours: [f32; 3]) -> f32 {
        if self.s.channels == 3 { 0.2989 * colours[0] + 0.587 * colours[1] + 0.114 * colours[2] } else { colours[0] }
    }

    fn covered(&self, cutout: usize, row: usize, column: usize) -> bool {
        let half = cutout as i32 / 2;
        let inside = |at: usize, hole: i32| (0..cutout as i32).contains(&(at as i32 - (hole - half)));
        inside(row, self.drawn.hole[0]) && inside(column, self.drawn.hole[1])
    }
}

pub(super) fn augment(a: &Augmentation, s: &Sizes, x: &[f32], control: &[f32], y: &mut [f32]) {
    let control = Control::read(control);
    let (pixels, size) = (s.height * s.width, s.channels * s.height * s.width);
    for (index, (x, y)) in (0u32..).zip(x.chunks_exact(size).zip(y.chunks_exact_mut(size))) {
        let image = Image { s, x, drawn: draw(a, s, &control, index) };
        let drawn = image.drawn;
        let jitter = a.jitters();
        let places = || (0..s.height).flat_map(|row| (0..s.width).map(move |column| (row, column)));
        let middle = if jitter {
            places().map(|(row, column)| image.grey(image.lit_colours(row, column))).sum::<f32>() / pixels as f32
        } else {
            0.0
        };
        for (at, (row, column)) in places().enumerate() {
            let covered = image.covered(a.cutout, row, column);
            let contrast = |lit: f32| (middle + (lit - middle) * drawn.contrast).clamp(0.0, 1.0);
            let pale = if jitter { image.grey(image.lit_colours(row, column).map(contrast)) } else { 0.0 };
            for c in 0..s.channels {
                y[c * pixels + at] = if covered {
                    0.0
                } else if jitter {
                    let own = contrast(image.lit(c, row, column));
                    let coloured = if s.channels == 3 { (pale + (own - pale) * drawn.saturation).clamp(0.0, 1.0) } else { own };
                    (coloured - s.mean) / s.std
                } else {
                    image.moved(c, row, column)
                };
            }
        }
    }
}
