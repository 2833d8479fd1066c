//! Whole training runs of small networks, natively, on every device there is.

use stride_engine::device::{Device, gpu};
use stride_engine::nn::{Layer, LayerKind, Sequential};
use stride_engine::optim::Optimizer;
use stride_engine::rng::Rng;
use stride_engine::trainer::{Report, Settings, Split, Trainer};

fn devices() -> Vec<Device> {
    let gpu = pollster::block_on(gpu::Gpu::open(gpu::Adapters::Any));
    std::iter::once(Device::cpu()).chain(gpu.ok().map(Device::Gpu)).collect()
}

fn layer(name: &str, kind: LayerKind) -> Layer {
    Layer { name: Some(name.into()), kind }
}

fn conv(in_channels: usize, out_channels: usize, padding: usize) -> LayerKind {
    LayerKind::Conv2d { in_channels, out_channels, kernel_size: 5, stride: 1, padding, bias: true }
}

fn linear(in_features: usize, out_features: usize) -> LayerKind {
    LayerKind::Linear { in_features, out_features, bias: true }
}

fn lenet5() -> Sequential {
    let pool = LayerKind::MaxPool2d { kernel_size: 2, stride: None };
    let layers = vec![
        layer("C1", conv(1, 6, 2)),
        layer("C1-relu", LayerKind::Relu),
        layer("S2", pool.clone()),
        layer("C3", conv(6, 16, 0)),
        layer("C3-relu", LayerKind::Relu),
        layer("S4", pool),
        layer("flatten", LayerKind::Flatten),
        layer("C5", linear(400, 120)),
        layer("C5-relu", LayerKind::Relu),
        layer("F6", linear(120, 84)),
        layer("F6-relu", LayerKind::Relu),
        layer("OUT", linear(84, 10)),
    ];
    Sequential { input: vec![1, 28, 28], layers }
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
        batch: 32,
        seed: 1,
        train_images: IMAGES,
        test_images: IMAGES,
        test_batch: 64,
        mean: 0.13,
        std: 0.31,
    }
}

fn trainer(device: &Device, optimizer: Optimizer) -> Trainer {
    let mut trainer = pollster::block_on(Trainer::new(device, settings(optimizer))).unwrap();
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

#[test]
fn what_cannot_be_trained_is_refused_in_a_sentence() {
    let mut wrong = settings(Optimizer::adam());
    wrong.model.layers.truncate(6);
    let error = pollster::block_on(Trainer::new(&Device::cpu(), wrong)).err().unwrap().to_string();
    assert_eq!(error, "the model ends in shape [16, 5, 5]; a classifier ends in a list of logits");
    let mut wrong = settings(Optimizer::adam());
    wrong.model.layers[3] = layer("C3", conv(3, 16, 0));
    let error = pollster::block_on(Trainer::new(&Device::cpu(), wrong)).err().unwrap().to_string();
    assert!(error.starts_with("layer 'C3': conv2d: the images have 6 channels and the weights want 3"), "{error}");
    let mut wrong = settings(Optimizer::adam());
    wrong.batch = 1000;
    let error = pollster::block_on(Trainer::new(&Device::cpu(), wrong)).err().unwrap().to_string();
    assert_eq!(error, "a batch of 1000 needs as many training images; there are 256");
}
