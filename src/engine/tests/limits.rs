//! Training on devices that take little at once: buffers in several pieces, dispatches in parts, the same numbers.

use stride_engine::device::{Device, gpu};
use stride_engine::kernel::Family;
use stride_engine::nn::zoo::{lenet5, mlp};
use stride_engine::nn::{AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Dropout, Flatten, Layer, Linear, MaxPool2d, Model, Relu, Residual};
use stride_engine::ops::Augmentation;
use stride_engine::optim::Optimizer;
use stride_engine::plan::arrange::Limits;
use stride_engine::rng::Rng;
use stride_engine::trainer::{Arenas, PROBE_STRIDE, Pixels, Report, Settings, Split, Trainer, footprint};

const IMAGES: usize = 128;

fn open(family: Option<Option<Family>>, limits: Option<Limits>) -> Option<Device> {
    let mut gpu = pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any)).ok()?;
    if let Some(family) = family {
        gpu.set_family(family);
    }
    if let Some(limits) = limits {
        gpu.set_limits(limits);
    }
    Some(Device::Gpu(gpu))
}

fn settings(model: Model, optimizer: Optimizer) -> Settings {
    Settings {
        model,
        optimizer,
        groups: Vec::new(),
        augmentation: Augmentation { shift: 1, flip: true, ..Augmentation::default() },
        label_smoothing: 0.1,
        batch: 16,
        seed: 3,
        train_images: IMAGES,
        test_images: 64,
        test_batch: 64,
        pixels: Pixels::Bytes { mean: 0.4, std: 0.3 },
    }
}

/// Something of everything: convolutions, batch normalisation, a residual block, dropout, linear layers.
fn mixed() -> Model {
    let conv = |from: usize, to: usize| Conv2d { padding: 1.into(), bias: false, ..Conv2d::new(from, to, 3) };
    let body: Vec<Layer> =
        vec![conv(8, 8).into(), BatchNorm2d::new(8).into(), Relu {}.into(), conv(8, 8).into(), BatchNorm2d::new(8).into()];
    let layers = vec![
        conv(3, 8).into(),
        BatchNorm2d::new(8).into(),
        Relu {}.into(),
        Residual { body, shortcut: Vec::new(), relu: true }.into(),
        MaxPool2d::new(2).into(),
        AdaptiveAvgPool2d { output_size: 3.into() }.into(),
        Flatten {}.into(),
        Dropout { p: 0.25 }.into(),
        Linear::new(72, 40).into(),
        Relu {}.into(),
        Linear::new(40, 10).into(),
    ];
    Model::new(&[3, 12, 12], layers)
}

/// What a run of some steps tells: losses and accuracies, one probe, the results of a test, what was seen of an image, and the state.
#[derive(Debug, Default)]
struct Told {
    steps: Vec<f32>,
    probe: Vec<f32>,
    test: Vec<f32>,
    seen: Vec<f32>,
    state: Vec<f32>,
    bytes: u64,
}

fn run(device: &Device, settings: &Settings) -> Told {
    let mut trainer = pollster::block_on(Trainer::new(device, settings.clone())).unwrap();
    let size: usize = settings.model.input.iter().product();
    let mut rng = Rng::new(8, 8);
    let labels: Vec<u8> = (0..IMAGES).map(|_| rng.below(10) as u8).collect();
    let pixels: Vec<u8> = (0..IMAGES * size).map(|i| (rng.below(100) + 15 * usize::from(labels[i / size])) as u8).collect();
    trainer.store(Split::Train, 0, &pixels, &labels).unwrap();
    trainer.store(Split::Test, 0, &pixels[..64 * size], &labels[..64]).unwrap();
    let mut order: Vec<u32> = (0..IMAGES as u32).collect();
    rng.shuffle(&mut order);
    trainer.set_order(&order).unwrap();
    for step in 0..6 {
        trainer.train(16 * step, 1e-3, step == 4, false).unwrap();
    }
    trainer.flush().unwrap();
    trainer.test(0).unwrap();
    trainer.see(&pixels[..size], 1).unwrap();
    trainer.read_state().unwrap();
    assert!(trainer.pending() >= 4);
    let mut told = Told { bytes: trainer.bytes(), ..Told::default() };
    let mut arenas = Arenas::default();
    while trainer.pending() > 0 {
        let mut take = |report: Report<'_>| match report {
            Report::Steps { values, .. } => told.steps.extend_from_slice(values),
            Report::Probe { values, .. } => told.probe.extend_from_slice(values),
            Report::Test { values, .. } => told.test.extend_from_slice(values),
            Report::Seen { values, .. } => told.seen.extend_from_slice(values),
            Report::State { step, part, values } => {
                arenas.take(step, part, values);
                told.state.extend_from_slice(values);
            }
            Report::Weights { .. } => {}
        };
        trainer.poll(&mut take).unwrap();
        std::thread::yield_now();
    }
    // What was read in pieces is put together rightly: it is what can be gone on from.
    let checkpoint = trainer.checkpoint(&arenas).unwrap();
    trainer.restore(&checkpoint).unwrap();
    told
}

