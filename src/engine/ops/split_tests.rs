//! What holds for every operation on a device that binds only a few numbers at once: it is computed in parts, and gives the same.

use super::tests::{Runner, numbers};
use super::*;
use crate::device::{Device, gpu};
use crate::kernel::Family;
use crate::plan::arrange::Limits;
use crate::rng::Rng;

/// Bytes of the largest tensor among inputs and output.
fn largest(example: &Example) -> usize {
    let mut graph = Graph::new();
    let ids: Vec<NodeId> = example.inputs.iter().map(|shape| graph.input("x", shape.clone(), crate::graph::Element::F32)).collect();
    let y = (example.build)(&mut graph, &ids).unwrap();
    4 * example.inputs.iter().map(Shape::numel).max().unwrap_or_default().max(graph.shape(y).numel())
}

/// The output and the gradients of an example on a device as on the CPU; `false` where the device refuses it.
fn agrees(op: &str, example: &Example, device: &Device) -> bool {
    let mut rng = Rng::new(17, 4);
    let wanted: Vec<usize> = (0..example.inputs.len()).filter(|&i| !matches!(example.fills[i], Filling::Labels(_))).collect();
    let inputs: Vec<Vec<f32>> =
        example.inputs.iter().zip(&example.fills).map(|(shape, &filling)| numbers(filling, shape.numel(), &mut rng)).collect();
    let mut cpu = Runner::new(&Device::cpu(), example, &wanted);
    let weights = numbers(Filling::Normal, cpu.results[0].len, &mut rng);
    let want = cpu.run(&inputs, &weights);
    let mut runner = match Runner::load(device, example, &wanted) {
        Ok(runner) => runner,
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("are needed at once, in no smaller parts"), "{op} ({}): {text}", example.label);
            return false;
        }
    };
    // Twice, so that nothing is left over from the first time.
    runner.run(&inputs, &weights);
    for (which, (got, want)) in runner.run(&inputs, &weights).iter().zip(&want).enumerate() {
        let scale = want.iter().filter(|value| value.is_finite()).fold(1f32, |most, value| most.max(value.abs()));
        for (i, (got, want)) in got.iter().zip(want).enumerate() {
            assert!(
                (got - want).abs() <= 1e-5 * scale || got.is_nan() && want.is_nan(),
                "{op} ({}): number {i} of result {which} is {got}, on the CPU {want}",
                example.label
            );
        }
    }
    true
}

/// Every example of every operation, and larger ones, within limits that cut their tensors into several parts.
#[test]
fn parts_give_what_the_whole_gives() {
    let Ok(mut gpu) = pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any)) else { return };
    for family in [None, Some(Family::Registers), Some(Family::Workgroups)] {
        gpu.set_family(family);
        let (mut refused, mut cut) = (Vec::new(), 0);
        // How tensors are cut is the same in every family; what differs, the kernels, the larger examples show.
        let own = OPS.iter().filter(|_| family.is_none());
        let own = own.flat_map(|op| (op.examples)().into_iter().map(move |example| (op.name, example)));
        for (op, example) in own.chain(larger()) {
            let largest = largest(&example) as u64;
            let binding = (largest / 5).max(1 << 10);
            if largest <= binding {
                continue;
            }
            gpu.set_limits(Limits::new(2 * binding, binding));
            let device = Device::Gpu(gpu);
            if !agrees(op, &example, &device) {
                refused.push(format!("{op} ({})", example.label));
            }
            let Device::Gpu(back) = device else { return };
            (gpu, cut) = (back, cut + 1);
        }
        assert!(cut > if family.is_none() { 60 } else { 40 }, "only {cut} examples were cut");
        assert_eq!(refused, if family.is_none() { &REFUSED[..] } else { &[] }, "{family:?}");
    }
}

/// A variance is not the sum of those of parts: a channel of a batch must be bound whole. And of all channels it must be known at once which
/// are off.
const REFUSED: [&str; 2] = ["batch_norm (of many numbers)", "spread (units of features)"];

