//! Whole training runs of small networks, natively, on every device there is.

use stride_engine::checkpoint::{Checkpoint, NamedTensor};
use stride_engine::device::{Device, gpu};
use stride_engine::nn::zoo::lenet5;
use stride_engine::nn::{AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Dropout, Flatten, Layer, Linear, Model, Relu, Residual};
use stride_engine::ops::{Augmentation, BINS, SPREAD_LEN};
use stride_engine::optim::{Adam, Optimizer, ParameterGroup, RmsProp, Sgd};
use stride_engine::rng::Rng;
use stride_engine::trainer::{Arenas, LAYER_PARTS, PARAMETER_PARTS, PROBE_STRIDE, Pixels, Report, Settings, Split, Trainer, footprint};

fn devices() -> Vec<Device> {
    let gpu = pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any));
    std::iter::once(Device::cpu()).chain(gpu.ok().map(Device::Gpu)).collect()
}

const IMAGES: usize = 256;

/// Noisy bars: class k is a bright row at height 2 k + 4. Learnable, and made here.
fn bars() -> (Vec<u8>, Vec<u8>) {
    let mut rng = Rng::new(5, 5);
    let labels: Vec<u8> = (0..IMAGES).map(|i| (i % 10) as u8).collect();
    let mut pixels = vec![0; IMAGES * 784];
    for (image, &label) in pixels.chunks_exact_mut(784).zip(&labels) {
        for (i, pixel) in image.iter_mut().enumerate() {
            let bright = i / 28 == 2 * usize::from(label) + 4;
            *pixel = if bright { 200 } else { rng.below(120) as u8 };
        }
    }
    (pixels, labels)
}

fn settings(optimizer: Optimizer) -> Settings {
    Settings {
        model: lenet5(),
        optimizer,
        groups: Vec::new(),
        augmentation: Augmentation::default(),
        label_smoothing: 0.0,
        batch: 32,
        seed: 1,
        train_images: IMAGES,
        test_images: IMAGES,
        test_batch: 64,
        pixels: Pixels::Bytes { mean: 0.13, std: 0.31 },
    }
}

fn trainer(device: &Device, optimizer: Optimizer) -> Trainer {
    trainer_of(device, settings(optimizer))
}

fn trainer_of(device: &Device, settings: Settings) -> Trainer {
    let mut trainer = pollster::block_on(Trainer::new(device, settings)).unwrap();
    let (pixels, labels) = bars();
    trainer.store(Split::Train, 0, &pixels, &labels).unwrap();
    trainer.store(Split::Test, 0, &pixels, &labels).unwrap();
    let mut order: Vec<u32> = (0..IMAGES as u32).collect();
    Rng::new(9, 9).shuffle(&mut order);
    trainer.set_order(&order).unwrap();
    trainer
}

/// Trains some steps and answers the loss of each; `probe_every` probes on the way.
fn losses(trainer: &mut Trainer, steps: usize, rate: f32, probe_every: usize) -> Vec<f32> {
    let mut losses = Vec::new();
    for step in 0..steps {
        trainer.train(step * 32 % IMAGES, rate, step % probe_every == 0, step % 3 == 0).unwrap();
    }
    trainer.flush().unwrap();
    drain(trainer, &mut |report| {
        if let Report::Steps { first, values } = report {
            assert_eq!(first as usize, losses.len() + 1, "reports come in order");
            losses.extend(values.chunks_exact(2).map(|pair| pair[0]));
        }
    });
    assert_eq!(losses.len(), steps);
    losses
}

