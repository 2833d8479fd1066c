//! A drawing, framed as MNIST's digits are: scaled into 20 x 20 with its proportions kept, its centre of mass in the middle of 28 x 28
//! (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
//!
//! Pure functions of pixels; knows nothing of canvases or networks.

use super::{PIXELS, SIDE};

/// Height and width of the box that a digit fills.
const BOX: f64 = 20.0;

/// Where the centre of mass goes, from the frame's upper left corner: the middle of pixel 14, counted from 0. That is where MNIST's own
/// digits have it, so they pass through this unchanged.
const MIDDLE: f64 = 14.5;

/// Frames a drawing of `width * height` bytes, row by row, 0 for paper and 255 for ink; `None` where there is no ink.
///
/// Every pixel of the result is the mean of the part of the drawing that it covers. The darkest becomes 255, as in MNIST, so that a
/// thin pen does not make a pale digit.
pub fn normalise(ink: &[u8], width: usize, height: usize) -> Option<[u8; PIXELS]> {
    if width.checked_mul(height)? != ink.len() {
        return None;
    }
    let drawing = Drawing { ink, width, height };
    let [x, y] = drawing.extent()?;
    let [mass_x, mass_y] = drawing.centre_of_mass();
    let scale = BOX / (x.1 - x.0).max(y.1 - y.0) as f64;
    let (left, top) = (offset(mass_x, x, scale), offset(mass_y, y, scale));

    let covers = |start: f64, pixel: usize| (start + pixel as f64 / scale, start + (pixel + 1) as f64 / scale);
    let mut means = [0.0; PIXELS];
    for (index, mean) in means.iter_mut().enumerate() {
        *mean = drawing.mean(covers(left, index % SIDE), covers(top, index / SIDE));
    }
    let darkest = means.iter().fold(0.0, |a: f64, &b| a.max(b));
    if darkest <= 0.0 {
        return None;
    }
    Some(means.map(|mean| (mean / darkest * 255.0).round() as u8))
}

/// Where the frame begins, in the drawing's pixels, so that the centre of mass is nearest to `MIDDLE`. The box that the digit fills keeps
/// to the frame's pixels, which leaves its edges sharp; a lopsided drawing is moved back until all its ink is in the frame.
fn offset(centre: f64, (first, end): (usize, usize), scale: f64) -> f64 {
    let (centre, size) = ((centre - first as f64) * scale, (end - first) as f64 * scale);
    let margin = (MIDDLE - centre + 0.5).floor().clamp(0.0, (SIDE as f64 - size).floor());
    first as f64 - margin / scale
}

struct Drawing<'a> {
    ink: &'a [u8],
    width: usize,
    height: usize,
}

