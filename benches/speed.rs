//! How fast kernels and training steps are natively, on every device there is: `make bench`, or `cargo bench`.
//!
//! Criterion's elements are floating-point operations, so that "Gelem/s" reads GFLOP/s. Names are `device/group/what`.

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    native::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use criterion::{Criterion, SamplingMode, Throughput};
    use std::time::{Duration, Instant};
    use stride::bench::{Job, NAMES, SWEEP, Workload};
    use stride_engine::autodiff::backward;
    use stride_engine::device::gpu::{Adapters, Gpu};
    use stride_engine::device::{Device, Machine, Work};
    use stride_engine::error::Result;
    use stride_engine::graph::{Element, Graph, NodeId};
    use stride_engine::ops::{self, Conv2dSettings};
    use stride_engine::plan::{Memory, Plan, Span};
    use stride_engine::rng::Rng;
    use stride_engine::shape::Shape;

    /// Steps on their way at once; more would only take memory for commands.
    const AHEAD: u64 = 32;

    pub fn main() {
        let mut criterion = Criterion::default().configure_from_args();
        let gpu = match pollster::block_on(Gpu::open(Adapters::Any)) {
            Ok(gpu) => {
                println!("gpu: {}", gpu.name());
                Some(Device::Gpu(gpu))
            }
            Err(error) => {
                println!("gpu: none ({error})");
                None
            }
        };
        for (name, device) in [("cpu", Some(Device::cpu())), ("gpu", gpu)] {
            if let Some(device) = device {
                products(&mut criterion, name, &device);
                kernels(&mut criterion, name, &device);
                steps(&mut criterion, name, &device);
            }
        }
        criterion.final_summary();
    }

    /// Times something that is submitted again and again.
    fn bench(criterion: &mut Criterion, group: &str, name: &str, flops: u64, mut run: impl FnMut(u64) -> Result<()>) {
        let mut group = criterion.benchmark_group(group);
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_millis(1000));
        group.throughput(Throughput::Elements(flops));
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                let began = Instant::now();
                run(iterations).unwrap();
                began.elapsed()
            })
        });
        group.finish();
    }

    fn job(criterion: &mut Criterion, device: &Device, group: &str, name: &str) {
        let workload = Workload::named(name).unwrap();
        let mut job = pollster::block_on(Job::new(device, workload)).unwrap();
        bench(criterion, group, name, workload.flops().unwrap(), |iterations| {
            for step in 1..=iterations {
                job.step(step == iterations || step.is_multiple_of(AHEAD))?;
                while job.pending() > 1 {
                    job.poll()?;
                    std::thread::yield_now();
                }
            }
            while job.pending() > 0 {
                job.poll()?;
                std::thread::yield_now();
            }
            Ok(())
        });
    }

    /// The best of them is the device's limit.
    fn products(criterion: &mut Criterion, name: &str, device: &Device) {
        for size in SWEEP.into_iter().filter(|&size| size <= 1024) {
            job(criterion, device, &format!("{name}/product"), &format!("matmul{size}"));
        }
    }

    fn steps(criterion: &mut Criterion, name: &str, device: &Device) {
        for workload in NAMES.into_iter().filter(|workload| !workload.starts_with("matmul")) {
            job(criterion, device, &format!("{name}/step"), workload);
        }
    }

    /// A convolution as it stands in one of the networks.
    struct Conv {
        name: &'static str,
        x: [usize; 4],
        weight: [usize; 4],
        settings: Conv2dSettings,
    }

    fn kernels(criterion: &mut Criterion, name: &str, device: &Device) {
        let settings =
            |stride: usize, padding: usize| Conv2dSettings { stride: [stride; 2], padding: [padding; 2], dilation: [1; 2], groups: 1 };
        let convolutions = [
            Conv { name: "lenet C1", x: [64, 1, 28, 28], weight: [6, 1, 5, 5], settings: settings(1, 2) },
            Conv { name: "lenet C3", x: [64, 6, 14, 14], weight: [16, 6, 5, 5], settings: settings(1, 0) },
            Conv { name: "resnet 16 to 16", x: [16, 16, 32, 32], weight: [16, 16, 3, 3], settings: settings(1, 1) },
            Conv { name: "resnet 16 to 32", x: [16, 16, 32, 32], weight: [32, 16, 3, 3], settings: settings(2, 1) },
        ];
        let group = format!("{name}/kernel");
        for conv in convolutions {
            for (pass, wanted) in [("forward", None), ("input gradient", Some(0)), ("weight gradient", Some(1))] {
                let mut graph = Graph::new();
                let x = graph.input("x", Shape::new(&conv.x), Element::F32);
                let weight = graph.input("weight", Shape::new(&conv.weight), Element::F32);
                let y = ops::conv2d(&mut graph, x, weight, None, conv.settings).unwrap();
                let flops = 2 * (graph.shape(y).numel() * conv.weight[1..].iter().product::<usize>()) as u64;
                let (inputs, output) = match wanted {
                    None => (vec![x, weight], y),
                    Some(index) => {
                        let upstream = graph.input("upstream", graph.shape(y).clone(), Element::F32);
                        let gradient = backward(&mut graph, y, upstream, &[[x, weight][index]]).unwrap()[0];
                        (vec![x, weight, upstream], gradient)
                    }
                };
                kernel(criterion, device, &group, &format!("conv2d {pass}, {}", conv.name), flops, (&graph, &inputs, output));
            }
        }
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(&[128, 784]), Element::F32);
        let weight = graph.input("weight", Shape::new(&[256, 784]), Element::F32);
        let y = ops::linear(&mut graph, x, weight, None).unwrap();
        kernel(criterion, device, &group, "linear forward, mlp", 2 * 128 * 784 * 256, (&graph, &[x, weight], y));
    }

    /// One operation of a graph, without anything around it.
    fn kernel(criterion: &mut Criterion, device: &Device, group: &str, name: &str, flops: u64, of: (&Graph, &[NodeId], NodeId)) {
        let (mut machine, result) = loaded(device, of).unwrap();
        bench(criterion, group, name, flops, |iterations| {
            for step in 1..=iterations {
                machine.submit(&[Work::Run(0)])?;
                if step == iterations || step.is_multiple_of(AHEAD) {
                    machine.submit(&[Work::Read { ticket: step, span: result }])?;
                    while machine.pending() > 0 {
                        machine.poll(&mut |_, _| ())?;
                        std::thread::yield_now();
                    }
                }
            }
            Ok(())
        });
    }

    fn loaded(device: &Device, (graph, inputs, output): (&Graph, &[NodeId], NodeId)) -> Result<(Box<dyn Machine>, Span)> {
        let mut memory = Memory::new();
        let places: Vec<(NodeId, Span)> =
            inputs.iter().map(|&id| (id, memory.add(&graph[id].name, graph.shape(id).numel(), Element::F32))).collect();
        let to = memory.add("result", graph.shape(output).numel(), Element::F32);
        let plan = Plan::new("kernel", graph, &places, &[(output, to)])?;
        let mut machine = pollster::block_on(device.load(&memory, vec![plan]))?;
        let mut rng = Rng::new(1, 0);
        for (_, place) in places {
            let values: Vec<f32> = (0..place.len).map(|_| rng.normal()).collect();
            machine.write(place, &values);
        }
        Ok((machine, Span { len: 1, ..to }))
    }
}
