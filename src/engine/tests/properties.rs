//! What holds for random graphs: reverse mode, forward mode and finite differences agree; so do devices; and where values lie in memory
//! makes no difference.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::sync::OnceLock;
use stride_engine::autodiff::{backward, forward};
use stride_engine::device::{Device, Work, finish, gpu};
use stride_engine::error::Result;
use stride_engine::evaluate::evaluate;
use stride_engine::expression::Expression;
use stride_engine::graph::{Element, Graph, NodeId};
use stride_engine::nn::Model;
use stride_engine::ops::{self, Conv2dSettings, Pool2dSettings};
use stride_engine::plan::{Memory, Plan, Reuse};
use stride_engine::rng::Rng;
use stride_engine::shape::Shape;

/// One more operation on an image batch; numbers that do not fit are made to.
#[derive(Clone, Debug)]
enum Layer {
    Conv { out: usize, kernel: usize, stride: usize, padding: usize },
    MaxPool { kernel: usize, stride: usize },
    AvgPool { kernel: usize, padding: usize },
    Tanh,
    Sigmoid,
    Gelu,
    Softmax,
    Norm,
    LocalNorm { size: usize },
    WithItself,
    AddEarlier,
}

fn layer() -> impl Strategy<Value = Layer> {
    prop_oneof![
        (1..4usize, 1..4usize, 1..3usize, 0..2usize).prop_map(|(out, kernel, stride, padding)| Layer::Conv {
            out,
            kernel,
            stride,
            padding
        }),
        (1..4usize, 1..3usize).prop_map(|(kernel, stride)| Layer::MaxPool { kernel, stride }),
        (2..4usize, 0..2usize).prop_map(|(kernel, padding)| Layer::AvgPool { kernel, padding }),
        Just(Layer::Tanh),
        Just(Layer::Sigmoid),
        Just(Layer::Gelu),
        Just(Layer::Softmax),
        Just(Layer::Norm),
        (1..5usize).prop_map(|size| Layer::LocalNorm { size }),
        Just(Layer::WithItself),
        Just(Layer::AddEarlier),
    ]
}

/// A random network on images, its inputs (images, then weights) and its output: one number an image.
struct Net {
    graph: Graph,
    inputs: Vec<NodeId>,
    output: NodeId,
}

fn net(layers: &[Layer], shape: [usize; 4]) -> Result<Net> {
    let mut graph = Graph::new();
    let mut inputs = vec![graph.input("x", Shape::new(&shape), Element::F32)];
    let mut values = vec![inputs[0]];
    for layer in layers {
        let x = values[values.len() - 1];
        let [_, channels, height, width] = graph.shape(x).array().unwrap_or_default();
        let side = height.min(width);
        let y = match *layer {
            Layer::Conv { out, kernel, stride, padding } => {
                let kernel = kernel.min(side);
                let w = graph.input("w", Shape::new(&[out, channels, kernel, kernel]), Element::F32);
                let b = graph.input("b", Shape::new(&[out]), Element::F32);
                inputs.extend([w, b]);
                let settings = Conv2dSettings { stride: [stride; 2], padding: [padding; 2], ..Conv2dSettings::default() };
                ops::conv2d(&mut graph, x, w, Some(b), settings)?
            }
            Layer::MaxPool { kernel, stride } => {
                let kernel = [kernel.min(side); 2];
                ops::max_pool2d(&mut graph, x, Pool2dSettings { kernel, stride: [stride; 2], ..Pool2dSettings::default() })?
            }
            Layer::AvgPool { kernel, padding } => {
                let kernel = kernel.min(side);
                let padding = [padding.min(kernel / 2); 2];
                ops::avg_pool2d(&mut graph, x, Pool2dSettings { kernel: [kernel; 2], padding, ..Pool2dSettings::default() })?
            }
            Layer::Tanh => ops::tanh(&mut graph, x)?,
            Layer::Sigmoid => ops::sigmoid(&mut graph, x)?,
            Layer::Gelu => ops::gelu(&mut graph, x)?,
            Layer::Softmax => ops::softmax(&mut graph, x)?,
            Layer::Norm => ops::batch_norm(&mut graph, x, None, 0.1)?.y,
            Layer::LocalNorm { size } => ops::local_response_norm(&mut graph, x, size, 0.1, 0.75, 1.0)?,
            Layer::WithItself => ops::concat(&mut graph, &[x, x])?,
            Layer::AddEarlier => {
                let same = values.iter().copied().find(|&earlier| graph.shape(earlier) == graph.shape(x)).unwrap_or(x);
                ops::add(&mut graph, x, same)?
            }
        };
        values.push(y);
    }
    let last = values[values.len() - 1];
    let flat = Shape::new(&[shape[0], graph.shape(last).numel() / shape[0]]);
    let flat_node = graph.view(last, flat.clone())?;
    let w = graph.input("w", Shape::new(&[1, flat[1]]), Element::F32);
    inputs.push(w);
    let output = ops::linear(&mut graph, flat_node, w, None)?;
    Ok(Net { graph, inputs, output })
}