fn close(what: &str, got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len(), "{what}");
    let scale = want.iter().filter(|value| value.is_finite()).fold(1f32, |most, value| most.max(value.abs()));
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let near = (got - want).abs() <= tolerance * scale || got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan();
        assert!(near, "{what}: number {i} is {got}, without limits {want}");
    }
}

/// Numbers of a probe but for its histograms, where a number may fall on the other side of an edge.
fn moments(probe: &[f32]) -> Vec<f32> {
    probe.chunks(PROBE_STRIDE).flat_map(|part| &part[..4]).copied().collect()
}

#[test]
fn a_run_within_small_limits_is_the_run_without() {
    let (wide, narrow) = (Limits::new(64 << 10, 32 << 10), Limits::new(24 << 10, 24 << 10));
    let cases = [
        ("LeNet-5", lenet5(), Some(Family::Registers), wide),
        ("mixed", mixed(), None, narrow),
        ("mixed", mixed(), Some(Family::Workgroups), wide),
    ];
    for (name, model, family, limits) in cases {
        let settings = settings(model, Optimizer::adam());
        let Some(device) = open(Some(family), None) else { return };
        let want = run(&device, &settings);
        let Some(device) = open(Some(family), Some(limits)) else { return };
        let got = run(&device, &settings);
        println!("{name} {family:?} {limits:?}: {} bytes, without limits {}", got.bytes, want.bytes);
        assert_ne!(got.bytes, want.bytes, "nothing was computed in parts");
        let what = |of: &str| format!("{of} of {name} by {family:?} within {limits:?}");
        close(&what("steps"), &got.steps, &want.steps, 2e-5);
        close(&what("probe"), &moments(&got.probe), &moments(&want.probe), 2e-4);
        close(&what("test"), &got.test, &want.test, 2e-5);
        close(&what("layers"), &got.seen, &want.seen, 2e-5);
        close(&what("state"), &got.state, &want.state, 2e-4);
    }
}

/// Where memory is in pieces and no sum is, every number is the same to the bit: every matrix goes into 2 MiB, all parameters do not, and
/// the optimizer takes several dispatches.
#[test]
fn pieces_of_memory_change_no_bit() {
    let settings = Settings { augmentation: Augmentation::default(), ..settings(mlp(&[784, 512, 512, 10]), Optimizer::sgd(0.9)) };
    let Some(device) = open(None, None) else { return };
    let want = run(&device, &settings);
    assert!(4 * want.state.len() > 2 * (5 << 19), "parameters and velocities are more than a buffer each");
    let Some(device) = open(None, Some(Limits::new(2 << 20, 2 << 20))) else { return };
    let got = run(&device, &settings);
    assert!(want.steps.iter().all(|value| value.is_finite()));
    assert_eq!((&got.steps, &got.state), (&want.steps, &want.state));
    assert_eq!((&got.test, &got.seen, &got.probe), (&want.test, &want.seen, &want.probe));
    assert_eq!(got.bytes, want.bytes, "pieces take no more than the whole");
}

#[test]
fn the_footprint_is_what_a_run_takes() {
    let limits = [None, Some(Limits::new(64 << 10, 32 << 10))];
    let settings = settings(mixed(), Optimizer::adam());
    let taken = |device: &Device| pollster::block_on(Trainer::new(device, settings.clone())).unwrap().bytes();
    let told = footprint(&settings, &Device::cpu()).unwrap();
    assert_eq!((told.bytes, told.scratch), (taken(&Device::cpu()), 0));
    for family in [None, Some(Family::Registers), Some(Family::Workgroups)] {
        for limits in limits {
            let Some(device) = open(Some(family), limits) else { return };
            let told = footprint(&settings, &device).unwrap();
            assert_eq!(told.bytes, taken(&device), "{family:?} within {limits:?}");
            assert_eq!(told.bytes, told.resident + told.shared + told.scratch);
            assert!(limits.is_none() || told.scratch > 0);
        }
    }
}
