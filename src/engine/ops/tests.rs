//! What holds for every operation: its gradient is that of finite differences, and both devices agree.

use super::{Example, Filling, OPS, fill};
use crate::autodiff;
use crate::device::{Device, Work, finish, gpu};
use crate::error::Result;
use crate::evaluate::evaluate;
use crate::graph::{Element, Graph, NodeId};
use crate::kernel::Family;
use crate::plan::{Memory, Plan, Span};
use crate::rng::Rng;
use crate::shape::Shape;

/// The CPU, and every GPU there is.
fn devices() -> Vec<Device> {
    let mut devices = vec![Device::cpu()];
    match pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any)) {
        Ok(gpu) => devices.push(Device::Gpu(gpu)),
        Err(error) => eprintln!("only the CPU is tested: {error}"),
    }
    devices
}

pub(super) fn numbers(filling: Filling, len: usize, rng: &mut Rng) -> Vec<f32> {
    match filling {
        Filling::Normal => (0..len).map(|_| rng.normal()).collect(),
        Filling::Spaced => {
            let mut values: Vec<f32> = (0..len).map(|i| (i as f32 + 0.5) / len as f32 * 2.0 - 1.0).filter(|v| v.abs() > 1e-4).collect();
            values.resize(len, 1.5);
            rng.shuffle(&mut values);
            values
        }
        Filling::Labels(classes) => (0..len).map(|_| rng.below(classes) as f32).collect(),
    }
}

/// The output of an example and the gradients of `sum(weights * output)`, on one device.
pub(super) struct Runner {
    machine: Box<dyn crate::device::Machine>,
    inputs: Vec<Span>,
    weights: Option<Span>,
    pub results: Vec<Span>,
}

impl Runner {
    /// `wanted` are the inputs by which to differentiate; if there are none, only the output is computed.
    pub fn new(device: &Device, example: &Example, wanted: &[usize]) -> Runner {
        Runner::load(device, example, wanted).unwrap()
    }

    /// The same; an error is the device's.
    pub fn load(device: &Device, example: &Example, wanted: &[usize]) -> Result<Runner> {
        let mut graph = Graph::new();
        let ids: Vec<NodeId> =
            example.inputs.iter().enumerate().map(|(i, shape)| graph.input(format!("x{i}"), shape.clone(), Element::F32)).collect();
        let y = (example.build)(&mut graph, &ids).unwrap();
        let shape = graph.shape(y).clone();
        let mut memory = Memory::new();
        let inputs: Vec<Span> = example.inputs.iter().map(|shape| memory.add("x", shape.numel(), Element::F32)).collect();
        let mut bound: Vec<(NodeId, Span)> = ids.iter().copied().zip(inputs.iter().copied()).collect();
        let mut outputs = vec![(y, memory.add("y", shape.numel(), Element::F32))];
        let mut weights = None;
        if !wanted.is_empty() {
            let upstream = graph.input("weights", shape.clone(), Element::F32);
            let place = memory.add("weights", shape.numel(), Element::F32);
            bound.push((upstream, place));
            weights = Some(place);
            let by: Vec<NodeId> = wanted.iter().map(|&i| ids[i]).collect();
            for gradient in autodiff::backward(&mut graph, y, upstream, &by).unwrap() {
                let len = graph.shape(gradient).numel();
                outputs.push((gradient, memory.add("gradient", len, Element::F32)));
            }
        }
        let plan = Plan::new(&example.label, &graph, &bound, &outputs).unwrap();
        let machine = pollster::block_on(device.load(&memory, vec![plan]))?;
        Ok(Runner { machine, inputs, weights, results: outputs.into_iter().map(|(_, span)| span).collect() })
    }