fn normals(shape: &Shape, rng: &mut Rng) -> Vec<f32> {
    (0..shape.numel()).map(|_| 0.5 * rng.normal()).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

fn compute(device: &Device, graph: &Graph, inputs: &[(NodeId, &[f32])], outputs: &[NodeId]) -> Vec<Vec<f32>> {
    pollster::block_on(evaluate(device, graph, inputs, outputs, async || std::thread::yield_now())).unwrap()
}

/// The GPU, if there is one, opened once.
fn gpu() -> Option<&'static Device> {
    static GPU: OnceLock<Option<Device>> = OnceLock::new();
    GPU.get_or_init(|| pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any)).ok().map(Device::Gpu)).as_ref()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Reverse mode is the transpose of forward mode, and both are what finite differences give; the GPU gives the same as the CPU.
    #[test]
    fn modes_and_devices_agree(
        layers in prop::collection::vec(layer(), 1..6),
        (batch, channels, height, width) in (2..4usize, 1..4usize, 3..8usize, 3..8usize),
        seed in any::<u64>(),
    ) {
        let Net { mut graph, inputs, output } = net(&layers, [batch, channels, height, width]).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mut rng = Rng::new(seed, 1);
        let values: Vec<Vec<f32>> = inputs.iter().map(|&id| normals(graph.shape(id), &mut rng)).collect();
        let directions: Vec<Vec<f32>> = inputs.iter().map(|&id| normals(graph.shape(id), &mut rng)).collect();
        let weights = normals(graph.shape(output), &mut rng);
        let upstream = graph.input("weights", graph.shape(output).clone(), Element::F32);
        let gradients = backward(&mut graph, output, upstream, &inputs).unwrap();
        let seeds: Vec<(NodeId, NodeId)> =
            inputs.iter().map(|&id| (id, graph.input("direction", graph.shape(id).clone(), Element::F32))).collect();
        let tangent = forward(&mut graph, output, &seeds).unwrap().unwrap();
        let mut bound: Vec<(NodeId, &[f32])> = inputs.iter().copied().zip(values.iter().map(Vec::as_slice)).collect();
        bound.push((upstream, &weights));
        bound.extend(seeds.iter().zip(&directions).map(|(&(_, id), values)| (id, values.as_slice())));
        let mut outputs = vec![output, tangent];
        outputs.extend(gradients);

        let cpu = compute(&Device::cpu(), &graph, &bound, &outputs);
        let pushed = dot(&cpu[1], &weights);
        let pulled: f64 = cpu[2..].iter().zip(&directions).map(|(gradient, direction)| dot(gradient, direction)).sum();
        let scale = (dot(&cpu[1], &cpu[1]) * dot(&weights, &weights)).sqrt() + 1e-2;
        prop_assert!((pushed - pulled).abs() < 1e-3 * scale, "forward mode {pushed}, reverse mode {pulled}");

        // A maximum may change hands within the step of a finite difference; then it says nothing.
        if !layers.iter().any(|layer| matches!(layer, Layer::MaxPool { .. })) {
            let step = 1.0 / 512.0;
            let at = |sign: f32| {
                let moved: Vec<Vec<f32>> = values
                    .iter()
                    .zip(&directions)
                    .map(|(values, direction)| values.iter().zip(direction).map(|(value, by)| value + sign * step * by).collect())
                    .collect();
                let bound: Vec<(NodeId, &[f32])> = inputs.iter().copied().zip(moved.iter().map(Vec::as_slice)).collect();
                dot(&compute(&Device::cpu(), &graph, &bound, &[output])[0], &weights)
            };
            let slope = (at(1.0) - at(-1.0)) / f64::from(2.0 * step);
            prop_assert!((pushed - slope).abs() < 2e-2 * (scale + slope.abs()), "forward mode {pushed}, finite differences {slope}");
        }

        if let Some(gpu) = gpu() {
            for (got, want) in compute(gpu, &graph, &bound, &outputs).iter().zip(&cpu) {
                let most = want.iter().fold(0.1f32, |most, value| most.max(value.abs()));
                for (got, want) in got.iter().zip(want) {
                    prop_assert!((got - want).abs() <= 1e-3 * most, "{got} on the GPU, {want} on the CPU");
                }
            }
        }
    }

    /// With and without using places again a plan gives the same numbers, to the bit, and never takes less than what is alive at once.
    #[test]
    fn memory_that_is_used_again_changes_nothing(
        layers in prop::collection::vec(layer(), 1..8),
        (batch, channels, height, width) in (2..4usize, 1..4usize, 3..8usize, 3..8usize),
        seed in any::<u64>(),
    ) {
        let Net { mut graph, inputs, output } = net(&layers, [batch, channels, height, width]).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let upstream = graph.input("weights", graph.shape(output).clone(), Element::F32);
        let mut wanted = backward(&mut graph, output, upstream, &inputs).unwrap();
        wanted.push(output);
        let mut given = inputs.clone();
        given.push(upstream);
        let mut memory = Memory::new();
        let mut place = |id: &NodeId| (*id, memory.add("value", graph.shape(*id).numel(), Element::F32));
        let bound: Vec<_> = given.iter().map(&mut place).collect();
        let results: Vec<_> = wanted.iter().map(&mut place).collect();
        let mut runs = Vec::new();
        let mut taken = Vec::new();
        for reuse in [Reuse::ByLiveness, Reuse::Never] {
            let plan = Plan::with_reuse("random", &graph, &bound, &results, reuse).unwrap();
            taken.push(plan.slots.iter().sum::<usize>());
            prop_assert!(plan.most_alive <= taken[taken.len() - 1]);
            let mut machine = pollster::block_on(Device::cpu().load(&memory, vec![plan])).unwrap();
            let mut rng = Rng::new(seed, 2);
            for &(id, span) in &bound {
                machine.write(span, &normals(graph.shape(id), &mut rng));
            }
            let mut work = vec![Work::Run(0)];
            work.extend(results.iter().zip(0..).map(|(&(_, span), ticket)| Work::Read { ticket, span }));
            machine.submit(&work).unwrap();
            let mut got: Vec<Vec<u32>> = Vec::new();
            finish(machine.as_mut(), &mut |_, values| got.push(values.iter().map(|value| value.to_bits()).collect())).unwrap();
            runs.push(got);
        }
        prop_assert_eq!(&runs[0], &runs[1]);
        prop_assert!(taken[0] <= taken[1]);
    }

    /// Scalar expressions in double precision: reverse mode, forward mode and finite differences.
    #[test]
    fn expressions_are_differentiated_alike_both_ways(text in expression(4), x in -2.0..2.0f64, y in -2.0..2.0f64) {
        let expression = Expression::parse(&text, &["x", "y"]).unwrap();
        let at = [x, y];
        let gradient = expression.gradient(&at).unwrap();
        for (variable, direction) in [[1.0, 0.0], [0.0, 1.0]].into_iter().enumerate() {
            let tangent = expression.tangent(&at, &direction).unwrap();
            prop_assert!((tangent - gradient[variable]).abs() <= 1e-9 * tangent.abs().max(1.0), "{text}: {tangent} and {}", gradient[variable]);
            let step = 1e-5;
            let value = |sign: f64| expression.value(&[x + sign * step * direction[0], y + sign * step * direction[1]]).unwrap();
            let slope = (value(1.0) - value(-1.0)) / (2.0 * step);
            let second = (value(1.0) - 2.0 * value(0.0) + value(-1.0)).abs() / (step * step);
            // Beside a kink, or where the curve bends sharply, finite differences say nothing.
            if second < 1e3 {
                prop_assert!((tangent - slope).abs() <= 1e-5 * slope.abs().max(1.0), "{text}: {tangent}, finite differences {slope}");
            }
        }
    }

    /// No text is read with a panic.
    #[test]
    fn any_text_is_read_or_refused_in_a_sentence(text in ".{0,80}", signs in "[-+*/^(),xy0-9.e ]{0,80}") {
        for text in [&text, &signs] {
            if let Err(error) = Expression::parse(text, &["x", "y"]) {
                prop_assert!(error.to_string().starts_with("column "), "{error}");
            }
        }
    }

    /// No description of a model is laid out with a panic, whatever its sizes.
    #[test]
    fn any_model_is_built_or_refused_in_a_sentence(
        sizes in prop::collection::vec(prop_oneof![0..9usize, 1000..2000usize, Just(1 << 10), Just(1 << 16), Just(usize::MAX), Just(usize::MAX / 2)], 12),
        which in 0..9usize,
        input in prop::collection::vec(prop_oneof![0..9usize, Just(usize::MAX / 2)], 0..5),
    ) {
        let s = |index: usize| sizes[index];
        let layer = match which {
            0 => format!(r#"{{"layer":"conv2d","in_channels":{},"out_channels":{},"kernel_size":[{},{}],"stride":{},"padding":{},"dilation":{},"groups":{}}}"#, s(0), s(1), s(2), s(3), s(4), s(5), s(6), s(7)),
            1 => format!(r#"{{"layer":"linear","in_features":{},"out_features":{}}}"#, s(0), s(1)),
            2 => format!(r#"{{"layer":"max_pool2d","kernel_size":{},"stride":{},"padding":{},"ceil_mode":true}}"#, s(0), s(1), s(2)),
            3 => format!(r#"{{"layer":"adaptive_avg_pool2d","output_size":[{},{}]}}"#, s(0), s(1)),
            4 => format!(r#"{{"layer":"batch_norm2d","num_features":{}}}"#, s(0)),
            5 => format!(r#"{{"layer":"conv_transpose2d","in_channels":{},"out_channels":{},"kernel_size":{},"stride":{},"padding":{},"output_padding":{}}}"#, s(0), s(1), s(2), s(3), s(4), s(5)),
            6 => format!(r#"{{"layer":"squeeze_excitation","channels":{},"squeezed":{}}}"#, s(0), s(1)),
            7 => format!(r#"{{"layer":"conv1d","in_channels":{},"out_channels":{},"kernel_size":{},"padding":{},"dilation":{}}}"#, s(0), s(1), s(2), s(3), s(4)),
            _ => format!(r#"{{"layer":"local_response_norm","size":{}}}"#, s(0)),
        };
        let text = format!(r#"{{"input":{input:?},"layers":[{layer}]}}"#);
        let model: Model = serde_json::from_str(&text).unwrap();
        match model.outline() {
            Ok(built) => {
                let numbers: usize = built.parameters.iter().map(|parameter| parameter.shape.numel()).sum();
                prop_assert!(numbers <= 1 << 28, "{text} has {numbers} parameters");
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

/// Expressions that have a value and a derivative almost everywhere, so deep.
fn expression(depth: u32) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("x".to_string()), Just("y".to_string()), Just("0.5".to_string()), Just("3".to_string())];
    leaf.prop_recursive(depth, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone(), prop_oneof![Just('+'), Just('-'), Just('*')])
                .prop_map(|(a, b, sign)| format!("({a} {sign} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} / (1.5 + ({b})^2))")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("max({a}, {b})")),
            inner.clone().prop_map(|a| format!("sqrt(1 + ({a})^2)")),
            inner.clone().prop_map(|a| format!("log(2 + abs({a}))")),
            inner.prop_flat_map(|a| {
                prop_oneof![Just("sin"), Just("cos"), Just("tanh"), Just("sigmoid"), Just("relu")].prop_map(move |f| format!("{f}({a})"))
            }),
        ]
    })
}
