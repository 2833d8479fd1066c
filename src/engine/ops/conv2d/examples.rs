//! Small convolutions on which the gradients are checked, and large ones on which the devices are compared.

use super::{Conv2dSettings, conv2d};
use crate::autodiff;
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::ops::{Example, Filling, fill};
use crate::shape::Shape;

pub(super) fn examples() -> Vec<Example> {
    let plain = Conv2dSettings::default();
    let case = |label: &str, x: &[usize], weight: &[usize], settings: Conv2dSettings| {
        let bias = [weight[0]];
        Example::new(label, &[x, weight, &bias], Filling::Normal, move |graph, x| conv2d(graph, x[0], x[1], Some(x[2]), settings))
    };
    let grouped = Conv2dSettings { groups: 2, stride: [2, 1], padding: [1, 0], ..plain };
    let mut examples = vec![
        case("3 x 3", &[2, 3, 6, 7], &[5, 3, 3, 3], plain),
        case("5 x 5 with padding 2", &[1, 1, 9, 9], &[6, 1, 5, 5], Conv2dSettings { padding: [2, 2], ..plain }),
        case("stride 2 that leaves a rest", &[1, 2, 8, 6], &[3, 2, 3, 3], Conv2dSettings { stride: [2, 2], padding: [1, 0], ..plain }),
        case("dilated, rectangular", &[1, 2, 9, 8], &[2, 2, 3, 2], Conv2dSettings { dilation: [2, 3], ..plain }),
        case("1 x 1", &[3, 4, 5, 5], &[2, 4, 1, 1], plain),
        case("depthwise", &[2, 5, 4, 5], &[5, 1, 3, 2], Conv2dSettings { groups: 5, padding: [1, 1], ..plain }),
        case("depthwise, two filters a channel", &[1, 3, 4, 4], &[6, 1, 2, 2], Conv2dSettings { groups: 3, ..plain }),
        case("two groups past a tile", &[1, 10, 3, 4], &[12, 5, 2, 2], Conv2dSettings { groups: 2, ..plain }),
        case("more padding than kernel", &[1, 2, 2, 1], &[2, 2, 1, 2], Conv2dSettings { stride: [1, 3], padding: [2, 2], ..plain }),
        Example::new("no bias", &[&[1, 2, 5, 5], &[3, 2, 2, 2]], Filling::Normal, move |graph, x| conv2d(graph, x[0], x[1], None, plain)),
        Example::new("groups, no bias", &[&[2, 4, 5, 3], &[6, 2, 2, 2]], Filling::Normal, move |graph, x| {
            conv2d(graph, x[0], x[1], None, grouped)
        }),
        Example::new("gradient of the images", &[&[4, 2, 2, 2], &[2, 4, 3, 2]], Filling::Normal, move |graph, x| {
            by_images(graph, [2, 4, 5, 3], x[0], x[1], grouped)
        }),
        Example::new("gradient of the weights", &[&[2, 4, 5, 3], &[2, 4, 3, 2]], Filling::Normal, move |graph, x| {
            by_weights(graph, x[0], [4, 2, 2, 2], x[1], grouped)
        }),
    ];
    // Every form of the fast ways: over the edges of tiles, sums in one piece and in parts.
    let wide = [
        ("of lenet", [3, 6, 14, 14], [16, 6, 5, 5], plain),
        ("of many images", [40, 3, 12, 33], [9, 3, 3, 3], Conv2dSettings { padding: [1, 1], ..plain }),
        ("with stride 2", [9, 12, 17, 20], [40, 12, 3, 3], Conv2dSettings { stride: [2, 2], padding: [1, 1], ..plain }),
        ("dilated, in groups", [5, 20, 18, 15], [36, 10, 3, 2], Conv2dSettings { dilation: [2, 3], groups: 2, padding: [2, 1], ..plain }),
        ("of many channels", [2, 70, 9, 9], [80, 70, 1, 1], plain),
        ("of large filters", [2, 2, 20, 24], [11, 2, 7, 9], Conv2dSettings { padding: [3, 4], ..plain }),
    ];
    for (label, x, weight, settings) in wide {
        let bias = [weight[0]];
        examples.push(Example::new(label, &[&x, &weight, &bias], Filling::Labels(4), move |graph, x| {
            conv2d(graph, x[0], x[1], Some(x[2]), settings)
        }));
        let [height, width] = [0, 1].map(|axis| {
            let reach = settings.dilation[axis] * (weight[axis + 2] - 1) + 1;
            (x[axis + 2] + 2 * settings.padding[axis] - reach) / settings.stride[axis] + 1
        });
        let y = [x[0], weight[0], height, width];
        examples.push(Example::new(
            format!("gradient of the images, {label}"),
            &[&weight, &y],
            Filling::Labels(4),
            move |graph, inputs| by_images(graph, x, inputs[0], inputs[1], settings),
        ));
        examples.push(Example::new(format!("gradient of the weights, {label}"), &[&x, &y], Filling::Labels(4), move |graph, inputs| {
            by_weights(graph, inputs[0], weight, inputs[1], settings)
        }));
    }
    // More workgroups than devices allow in one dimension, and too many numbers for finite differences.
    const MANY: usize = 66_000;
    let (wide, images, weights) = (Conv2dSettings { groups: MANY, ..plain }, [1, MANY, 1, 2], [MANY, 1, 1, 1]);
    let mut large = |label: &str, shapes: [[usize; 4]; 2], build: fn(&mut Graph, &[NodeId], Conv2dSettings) -> Result<NodeId>| {
        let build = move |graph: &mut Graph, x: &[NodeId]| build(graph, x, wide);
        examples.push(Example::new(label, &[&shapes[0], &shapes[1]], Filling::Labels(5), build));
    };
    large("of many channels", [images, weights], |graph, x, wide| conv2d(graph, x[0], x[1], None, wide));
    large("gradient of many channels' images", [weights, images], |graph, x, wide| by_images(graph, [1, MANY, 1, 2], x[0], x[1], wide));
    large("gradient of many channels' weights", [images, images], |graph, x, wide| by_weights(graph, x[0], [MANY, 1, 1, 1], x[1], wide));
    examples
}

/// The gradient of a convolution with respect to images of shape `x`.
fn by_images(graph: &mut Graph, x: [usize; 4], weight: NodeId, gy: NodeId, settings: Conv2dSettings) -> Result<NodeId> {
    let x = fill(graph, Shape::new(&x), 0.0)?;
    let y = conv2d(graph, x, weight, None, settings)?;
    Ok(autodiff::backward(graph, y, gy, &[x])?[0])
}

/// The gradient of a convolution with respect to weights of shape `weight`.
fn by_weights(graph: &mut Graph, x: NodeId, weight: [usize; 4], gy: NodeId, settings: Conv2dSettings) -> Result<NodeId> {
    let weight = fill(graph, Shape::new(&weight), 0.0)?;
    let y = conv2d(graph, x, weight, None, settings)?;
    Ok(autodiff::backward(graph, y, gy, &[weight])?[0])
}
