//! Convolutions by hand, and the mistakes that are refused.

use super::*;
use crate::graph::Element;
use crate::kernel::{Kernel, Reads, Slice};
use crate::ops::Kernels;

fn sizes(x: [usize; 4], weight: [usize; 4], settings: Conv2dSettings) -> Sizes {
    let (x_shape, weight_shape) = (Shape::new(&x), Shape::new(&weight));
    let words = Words { op: "conv2d", noun: "image", parts: "pixels", x: &x_shape, weight: &weight_shape };
    Sizes::new(&words, x, weight, settings).unwrap()
}

fn run(kernel: Kernel, reads: &[&[f32]], len: usize) -> Vec<f32> {
    let mut kernel = kernel;
    let mut y = vec![f32::NAN; len];
    let reads: Vec<Slice<'_>> = reads.iter().map(|values| Slice::F32(values)).collect();
    (kernel.cpu)(&Reads(&reads), &mut [&mut y]);
    y
}

fn forward(sizes: Sizes, x: &[f32], weight: &[f32]) -> Vec<f32> {
    let op = Conv2d { name: "conv2d", sizes, bias: false, relu: false };
    run(op.kernel(&[&sizes.x(), &sizes.weight()], &sizes.y()), &[x, weight], sizes.y().numel())
}

#[test]
fn convolves_by_hand() {
    let image = [1., 2., 3., 4., 5., 6., 7., 8., 9.];
    let s = sizes([1, 1, 3, 3], [1, 1, 2, 2], Conv2dSettings::default());
    assert_eq!(forward(s, &image, &[1., 0., 0., -1.]), [-4., -4., -4., -4.]);
    // Every second pixel of the image in a frame of zeros.
    let s = sizes([1, 1, 3, 3], [1, 1, 1, 1], Conv2dSettings { stride: [2, 2], padding: [1, 1], ..Default::default() });
    assert_eq!(forward(s, &image, &[2.]), [0., 0., 0., 0., 10., 0., 0., 0., 0.]);
    // The corners.
    let s = sizes([1, 1, 3, 3], [1, 1, 2, 2], Conv2dSettings { dilation: [2, 2], ..Default::default() });
    assert_eq!(forward(s, &image, &[1., 10., 100., 1000.]), [9731.]);
}

#[test]
fn a_group_sees_its_own_channels_only() {
    let s = sizes([2, 2, 1, 2], [4, 1, 1, 1], Conv2dSettings { groups: 2, ..Default::default() });
    let y = forward(s, &[1., 2., 3., 4., 5., 6., 7., 8.], &[1., 10., 100., 1000.]);
    let first = [1., 2., 10., 20., 300., 400., 3000., 4000.];
    let second = [5., 6., 50., 60., 700., 800., 7000., 8000.];
    assert_eq!(y, [first, second].concat());
}

#[test]
fn mistakes_are_named() {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::new(&[2, 6, 4, 4]), Element::F32);
    let mut error = |weight: &[usize], settings: Conv2dSettings| {
        let weight = graph.input("w", Shape::new(weight), Element::F32);
        conv2d(&mut graph, x, weight, None, settings).unwrap_err().to_string()
    };
    let groups = |groups| Conv2dSettings { groups, ..Default::default() };
    assert_eq!(
        error(&[8, 6, 3, 3], groups(4)),
        "conv2d: 6 channels and 8 filters cannot be divided into 4 groups (shapes [2, 6, 4, 4] and [8, 6, 3, 3])"
    );
    assert_eq!(
        error(&[5, 3, 3, 3], groups(2)),
        "conv2d: 6 channels and 5 filters cannot be divided into 2 groups (shapes [2, 6, 4, 4] and [5, 3, 3, 3])"
    );
    assert_eq!(
        error(&[4, 6, 3, 3], groups(2)),
        "conv2d: the images have 6 channels in 2 groups of 3 and the weights want 6 (shapes [2, 6, 4, 4] and [4, 6, 3, 3])"
    );
    assert_eq!(error(&[4, 6, 3, 3], groups(0)), "conv2d: stride, dilation and groups must be 1 or more");
    assert_eq!(error(&[4, 6, 0, 3], groups(1)), "conv2d: got the empty shape [4, 6, 0, 3]; all sizes must be 1 or more");
    assert!(error(&[4, 6, 3], groups(1)).starts_with("conv2d: takes weights [out, in / groups, height, width]"));
    let far = Conv2dSettings { padding: [usize::MAX, 0], ..Default::default() };
    assert_eq!(error(&[4, 6, 3, 3], far), "conv2d: stride, padding and dilation must be at most 16777216");
}

#[test]
fn no_dimension_takes_more_workgroups_than_devices_allow() {
    let many = 1 << 20;
    let cases = [
        sizes([many, 1, 8, 8], [1, 1, 1, 1], Conv2dSettings::default()),
        sizes([1, many, 1, 1], [64, many, 1, 1], Conv2dSettings::default()),
        sizes([1, many, 1, 1], [many, 1, 1, 1], Conv2dSettings { groups: many, ..Default::default() }),
        sizes([1, 2048, 1, 1], [2048, 2048, 1, 1], Conv2dSettings::default()),
    ];
    for sizes in cases {
        let (x, weight, y) = (sizes.x(), sizes.weight(), sizes.y());
        let forward = Conv2d { name: "conv2d", sizes, bias: false, relu: false }.kernel(&[&x, &weight], &y).gpu.workgroups;
        let mut graph = Graph::new();
        let ids = [&x, &weight, &y].map(|shape| graph.input("", shape.clone(), Element::F32));
        let gx = input_grad(&mut graph, "conv2d_input_grad", sizes, ids[1], ids[2]).unwrap();
        let gw = weight_grad(&mut graph, sizes, ids[0], ids[2]).unwrap();
        let mut all = vec![forward];
        for (node, inputs) in [(gx, [&weight, &y]), (gw, [&x, &y])] {
            let crate::graph::Source::Op { op, .. } = &graph[node].source else { panic!("a gradient is an operation") };
            all.push(op.kernel(&inputs, graph.shape(node)).gpu.workgroups);
        }
        for workgroups in all {
            assert!(workgroups.iter().all(|&n| (1..=65_535).contains(&n)), "{sizes:?} takes {workgroups:?}");
        }
    }
}