    pub fn run(&mut self, inputs: &[Vec<f32>], weights: &[f32]) -> Vec<Vec<f32>> {
        for (&span, values) in self.inputs.iter().zip(inputs) {
            self.machine.write(span, values);
        }
        if let Some(span) = self.weights {
            self.machine.write(span, weights);
        }
        let mut work = vec![Work::Run(0)];
        work.extend(self.results.iter().enumerate().map(|(i, &span)| Work::Read { ticket: i as u64, span }));
        self.machine.submit(&work).unwrap();
        let mut results = vec![Vec::new(); self.results.len()];
        finish(self.machine.as_mut(), &mut |ticket, values| results[ticket as usize] = values.to_vec()).unwrap();
        results
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// For every example on every device: (f(x + e d) - f(x - e d)) / 2e against the gradient, along each coordinate of each input.
#[test]
fn gradients_are_those_of_finite_differences() {
    let mut checked = 0;
    for device in devices() {
        for op in OPS {
            for example in (op.examples)() {
                checked += check_gradient(&device, op.name, &example);
            }
        }
    }
    assert!(checked > 1000, "only {checked} derivatives were checked");
    println!("{checked} derivatives checked");
}

fn check_gradient(device: &Device, op: &str, example: &Example) -> usize {
    let wanted: Vec<usize> = (0..example.inputs.len()).filter(|&i| !matches!(example.fills[i], Filling::Labels(_))).collect();
    if wanted.is_empty() {
        return 0;
    }
    let mut rng = Rng::new(7, 1);
    let mut inputs: Vec<Vec<f32>> =
        example.inputs.iter().zip(&example.fills).map(|(shape, &filling)| numbers(filling, shape.numel(), &mut rng)).collect();
    let mut runner = Runner::new(device, example, &wanted);
    let weights = numbers(Filling::Normal, runner.results[0].len, &mut rng);
    let results = runner.run(&inputs, &weights);
    let step = 1.0 / 256.0;
    let mut checked = 0;
    for (gradient, &input) in results[1..].iter().zip(&wanted) {
        let scale = gradient.iter().fold(1f64, |m, &g| m.max(f64::from(g).abs()));
        for i in 0..gradient.len() {
            let at = inputs[input][i];
            let mut value = |x: f32| {
                inputs[input][i] = x;
                dot(&runner.run(&inputs, &weights)[0], &weights)
            };
            let slope = (value(at + step) - value(at - step)) / f64::from(2.0 * step);
            inputs[input][i] = at;
            let got = f64::from(gradient[i]);
            assert!(
                (got - slope).abs() < 4e-3 * scale,
                "{op} ({}) on {}: d/dx{input}[{i}] is {got}, finite differences give {slope}",
                example.label,
                device.name()
            );
            checked += 1;
        }
    }
    checked
}

/// For every example on every device: along a random direction d, forward mode gives J d with `w . (J d) = (J^T w) . d`, where reverse
/// mode gives J^T w. What is measured or drawn, not differentiated, has inputs without a gradient only.
#[test]
fn forward_mode_is_the_transpose_of_reverse_mode() {
    let mut checked = 0;
    for device in devices() {
        for op in OPS {
            for example in (op.examples)() {
                checked += check_tangent(&device, op.name, &example);
            }
        }
    }
    assert!(checked > 150, "only {checked} examples were checked");
}

fn check_tangent(device: &Device, op: &str, example: &Example) -> usize {
    let wanted: Vec<usize> = (0..example.inputs.len()).filter(|&i| !matches!(example.fills[i], Filling::Labels(_))).collect();
    if wanted.is_empty() {
        return 0;
    }
    let mut rng = Rng::new(5, 9);
    let inputs: Vec<Vec<f32>> =
        example.inputs.iter().zip(&example.fills).map(|(shape, &filling)| numbers(filling, shape.numel(), &mut rng)).collect();
    let mut graph = Graph::new();
    let ids: Vec<NodeId> =
        example.inputs.iter().enumerate().map(|(i, shape)| graph.input(format!("x{i}"), shape.clone(), Element::F32)).collect();
    let y = (example.build)(&mut graph, &ids).unwrap();
    let shape = graph.shape(y).clone();
    let weights = numbers(Filling::Normal, shape.numel(), &mut rng);
    let upstream = graph.input("weights", shape, Element::F32);
    let by: Vec<NodeId> = wanted.iter().map(|&i| ids[i]).collect();
    let gradients = autodiff::backward(&mut graph, y, upstream, &by).unwrap();
    let directions: Vec<Vec<f32>> = wanted.iter().map(|&i| numbers(Filling::Normal, inputs[i].len(), &mut rng)).collect();
    let seeds: Vec<(NodeId, NodeId)> = by.iter().map(|&id| (id, graph.input("direction", graph.shape(id).clone(), Element::F32))).collect();
    let tangent = autodiff::forward(&mut graph, y, &seeds)
        .unwrap_or_else(|error| panic!("{op} ({}): {error}", example.label))
        .expect("the output depends on its inputs");
    let mut bound: Vec<(NodeId, &[f32])> = ids.iter().copied().zip(inputs.iter().map(Vec::as_slice)).collect();
    bound.push((upstream, &weights));
    bound.extend(seeds.iter().zip(&directions).map(|(&(_, direction), values)| (direction, values.as_slice())));
    let mut outputs = vec![tangent];
    outputs.extend(gradients);
    let results = pollster::block_on(evaluate(device, &graph, &bound, &outputs, async || std::thread::yield_now())).unwrap();
    let forward = dot(&results[0], &weights);
    let reverse: f64 = results[1..].iter().zip(&directions).map(|(gradient, direction)| dot(gradient, direction)).sum();
    let norm = |values: &[f32]| dot(values, values).sqrt();
    let scale = norm(&results[0]) * norm(&weights) + 1e-3;
    assert!(
        (forward - reverse).abs() < 1e-4 * scale,
        "{op} ({}) on {}: forward mode gives {forward}, reverse mode {reverse}",
        example.label,
        device.name()
    );
    1
}

#[test]
fn devices_agree() {
    let devices = devices();
    let (cpu, others) = devices.split_first().unwrap();
    for op in OPS {
        for example in (op.examples)() {
            let mut rng = Rng::new(11, 3);
            let inputs: Vec<Vec<f32>> =
                example.inputs.iter().zip(&example.fills).map(|(shape, &filling)| numbers(filling, shape.numel(), &mut rng)).collect();
            let want = Runner::new(cpu, &example, &[]).run(&inputs, &[]);
            for device in others {
                let got = Runner::new(device, &example, &[]).run(&inputs, &[]);
                for (got, want) in got[0].iter().zip(&want[0]) {
                    assert!(
                        (got - want).abs() <= 1e-5 + 1e-5 * want.abs() || got.is_nan() && want.is_nan(),
                        "{} ({}) on {}: {got}, on the CPU {want}",
                        op.name,
                        example.label,
                        device.name()
                    );
                }
            }
        }
    }
}

/// Every GPU three times: with every kernel's own way to compute, with tiles in registers, with tiles in workgroup memory.
fn every_way() -> Vec<(Option<Family>, Device)> {
    let ways = [None, Some(Family::Registers), Some(Family::Workgroups)];
    let open = |family| {
        let mut gpu = pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any)).ok()?;
        gpu.set_family(family);
        Some((family, Device::Gpu(gpu)))
    };
    ways.into_iter().filter_map(open).collect()
}

