//! Poolings by hand, and the mistakes that are refused.

use super::*;
use crate::graph::Element;

const LECTURE: [f32; 16] = [1., 1., 2., 4., 5., 6., 7., 8., 3., 2., 1., 0., 1., 2., 3., 4.];

fn windows(settings: Pool2dSettings, h: usize, w: usize) -> (cpu::Windows, [usize; 2]) {
    let image = Shape::new(&[1, 1, h, w]);
    let g = Geometry::new(settings, &image, &settings.output("pool", &image).unwrap());
    (cpu::Windows::new(&g), g.out)
}

fn square(kernel: usize, stride: usize, h: usize, w: usize) -> cpu::Windows {
    windows(Pool2dSettings { stride: [stride; 2], ..Pool2dSettings::new([kernel; 2]) }, h, w).0
}

/// A row of three numbers pooled by windows of 1 x 3 (or as given) under these settings.
fn row(settings: Pool2dSettings, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let (windows, [_, out]) = windows(settings, 1, x.len());
    let (mut max, mut average) = (vec![0.0; out], vec![0.0; out]);
    windows.max_pick(x, x, &mut max);
    windows.average_forward(x, &mut average);
    (max, average)
}

#[test]
fn pools_by_hand() {
    let windows = square(2, 2, 4, 4);
    let mut y = [0.0; 4];
    windows.max_pick(&LECTURE, &LECTURE, &mut y);
    assert_eq!(y, [6., 8., 3., 4.]);
    windows.average_forward(&LECTURE, &mut y);
    assert_eq!(y, [3.25, 5.25, 2., 2.]);
}

#[test]
fn gradients_by_hand() {
    let windows = square(2, 2, 4, 4);
    let mut gx = [9.0; 16];
    windows.max_backward(&LECTURE, &[1., 2., 3., 4.], &mut gx);
    assert_eq!(gx, [0., 0., 0., 0., 0., 1., 0., 2., 3., 0., 0., 0., 0., 0., 0., 4.]);
    windows.average_backward(&[4., 8., 12., 16.], &mut gx);
    assert_eq!(gx, [1., 1., 2., 2., 1., 1., 2., 2., 3., 3., 4., 4., 3., 3., 4., 4.]);
}

#[test]
fn overlapping_windows_add_their_gradients() {
    let windows = square(2, 1, 2, 3);
    let mut gx = [0.0; 6];
    windows.max_backward(&[0., 5., 1., 2., 3., 4.], &[1., 10.], &mut gx);
    assert_eq!(gx, [0., 11., 0., 0., 0., 0.]);
    windows.average_backward(&[4., 8.], &mut gx);
    assert_eq!(gx, [1., 3., 2., 1., 3., 2.]);
}

#[test]
fn a_tie_goes_to_the_first_and_a_nan_stays() {
    let windows = square(2, 2, 2, 2);
    let mut gx = [0.0; 4];
    windows.max_backward(&[1., 7., 7., 7.], &[1.], &mut gx);
    assert_eq!(gx, [0., 1., 0., 0.]);
    let mut y = [0.0];
    let x = [1., f32::NAN, 3., 2.];
    windows.max_pick(&x, &x, &mut y);
    assert!(y[0].is_nan());
    windows.max_pick(&[f32::NEG_INFINITY; 4], &[f32::NEG_INFINITY; 4], &mut y);
    assert_eq!(y, [f32::NEG_INFINITY]);
}

#[test]
fn padding_counts_for_averages_unless_told_not_to() {
    let padded = Pool2dSettings { stride: [1, 2], padding: [0, 1], ..Pool2dSettings::new([1, 3]) };
    // Windows over (0) -6 -9 | -9 -3 (0): the padding is no maximum, and a zero among three numbers.
    let (max, average) = row(padded, &[-6., -9., -3.]);
    assert_eq!((max, average), (vec![-6., -3.], vec![-5., -4.]));
    let (_, average) = row(Pool2dSettings { count_include_pad: false, ..padded }, &[-6., -9., -3.]);
    assert_eq!(average, [-7.5, -6.]);
}

#[test]
fn rounding_up_drops_windows_that_begin_in_the_padding() {
    // Windows of 2 each 2 steps over (0) 2 4 6 (0): they begin at -1, 1 and, rounded up, at 3, which is padding already.
    let settings = Pool2dSettings { padding: [0, 1], ceil_mode: true, ..Pool2dSettings::new([1, 2]) };
    let (max, average) = row(settings, &[2., 4., 6.]);
    assert_eq!((max, average), (vec![2., 6.], vec![1., 5.]));
    // Over (0) 2 4 6 8 (0) the third begins inside: half of it is padding.
    let (max, average) = row(settings, &[2., 4., 6., 8.]);
    assert_eq!((max, average), (vec![2., 6., 8.], vec![1., 5., 4.]));
    // Over 2 4 6 8 without padding, windows of 3 each 2 steps: the second reaches one past the image, and divides by two.
    let settings = Pool2dSettings { stride: [1, 2], ceil_mode: true, ..Pool2dSettings::new([1, 3]) };
    let (max, average) = row(settings, &[2., 4., 6., 8.]);
    assert_eq!((max, average), (vec![6., 8.], vec![4., 7.]));
    // With padding 1 the third window covers 8 and the padding, and one past it that never counts: 8 / 2.
    let (_, average) = row(Pool2dSettings { padding: [0, 1], ..settings }, &[2., 4., 6., 8.]);
    assert_eq!(average, [2., 6., 4.]);
}

#[test]
fn shapes_and_errors() {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::new(&[2, 6, 5, 4]), Element::F32);
    let y = max_pool2d(&mut graph, x, Pool2dSettings::new([2, 2])).unwrap();
    assert_eq!(graph.shape(y).dims(), [2, 6, 2, 2]);
    let y = max_pool2d(&mut graph, x, Pool2dSettings { ceil_mode: true, ..Pool2dSettings::new([2, 2]) }).unwrap();
    assert_eq!(graph.shape(y).dims(), [2, 6, 3, 2]);
    let large = avg_pool2d(&mut graph, x, Pool2dSettings { stride: [1, 1], ..Pool2dSettings::new([2, 5]) }).unwrap_err().to_string();
    assert!(large.contains("[2, 5]") && large.contains("[2, 6, 5, 4]"), "{large}");
    let far = max_pool2d(&mut graph, x, Pool2dSettings { padding: [1, 2], ..Pool2dSettings::new([3, 3]) }).unwrap_err().to_string();
    assert_eq!(far, "max_pool2d: the padding is [1, 2]; it must be at most half of the window [3, 3]");
    assert!(max_pool2d(&mut graph, x, Pool2dSettings { stride: [0, 1], ..Pool2dSettings::new([2, 2]) }).is_err());
    let flat = graph.input("flat", Shape::new(&[2, 120]), Element::F32);
    assert!(max_pool2d(&mut graph, flat, Pool2dSettings::new([2, 2])).is_err());
}