fn drain(trainer: &mut Trainer, take: &mut dyn FnMut(Report<'_>)) {
    while trainer.pending() > 0 {
        trainer.poll(take).unwrap();
        std::thread::yield_now();
    }
}

#[test]
fn lenet5_has_61_706_parameters() {
    let rows = lenet5().summary().unwrap();
    assert_eq!(rows.iter().map(|row| row.parameters).sum::<usize>(), 61_706);
    assert_eq!(rows[2].output, [6, 14, 14]);
    assert_eq!(rows[0].description, "Conv2d(1, 6, kernel_size=5, padding=2)");
}

#[test]
fn a_run_learns_and_can_be_repeated_to_the_bit() {
    for device in devices() {
        for (optimizer, rate) in [(Optimizer::adam(), 2e-3), (Optimizer::sgd(0.9), 0.05)] {
            let mut first = trainer(&device, optimizer.clone());
            let curve = losses(&mut first, 60, rate, 7);
            assert!((curve[0] - 10f32.ln()).abs() < 0.1, "{}: the first loss is {}", device.name(), curve[0]);
            assert!(curve[59] < 0.2, "{} {optimizer:?}: the last loss is {}", device.name(), curve[59]);
            first.reset();
            assert_eq!(losses(&mut first, 60, rate, 1000), curve, "{}: after a reset, and without probes", device.name());
            assert_eq!(losses(&mut trainer(&device, optimizer), 60, rate, 7), curve, "{}: anew", device.name());
        }
    }
}

#[test]
fn devices_draw_the_same_curve_to_tolerance() {
    let curves: Vec<Vec<f32>> = devices().iter().map(|device| losses(&mut trainer(device, Optimizer::sgd(0.9)), 20, 0.02, 5)).collect();
    for curve in &curves[1..] {
        for (a, b) in curve.iter().zip(&curves[0]) {
            assert!((a - b).abs() < 1e-3, "{curve:?} {:?}", curves[0]);
        }
    }
}

#[test]
fn a_test_counts_what_seeing_each_image_shows() {
    for device in devices() {
        let mut trainer = trainer(&device, Optimizer::adam());
        losses(&mut trainer, 25, 1e-3, 1000);
        for index in 0..4 {
            trainer.test(index).unwrap();
        }
        let (pixels, labels) = bars();
        for (index, image) in pixels.chunks_exact(784).take(40).enumerate() {
            trainer.see(image, index as u32).unwrap();
        }
        let logits_at = *trainer.layer_spans().last().unwrap();
        let mut classes = Vec::new();
        let mut losses = Vec::new();
        drain(&mut trainer, &mut |report| match report {
            Report::Test { step, index, values } => {
                assert_eq!((step, index as usize, values.len()), (25, losses.len() / 64, 2 * 64));
                losses.extend_from_slice(&values[..64]);
                classes.extend_from_slice(&values[64..]);
            }
            Report::Seen { tag, values, .. } => {
                let logits = &values[logits_at.0..logits_at.0 + logits_at.1];
                let best = (0..10).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap();
                assert_eq!(best as f32, classes[tag as usize], "image {tag} on the device");
                let total: f32 = logits.iter().map(|&l| (l - logits[best]).exp()).sum();
                let loss = total.ln() + logits[best] - logits[labels[tag as usize] as usize];
                assert!((loss - losses[tag as usize]).abs() < 1e-3);
            }
            _ => {}
        });
        assert_eq!(classes.len(), IMAGES);
    }
}

/// A network with everything that has a state or draws: batch normalisation, dropout, augmentation.
fn with_state() -> Settings {
    let mut settings = settings(Optimizer::adam());
    settings.model.layers.splice(1..2, [BatchNorm2d::new(6).into(), Relu {}.into()]);
    settings.model.layers.insert(11, Dropout { p: 0.3 }.into());
    settings.augmentation = Augmentation { shift: 1, brightness: 0.1, ..Augmentation::default() };
    settings
}

fn state(trainer: &mut Trainer) -> Checkpoint {
    trainer.read_state().unwrap();
    let mut arenas = Arenas::default();
    drain(trainer, &mut |report| {
        if let Report::State { step, part, values } = report {
            arenas.take(step, part, values);
        }
    });
    trainer.checkpoint(&arenas).unwrap()
}

#[test]
fn a_run_goes_on_from_a_checkpoint_to_the_bit() {
    let others = [
        Optimizer::sgd(0.0),
        Optimizer::Sgd(Sgd { momentum: 0.9, nesterov: true, ..Sgd::default() }),
        Optimizer::Adam(Adam { amsgrad: true, ..Adam::default() }),
        Optimizer::Rmsprop(RmsProp { momentum: 0.9, centered: true, ..RmsProp::default() }),
    ];
    for device in devices() {
        goes_on_to_the_bit(&device, Optimizer::adam());
    }
    for optimizer in others {
        goes_on_to_the_bit(&Device::cpu(), optimizer);
    }
}

fn goes_on_to_the_bit(device: &Device, optimizer: Optimizer) {
    let settings = || Settings { optimizer: optimizer.clone(), ..with_state() };
    let mut whole = trainer_of(device, settings());
    losses(&mut whole, 20, 1e-3, 7);
    let mut first = trainer_of(device, settings());
    losses(&mut first, 10, 1e-3, 7);
    let file = state(&mut first).to_safetensors().unwrap();
    let mut second = trainer_of(device, settings());
    second.restore(&Checkpoint::from_safetensors(&file).unwrap()).unwrap();
    for step in 10..20 {
        second.train(step * 32 % IMAGES, 1e-3, false, true).unwrap();
    }
    drain(&mut second, &mut |_| {});
    let (want, got) = (state(&mut whole), state(&mut second));
    assert_eq!((want.step, got.step), (20, 20));
    assert_eq!(want.tensors.len(), got.tensors.len());
    for (want, got) in want.tensors.iter().zip(&got.tensors) {
        let bits = |tensor: &NamedTensor| tensor.values.iter().map(|value| value.to_bits()).collect::<Vec<u32>>();
        assert!(want.name == got.name && bits(want) == bits(got), "{} differs on {}", want.name, device.name());
    }
    assert!(got.tensor("1.running_var").is_some());
    let states = optimizer.states();
    assert!(states.iter().all(|state| got.tensor(&format!("optimizer.{state}.0.weight")).is_some()), "{states:?}");
}

#[test]
fn weights_from_elsewhere_are_taken_and_what_does_not_fit_changes_nothing() {
    let mut trained = trainer(&Device::cpu(), Optimizer::adam());
    losses(&mut trained, 5, 1e-3, 7);
    let mut weights = state(&mut trained).weights();
    assert!(weights.tensors.iter().all(|tensor| !tensor.name.contains("exp_avg")));
    let mut other = trainer(&Device::cpu(), Optimizer::adam());
    other.restore(&weights).unwrap();
    assert_eq!(other.step(), 0);
    assert_eq!(state(&mut other).tensor("0.weight"), weights.tensor("0.weight"));
    let before = state(&mut other);
    weights.tensors.retain(|tensor| tensor.name != "9.bias");
    let error = other.restore(&weights).unwrap_err().to_string();
    assert!(error.starts_with("the file has no tensor '9.bias'"), "{error}");
    assert_eq!(state(&mut other), before);
}

#[test]
fn what_another_optimizer_remembers_is_not_mistaken_for_ones_own() {
    let momentum = Optimizer::sgd(0.9);
    let whole = |optimizer: Optimizer| {
        let mut trainer = trainer(&Device::cpu(), optimizer);
        losses(&mut trainer, 2, 1e-3, 7);
        state(&mut trainer)
    };
    for (from, to) in
        [(momentum.clone(), Optimizer::adam()), (Optimizer::adam(), momentum.clone()), (momentum.clone(), Optimizer::sgd(0.0))]
    {
        let mut other = trainer(&Device::cpu(), to);
        let before = state(&mut other);
        let error = other.restore(&whole(from)).unwrap_err().to_string();
        assert!(error.contains("another optimizer remembers"), "{error}");
        assert_eq!(state(&mut other), before);
    }
    let mut partial = whole(Optimizer::adam());
    partial.tensors.retain(|tensor| tensor.name != "optimizer.exp_avg.9.bias");
    let error = trainer(&Device::cpu(), Optimizer::adam()).restore(&partial).unwrap_err().to_string();
    assert!(error.starts_with("the file has no tensor 'optimizer.exp_avg.9.bias'"), "{error}");
}

#[test]
fn all_but_batch_norm_can_be_frozen() {
    for device in devices() {
        let group = |pattern: &str, learning_rate| ParameterGroup { parameters: vec![pattern.into()], learning_rate, weight_decay: None };
        let mut trainer = trainer_of(&device, Settings { groups: vec![group("1.*", 1.0), group("*", 0.0)], ..with_state() });
        let before = state(&mut trainer);
        losses(&mut trainer, 5, 1e-2, 2);
        let after = state(&mut trainer);
        for name in ["0.weight", "0.bias", "4.weight", "7.bias", "13.weight"] {
            assert_eq!(before.tensor(name), after.tensor(name), "{name} is frozen");
        }
        for name in ["1.weight", "1.bias", "1.running_mean"] {
            assert_ne!(before.tensor(name), after.tensor(name), "{name} moves");
        }
    }
}

#[test]
fn probes_tell_how_everything_is_spread() {
    for device in devices() {
        let mut trainer = trainer_of(&device, Settings { groups: Vec::new(), ..with_state() });
        trainer.train(0, 1e-3, true, true).unwrap();
        let (layers, parameters) = (trainer.layers().to_vec(), trainer.parameters().to_vec());
        let mut told = Vec::new();
        drain(&mut trainer, &mut |report| {
            if let Report::Probe { values, .. } = report {
                told = values.to_vec();
            }
        });
        assert_eq!(told.len(), (LAYER_PARTS * layers.len() + PARAMETER_PARTS * parameters.len()) * PROBE_STRIDE);
        let part = |index: usize| &told[index * PROBE_STRIDE..][..PROBE_STRIDE];
        for (index, layer) in layers.iter().enumerate() {
            let output = part(LAYER_PARTS * index);
            let counted: f32 = output[SPREAD_LEN - BINS..SPREAD_LEN].iter().sum();
            assert_eq!(counted as usize, 32 * layer.output.iter().product::<usize>(), "{}: every number is in a bin", layer.name);
            assert!((0.0..=1.0).contains(&part(LAYER_PARTS * index + 2)[0]));
            if layer.description.starts_with("BatchNorm2d") {
                assert!(output[0].abs() < 1e-4 && (output[1] - 1.0).abs() < 1e-3, "normalised: {:?}", &output[..2]);
            }
        }
        // Adam's first step moves every number by the learning rate, so the ratio is that by the root of the mean square.
        let weight = parameters.iter().position(|placed| placed.tensor.name == "0.weight").unwrap();
        let from = LAYER_PARTS * layers.len() + PARAMETER_PARTS * weight;
        let spread = part(from);
        let size = (spread[0].powi(2) + spread[1].powi(2)).sqrt();
        assert!((part(from + 1)[0] * size / 1e-3 - 1.0).abs() < 0.05, "{} {size}", part(from + 1)[0]);
    }
}

#[test]
fn what_cannot_be_trained_is_refused_in_a_sentence() {
    let mut wrong = settings(Optimizer::adam());
    wrong.model.layers.truncate(6);
    let error = pollster::block_on(Trainer::new(&Device::cpu(), wrong)).err().unwrap().to_string();
    assert_eq!(error, "the model ends in shape [16, 5, 5]; a classifier ends in a list of logits");
    let mut wrong = settings(Optimizer::adam());
    wrong.model.layers[3] = Layer::named("C3", Conv2d::new(3, 16, 5));
    let error = pollster::block_on(Trainer::new(&Device::cpu(), wrong)).err().unwrap().to_string();
    assert!(error.starts_with("layer 'C3': conv2d: the images have 6 channels and the weights want 3"), "{error}");
    let mut wrong = settings(Optimizer::adam());
    wrong.batch = 1000;
    let error = pollster::block_on(Trainer::new(&Device::cpu(), wrong)).err().unwrap().to_string();
    assert_eq!(error, "a batch of 1000 needs as many training images; there are 256");
}

#[test]
fn places_are_used_again_so_that_little_more_is_taken_than_is_alive_at_once() {
    let residual = |channels: [usize; 2], stride: usize| {
        let conv = |from: usize, to: usize, kernel: usize, stride: usize, padding: usize| Conv2d {
            stride: stride.into(),
            padding: padding.into(),
            bias: false,
            ..Conv2d::new(from, to, kernel)
        };
        let [from, to] = channels;
        let body: Vec<Layer> = vec![
            conv(from, to, 3, stride, 1).into(),
            BatchNorm2d::new(to).into(),
            Relu {}.into(),
            conv(to, to, 3, 1, 1).into(),
            BatchNorm2d::new(to).into(),
        ];
        let shortcut = if stride == 1 { Vec::new() } else { vec![conv(from, to, 1, stride, 0).into(), BatchNorm2d::new(to).into()] };
        Layer::from(Residual { body, shortcut, relu: true })
    };
    let stem = Conv2d { padding: 1.into(), bias: false, ..Conv2d::new(3, 8, 3) };
    let layers = vec![
        stem.into(),
        BatchNorm2d::new(8).into(),
        Relu {}.into(),
        residual([8, 8], 1),
        residual([8, 16], 2),
        AdaptiveAvgPool2d { output_size: 1.into() }.into(),
        Flatten {}.into(),
        Linear::new(16, 10).into(),
    ];
    let resnet = Settings { model: Model::new(&[3, 12, 12], layers), batch: 64, ..settings(Optimizer::sgd(0.9)) };
    for (name, settings) in [("LeNet-5", Settings { batch: 64, ..settings(Optimizer::adam()) }), ("small ResNet", resnet)] {
        let told = footprint(&settings, &Device::cpu()).unwrap();
        println!("{name}, batch {}: {told:?}", settings.batch);
        assert!(told.least <= told.shared && told.shared < told.without_reuse, "{name}: {told:?}");
        assert!(2 * told.shared < 3 * told.least, "{name} takes half as much again as is alive at once: {told:?}");
        assert_eq!(trainer_bytes(settings), told.bytes, "what was told before is what is taken");
    }
}

fn trainer_bytes(settings: Settings) -> u64 {
    pollster::block_on(Trainer::new(&Device::cpu(), settings)).unwrap().bytes()
}