/// The three products of a convolution, number by number in double precision: y, and of gy the gradients of x and of the weights.
fn by_definition(s: &Sizes, x: &[f32], weight: &[f32], gy: &[f32]) -> [Vec<f64>; 3] {
    let lens = [&s.y(), &s.x(), &s.weight()].map(Shape::numel);
    let [mut y, mut gx, mut gw] = lens.map(|len| vec![0.0; len]);
    let Conv2dSettings { stride, padding, dilation, .. } = s.settings;
    for at in 0..lens[0] {
        let [n, o, i, j] =
            [at / (s.out_channels * s.positions()), at / s.positions() % s.out_channels, at / s.out[1] % s.out[0], at % s.out[1]];
        for tap in 0..s.taps() {
            let [c, p, q] = [tap / (s.kernel[0] * s.kernel[1]), tap / s.kernel[1] % s.kernel[0], tap % s.kernel[1]];
            let row = (i * stride[0] + p * dilation[0]).checked_sub(padding[0]).filter(|&row| row < s.image[0]);
            let column = (j * stride[1] + q * dilation[1]).checked_sub(padding[1]).filter(|&column| column < s.image[1]);
            let (Some(row), Some(column)) = (row, column) else { continue };
            let channel = o / s.out_per_group() * s.in_per_group() + c;
            let pixel = ((n * s.in_channels + channel) * s.image[0] + row) * s.image[1] + column;
            let weight_at = o * s.taps() + tap;
            y[at] += f64::from(weight[weight_at]) * f64::from(x[pixel]);
            gx[pixel] += f64::from(weight[weight_at]) * f64::from(gy[at]);
            gw[weight_at] += f64::from(gy[at]) * f64::from(x[pixel]);
        }
    }
    [y, gx, gw]
}

fn check(s: Sizes) {
    let mut rng = crate::rng::Rng::new(3, s.batch as u64);
    let [x, weight, gy] = [s.x(), s.weight(), s.y()].map(|shape| (0..shape.numel()).map(|_| rng.normal()).collect::<Vec<f32>>());
    let [y, gx, gw] = by_definition(&s, &x, &weight, &gy);
    for (name, kernel, reads, want) in [
        ("y", cpu::forward(s), [&x, &weight], y),
        ("gx", cpu::input_grad(s), [&weight, &gy], gx),
        ("gw", cpu::weight_grad(s), [&x, &gy], gw),
    ] {
        let mut kernel = kernel;
        let slices: Vec<Slice<'_>> = reads.iter().map(|values| Slice::F32(values)).collect();
        // Twice, for kernels keep memory between calls.
        for _ in 0..2 {
            let mut got = vec![f32::NAN; want.len()];
            kernel(&Reads(&slices), &mut [&mut got]);
            for (at, (got, want)) in got.iter().zip(&want).enumerate() {
                assert!((f64::from(*got) - want).abs() < 1e-3, "{s:?}: {name} is {got} at {at}, not {want}");
            }
        }
    }
}

#[test]
fn odd_shapes_by_definition() {
    let plain = Conv2dSettings::default();
    let padded = |padding| Conv2dSettings { padding, ..plain };
    // Many images of few patches, few of many; more patches than a block; more taps than a block.
    check(sizes([70, 3, 5, 4], [5, 3, 2, 3], plain));
    check(sizes([3, 2, 37, 29], [7, 2, 3, 3], padded([1, 1])));
    check(sizes([1, 1, 50, 47], [6, 1, 5, 5], padded([2, 2])));
    check(sizes([2, 40, 6, 6], [3, 40, 3, 3], padded([1, 0])));
    // Images much larger than what becomes of them, and pixels that no patch meets.
    check(sizes([5, 3, 9, 9], [4, 3, 7, 7], plain));
    check(sizes([2, 3, 11, 13], [5, 3, 1, 1], Conv2dSettings { stride: [2, 3], ..plain }));
    check(sizes([2, 2, 12, 9], [3, 2, 3, 2], Conv2dSettings { stride: [2, 4], padding: [1, 1], ..plain }));
    check(sizes([2, 4, 9, 10], [6, 2, 3, 3], Conv2dSettings { stride: [2, 1], padding: [2, 1], dilation: [2, 2], groups: 2 }));
    check(sizes([3, 6, 8, 7], [6, 1, 3, 3], Conv2dSettings { groups: 6, padding: [1, 1], ..plain }));
    // Strides past the image, and paddings past all reason, of which no frame is made.
    check(sizes([2, 1, 3, 3], [2, 1, 2, 2], Conv2dSettings { stride: [7, 9], padding: [3, 4], ..plain }));
    check(sizes([2, 2, 5, 6], [3, 2, 3, 3], Conv2dSettings { stride: [400, 500], padding: [900, 1000], dilation: [300, 1], groups: 1 }));
    check(sizes([1, 2, 9, 9], [2, 2, 3, 3], Conv2dSettings { padding: [500, 600], dilation: [500, 600], ..plain }));
}
