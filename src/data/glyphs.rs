//! The ten digits as pen strokes.
//!
//! Knows only coordinates: x to the right, y downwards, both in about 0..1. A stroke of two points is straight; one of more is a smooth
//! curve through them (Catmull and Rom, 1974).

/// A point of a stroke.
pub type Point = [f32; 2];

/// A way to write a digit: its strokes, each a line of points that the pen goes through.
pub type Glyph = &'static [&'static [Point]];

/// The ways to write each digit.
#[rustfmt::skip] // One way to write a digit per line.
pub const GLYPHS: [&[Glyph]; 10] = [
    &[
        &[&[[0.5, 0.0], [0.22, 0.12], [0.12, 0.5], [0.24, 0.88], [0.5, 1.0], [0.78, 0.86], [0.88, 0.5], [0.76, 0.12], [0.5, 0.0]]],
        &[&[[0.62, 0.02], [0.3, 0.1], [0.18, 0.5], [0.3, 0.92], [0.55, 0.97], [0.8, 0.7], [0.8, 0.3], [0.6, 0.05], [0.4, 0.1]]],
    ],
    &[
        &[&[[0.5, 0.0], [0.5, 1.0]]],
        &[&[[0.3, 0.22], [0.54, 0.0]], &[[0.54, 0.0], [0.52, 1.0]]],
        &[&[[0.34, 0.2], [0.52, 0.0]], &[[0.52, 0.0], [0.52, 1.0]], &[[0.28, 1.0], [0.76, 1.0]]],
    ],
    &[
        &[&[[0.16, 0.24], [0.34, 0.03], [0.68, 0.04], [0.8, 0.28], [0.6, 0.58], [0.14, 1.0]], &[[0.14, 1.0], [0.88, 0.98]]],
        &[&[[0.18, 0.2], [0.5, 0.0], [0.78, 0.22], [0.6, 0.6], [0.3, 0.92], [0.12, 0.88], [0.24, 0.76], [0.5, 0.9], [0.9, 0.96]]],
    ],
    &[
        &[&[[0.18, 0.12], [0.5, 0.0], [0.76, 0.2], [0.66, 0.4], [0.4, 0.48]], &[[0.4, 0.48], [0.74, 0.58], [0.8, 0.82], [0.5, 1.0], [0.14, 0.88]]],
        &[&[[0.2, 0.02], [0.78, 0.02]], &[[0.78, 0.02], [0.44, 0.42]], &[[0.44, 0.42], [0.78, 0.56], [0.78, 0.86], [0.46, 1.0], [0.16, 0.88]]],
    ],
    &[
        &[&[[0.24, 0.02], [0.16, 0.56]], &[[0.16, 0.56], [0.86, 0.56]], &[[0.7, 0.04], [0.66, 1.0]]],
        &[&[[0.64, 0.0], [0.12, 0.66]], &[[0.12, 0.66], [0.9, 0.66]], &[[0.64, 0.0], [0.64, 1.0]]],
    ],
    &[
        &[&[[0.8, 0.02], [0.28, 0.02]], &[[0.28, 0.02], [0.22, 0.44]], &[[0.22, 0.44], [0.54, 0.38], [0.8, 0.6], [0.7, 0.9], [0.4, 1.0], [0.14, 0.88]]],
        &[&[[0.82, 0.04], [0.5, 0.04], [0.3, 0.12], [0.34, 0.36], [0.68, 0.5], [0.76, 0.8], [0.5, 1.0], [0.16, 0.92]]],
    ],
    &[
        &[&[[0.64, 0.0], [0.32, 0.28], [0.18, 0.66], [0.36, 0.98], [0.7, 0.94], [0.78, 0.68], [0.56, 0.52], [0.22, 0.68]]],
        &[&[[0.42, 0.0], [0.24, 0.4], [0.22, 0.8], [0.48, 1.0], [0.76, 0.84], [0.66, 0.6], [0.42, 0.6], [0.26, 0.78]]],
    ],
    &[
        &[&[[0.14, 0.04], [0.84, 0.02]], &[[0.84, 0.02], [0.42, 1.0]]],
        &[&[[0.14, 0.06], [0.84, 0.02]], &[[0.84, 0.02], [0.56, 0.46], [0.44, 1.0]], &[[0.3, 0.5], [0.8, 0.48]]],
        &[&[[0.18, 0.2], [0.22, 0.04]], &[[0.22, 0.04], [0.82, 0.04]], &[[0.82, 0.04], [0.48, 1.0]]],
    ],
    &[
        &[&[
            [0.74, 0.14], [0.46, 0.0], [0.24, 0.2], [0.5, 0.46], [0.78, 0.74], [0.5, 1.0], [0.2, 0.78], [0.48, 0.5], [0.76, 0.22], [0.62, 0.04],
        ]],
        &[
            &[[0.5, 0.0], [0.24, 0.22], [0.5, 0.46], [0.76, 0.22], [0.5, 0.0]],
            &[[0.5, 0.46], [0.18, 0.74], [0.5, 1.0], [0.82, 0.74], [0.5, 0.46]],
        ],
    ],
    &[
        &[&[[0.74, 0.22], [0.5, 0.02], [0.22, 0.2], [0.3, 0.46], [0.58, 0.46], [0.74, 0.22]], &[[0.74, 0.22], [0.64, 1.0]]],
        &[&[[0.76, 0.1], [0.42, 0.02], [0.2, 0.26], [0.42, 0.48], [0.7, 0.3], [0.76, 0.1], [0.74, 0.6], [0.58, 0.94], [0.26, 0.98]]],
    ],
];

/// Pieces into which each stretch of a curve is cut.
const PIECES: usize = 4;

/// Turns a stroke into short straight segments, appended to `segments`.
pub fn flatten(points: &[Point], segments: &mut Vec<[Point; 2]>) {
    if let [a, b] = points {
        segments.push([*a, *b]);
        return;
    }
    for (i, pair) in points.windows(2).enumerate() {
        let before = points[i.saturating_sub(1)];
        let after = points[(i + 2).min(points.len() - 1)];
        let mut from = pair[0];
        for piece in 1..=PIECES {
            let to = catmull_rom(before, pair[0], pair[1], after, piece as f32 / PIECES as f32);
            segments.push([from, to]);
            from = to;
        }
    }
}

/// p(t) = (2 b + (c - a) t + (2 a - 5 b + 4 c - d) t^2 + (3 b - a - 3 c + d) t^3) / 2, which goes from b to c.
fn catmull_rom(a: Point, b: Point, c: Point, d: Point, t: f32) -> Point {
    std::array::from_fn(|axis| {
        let (a, b, c, d) = (a[axis], b[axis], c[axis], d[axis]);
        0.5 * (2.0 * b + t * ((c - a) + t * ((2.0 * a - 5.0 * b + 4.0 * c - d) + t * (3.0 * b - a - 3.0 * c + d))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_through_its_points() {
        for stroke in GLYPHS.iter().flat_map(|ways| ways.iter()).flat_map(|glyph| glyph.iter()) {
            let mut segments = Vec::new();
            flatten(stroke, &mut segments);
            assert_eq!(segments[0][0], stroke[0]);
            for point in stroke.iter() {
                let near = |end: &Point| (end[0] - point[0]).hypot(end[1] - point[1]) < 1e-5;
                assert!(segments.iter().flatten().any(near));
            }
        }
    }
}