/// What the variants of the examples' kernels compute, their gradients with them, is what the twins compute.
#[test]
fn every_way_to_compute_agrees_with_the_cpu() {
    let (cpu, ways) = (Device::cpu(), every_way());
    for op in OPS {
        for example in (op.examples)() {
            let mut rng = Rng::new(13, 2);
            let wanted: Vec<usize> = (0..example.inputs.len()).filter(|&i| !matches!(example.fills[i], Filling::Labels(_))).collect();
            let inputs: Vec<Vec<f32>> =
                example.inputs.iter().zip(&example.fills).map(|(shape, &filling)| numbers(filling, shape.numel(), &mut rng)).collect();
            let mut runner = Runner::new(&cpu, &example, &wanted);
            let weights = numbers(Filling::Normal, runner.results[0].len, &mut rng);
            let want = runner.run(&inputs, &weights);
            for (family, device) in &ways {
                let got = Runner::new(device, &example, &wanted).run(&inputs, &weights);
                for (which, (got, want)) in got.iter().zip(&want).enumerate() {
                    let scale = want.iter().filter(|value| value.is_finite()).fold(1f32, |most, value| most.max(value.abs()));
                    for (i, (got, want)) in got.iter().zip(want).enumerate() {
                        assert!(
                            (got - want).abs() <= 1e-5 * scale || got.is_nan() && want.is_nan(),
                            "{} ({}) by {family:?} on {}: number {i} of result {which} is {got}, on the CPU {want}",
                            op.name,
                            example.label,
                            device.name()
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn mistakes_are_named_with_their_shapes() {
    let mut graph = Graph::new();
    let x = graph.input("x", Shape::new(&[2, 3, 4, 4]), Element::F32);
    let weight = graph.input("w", Shape::new(&[5, 2, 3, 3]), Element::F32);
    let error = super::conv2d(&mut graph, x, weight, None, Default::default()).unwrap_err().to_string();
    assert_eq!(error, "conv2d: the images have 3 channels and the weights want 2 (shapes [2, 3, 4, 4] and [5, 2, 3, 3])");
    let weight = graph.input("w", Shape::new(&[5, 3, 6, 6]), Element::F32);
    let error = super::conv2d(&mut graph, x, weight, None, Default::default()).unwrap_err().to_string();
    assert_eq!(error, "conv2d: the kernel spans 6 pixels and the padded image only 4 (image [2, 3, 4, 4])");
    let one = fill(&mut graph, Shape::new(&[2, 5]), 1.0).unwrap();
    let weight = graph.input("w", Shape::new(&[3, 4]), Element::F32);
    let error = super::linear(&mut graph, one, weight, None).unwrap_err().to_string();
    assert_eq!(error, "linear: the input has 5 features and the weights want 4 (shapes [2, 5] and [3, 4])");
}