impl Drawing<'_> {
    /// The columns and the rows that hold ink, each as (first, one past the last).
    fn extent(&self) -> Option<[(usize, usize); 2]> {
        let (mut x, mut y) = ((usize::MAX, 0), (usize::MAX, 0));
        for (row, pixels) in self.ink.chunks_exact(self.width.max(1)).enumerate() {
            let Some(first) = pixels.iter().position(|&pixel| pixel > 0) else { continue };
            let last = pixels.iter().rposition(|&pixel| pixel > 0)?;
            x = (x.0.min(first), x.1.max(last + 1));
            y = (y.0.min(row), row + 1);
        }
        (y.1 > 0).then_some([x, y])
    }

    /// In units of pixels from the upper left corner; there must be ink.
    fn centre_of_mass(&self) -> [f64; 2] {
        let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
        for (row, pixels) in self.ink.chunks_exact(self.width).enumerate() {
            for (column, &pixel) in pixels.iter().enumerate().filter(|(_, pixel)| **pixel > 0) {
                let weight = f64::from(pixel);
                mass += weight;
                x += weight * (column as f64 + 0.5);
                y += weight * (row as f64 + 0.5);
            }
        }
        [x / mass, y / mass]
    }

    /// The mean over a rectangle; beyond the edge there is paper.
    fn mean(&self, (left, right): (f64, f64), (top, bottom): (f64, f64)) -> f64 {
        let whole = |from: f64, to: f64, size: usize| from.floor().max(0.0) as usize..(to.ceil().max(0.0) as usize).min(size);
        let share = |from: f64, to: f64, pixel: usize| (to.min((pixel + 1) as f64) - from.max(pixel as f64)).max(0.0);
        let mut sum = 0.0;
        for row in whole(top, bottom, self.height) {
            let pixels = &self.ink[row * self.width..][..self.width];
            let line: f64 = whole(left, right, self.width).map(|column| f64::from(pixels[column]) * share(left, right, column)).sum();
            sum += line * share(top, bottom, row);
        }
        sum / ((right - left) * (bottom - top))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A drawing with one rectangle of ink.
    fn rectangle(width: usize, height: usize, columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> Vec<u8> {
        let inked = |i: usize| columns.contains(&(i % width)) && rows.contains(&(i / width));
        (0..width * height).map(|i| if inked(i) { 200 } else { 0 }).collect()
    }

    fn inked(image: &[u8; PIXELS]) -> [(usize, usize); 2] {
        Drawing { ink: image, width: SIDE, height: SIDE }.extent().unwrap()
    }

    #[test]
    fn no_ink_and_no_paper_give_nothing() {
        assert_eq!(normalise(&[0; 100], 10, 10), None);
        assert_eq!(normalise(&[], 0, 0), None);
        assert_eq!(normalise(&[], 0, 7), None);
        assert_eq!(normalise(&[9; 5], 2, 3), None);
        assert_eq!(normalise(&[9; 5], usize::MAX, 2), None);
    }

    #[test]
    fn a_large_drawing_fills_the_box_wherever_it_is() {
        for (columns, rows) in [(0..100, 0..200), (180..280, 80..280), (90..190, 40..240)] {
            let image = normalise(&rectangle(280, 280, columns, rows), 280, 280).unwrap();
            assert_eq!(inked(&image), [(10, 20), (5, 25)]);
            assert_eq!(image[14 * SIDE + 14], 255);
        }
    }

    #[test]
    fn a_small_drawing_is_enlarged() {
        let image = normalise(&rectangle(50, 40, 10..12, 7..9), 50, 40).unwrap();
        assert_eq!(inked(&image), [(5, 25), (5, 25)]);
        let dot = normalise(&rectangle(50, 40, 49..50, 39..40), 50, 40).unwrap();
        assert_eq!(inked(&dot), [(5, 25), (5, 25)]);
    }

    #[test]
    fn the_centre_of_mass_is_in_the_middle_and_edges_are_grey() {
        // An L, heavier at the left and at the bottom.
        let mut ink = rectangle(200, 200, 40..61, 20..163);
        ink.iter_mut().zip(rectangle(200, 200, 40..117, 140..163)).for_each(|(a, b)| *a = (*a).max(b));
        let image = normalise(&ink, 200, 200).unwrap();
        let [x, y] = Drawing { ink: &image, width: SIDE, height: SIDE }.centre_of_mass();
        assert!((x - MIDDLE).abs() <= 0.5 && (y - MIDDLE).abs() <= 0.5, "{x} {y}");
        assert!(image.iter().any(|&pixel| (1..255).contains(&pixel)));
    }

    #[test]
    fn what_is_framed_already_stays_as_it_is() {
        let mut image = [0; PIXELS];
        for (index, pixel) in image.iter_mut().enumerate() {
            let (column, row) = (index % SIDE, index / SIDE);
            if (5..25).contains(&row) && (9..20).contains(&column) {
                *pixel = if (row + column) % 3 == 0 { 255 } else { 90 };
            }
        }
        assert_eq!(normalise(&image, SIDE, SIDE), Some(image));
    }

    #[test]
    fn a_lopsided_drawing_stays_in_the_frame() {
        // A heavy bar at the top with a hair's line far down.
        let mut ink = rectangle(200, 200, 20..180, 0..20);
        ink.iter_mut().zip(rectangle(200, 200, 99..100, 20..200)).for_each(|(a, b)| *a = (*a).max(b));
        let image = normalise(&ink, 200, 200).unwrap();
        let [_, (top, bottom)] = inked(&image);
        assert!(bottom - top >= 20 && bottom <= SIDE, "{top} {bottom}");
    }
}