/// Examples of more than the least limit, so that everything is cut.
fn larger() -> Vec<(&'static str, Example)> {
    use Filling::{Labels, Normal, Spaced};
    let control = crate::optim::control::CONTROL_LEN;
    let mut examples: Vec<(&'static str, Example)> = Vec::new();
    let mut add = |op: &'static str, shapes: &[&[usize]], filling, build: fn(&mut Graph, &[NodeId]) -> Result<NodeId>| {
        examples.push((op, Example::new(format!("of {shapes:?}"), shapes, filling, build)));
    };
    add("relu", &[&[9, 77]], Spaced, |graph, x| relu(graph, x[0]));
    add("gelu", &[&[300, 4]], Normal, |graph, x| gelu(graph, x[0]));
    add("mul", &[&[9, 77], &[9, 77]], Normal, |graph, x| mul(graph, x[0], x[1]));
    add("add", &[&[16, 76], &[16, 76]], Normal, |graph, x| super::add(graph, x[0], x[1]));
    add("sin", &[&[777]], Normal, |graph, x| unary(graph, Unary::Sin, x[0]));
    add("fill", &[&[40, 30]], Normal, |graph, x| {
        let y = fill(graph, Shape::new(&[40, 30]), 1.5)?;
        super::add(graph, x[0], y)
    });
    add("max_pool2d", &[&[3, 4, 11, 9]], Spaced, |graph, x| max_pool2d(graph, x[0], Pool2dSettings::new([2, 2])));
    let overlapping = |graph: &mut Graph, x: &[NodeId]| {
        max_pool2d(graph, x[0], Pool2dSettings { kernel: [3, 3], stride: [2, 2], padding: [1, 1], ..Pool2dSettings::default() })
    };
    add("max_pool2d, overlapping", &[&[3, 4, 11, 9]], Spaced, overlapping);
    add("avg_pool2d", &[&[3, 4, 11, 9]], Normal, |graph, x| avg_pool2d(graph, x[0], Pool2dSettings::new([3, 2])));
    add("adaptive_avg_pool2d", &[&[3, 4, 12, 8]], Normal, |graph, x| adaptive_avg_pool2d(graph, x[0], [5, 3]));
    add("add_channels", &[&[6, 40, 5], &[40]], Normal, |graph, x| add_channels(graph, x[0], x[1]));
    add("expand_channels", &[&[300]], Normal, |graph, x| expand_channels(graph, x[0], Shape::new(&[3, 300, 2])));
    for shape in [&[6, 5, 4, 8][..], &[40, 30], &[8, 300], &[2, 7, 10, 10]] {
        let channels = [shape[1]];
        add("batch_norm", &[shape, &channels, &channels], Normal, |graph, x| Ok(batch_norm(graph, x[0], Some((x[1], x[2])), 1e-2)?.y));
        add("batch_norm, then relu", &[shape, &channels, &channels], Normal, |graph, x| {
            let y = batch_norm(graph, x[0], Some((x[1], x[2])), 1e-2)?.y;
            relu(graph, y)
        });
        add("batch_norm in use", &[shape, &channels, &channels], Normal, |graph, x| {
            let channels = graph.shape(x[1]).clone();
            let (mean, variance) = (fill(graph, channels.clone(), 0.25)?, fill(graph, channels, 2.0)?);
            batch_norm_eval(graph, x[0], mean, variance, Some((x[1], x[2])), 1e-5)
        });
    }
    add("channel_affine", &[&[6, 20, 4, 3], &[20], &[20]], Normal, |graph, x| channel_affine(graph, x[0], x[1], x[2]));
    add("channel_scale", &[&[6, 20, 4, 3], &[6, 20]], Normal, |graph, x| channel_scale(graph, x[0], x[1]));
    add("row_dot", &[&[2, 3, 400], &[2, 3, 400]], Normal, |graph, x| row_dot(graph, x[0], x[1]));
    add("dot", &[&[40, 30], &[40, 30]], Normal, |graph, x| dot(graph, x[0], x[1]));
    add("scaled", &[&[40, 30]], Normal, |graph, x| scaled(graph, x[0], 3.0));
    add("concat", &[&[5, 4, 7, 2], &[5, 3, 7, 2], &[5, 5, 7, 2]], Normal, concat);
    add("slice_channels", &[&[30, 16]], Normal, |graph, x| slice_channels(graph, x[0], 3, 9));
    add("local_response_norm", &[&[4, 9, 5, 6]], Normal, |graph, x| local_response_norm(graph, x[0], 5, 0.5, 0.75, 1.5));
    add("softmax", &[&[30, 20]], Normal, |graph, x| softmax(graph, x[0]));
    add("log_softmax", &[&[4, 10, 30]], Normal, |graph, x| log_softmax(graph, x[0]));
    add("sum_channels", &[&[6, 20, 9]], Normal, |graph, x| sum_channels(graph, x[0]));
    add("linear", &[&[30, 40], &[50, 40], &[50]], Normal, |graph, x| linear(graph, x[0], x[1], Some(x[2])));
    add("linear, then relu", &[&[20, 300], &[50, 300], &[50]], Normal, |graph, x| {
        let y = linear(graph, x[0], x[1], Some(x[2]))?;
        relu(graph, y)
    });
    add("linear of few rows", &[&[2, 128], &[192, 128], &[192]], Normal, |graph, x| linear(graph, x[0], x[1], Some(x[2])));
    add("matmul", &[&[40, 30], &[40, 25]], Normal, |graph, x| matmul(graph, x[0], x[1], true, false));
    add("conv2d", &[&[4, 5, 8, 8], &[6, 5, 3, 3], &[6]], Normal, |graph, x| {
        conv2d(graph, x[0], x[1], Some(x[2]), Conv2dSettings { padding: [1, 1], ..Default::default() })
    });
    add("conv2d, then relu", &[&[2, 9, 8, 8], &[6, 9, 3, 3], &[6]], Normal, |graph, x| {
        let y = conv2d(graph, x[0], x[1], Some(x[2]), Default::default())?;
        relu(graph, y)
    });
    let mut labelled = |op: &'static str, inputs: &[(&[usize], Filling)], build: Build| {
        let (inputs, fills) = inputs.iter().map(|&(shape, filling)| (Shape::new(shape), filling)).unzip();
        examples.push((op, Example { label: "larger".into(), inputs, fills, build }));
    };
    let rows: [(&[usize], Filling); 2] = [(&[300, 5], Normal), (&[300], Labels(5))];
    labelled("accuracy", &[(&[300, 5], Labels(9)), (&[300], Labels(5))], Box::new(|graph, x| accuracy(graph, x[0], x[1])));
    labelled("argmax", &[(&[300, 5], Labels(9))], Box::new(|graph, x| argmax(graph, x[0])));
    labelled("cross_entropy", &rows, Box::new(|graph, x| cross_entropy(graph, x[0], x[1], Reduction::Mean, 0.1)));
    labelled("cross_entropy of each", &rows, Box::new(|graph, x| cross_entropy(graph, x[0], x[1], Reduction::None, 0.0)));
    labelled("dropout", &[(&[30, 40], Normal), (&[control], Labels(100))], Box::new(|graph, x| dropout(graph, x[0], x[1], 0.4, 3)));
    let settings = Augmentation { shift: 2, flip: true, cutout: 3, brightness: 0.3, ..Augmentation::default() };
    let images: [(&[usize], Filling); 2] = [(&[5, 1, 12, 13], Labels(2)), (&[control], Labels(100))];
    labelled("augment", &images, Box::new(move |graph, x| augment(graph, x[0], x[1], settings, 0.4, 0.5)));
    let set: [(&[usize], Filling); 3] = [(&[90, 5, 8], Labels(9)), (&[80], Labels(90)), (&[control], Labels(4))];
    labelled("gather_rows", &set, Box::new(|graph, x| gather_rows(graph, x[0], x[1], x[2], 30)));
    labelled("spread", &[(&[3000], Labels(9))], Box::new(|graph, x| spread(graph, x[0])));
    labelled("units", &[(&[6, 40, 4], Labels(3))], Box::new(|graph, x| units(graph, x[0], -1.0, 2.0)));
    examples
}
