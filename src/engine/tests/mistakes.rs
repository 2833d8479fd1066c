//! Mistakes in the description of a model: each is refused in a sentence that names the layer, before anything is allocated.

use stride_engine::device::Device;
use stride_engine::nn::zoo::lenet5;
use stride_engine::nn::{AdaptiveAvgPool2d, AuxiliaryHead, Conv2d, Dropout, Flatten, Layer, Linear, Model, Relu, Sequential, Tanh};
use stride_engine::ops::Augmentation;
use stride_engine::optim::Optimizer;
use stride_engine::trainer::{Pixels, Settings, Trainer, footprint};

fn refused(input: &[usize], layers: Vec<Layer>) -> String {
    Model::new(input, layers).outline().unwrap_err().to_string()
}

fn settings(model: Model) -> Settings {
    Settings {
        model,
        optimizer: Optimizer::adam(),
        groups: Vec::new(),
        augmentation: Augmentation::default(),
        label_smoothing: 0.0,
        batch: 8,
        seed: 1,
        train_images: 64,
        test_images: 64,
        test_batch: 64,
        pixels: Pixels::Bytes { mean: 0.0, std: 1.0 },
    }
}

#[test]
fn weights_that_no_device_holds() {
    let wide = |padding: usize, kernel: usize| Conv2d { padding: padding.into(), ..Conv2d::new(1 << 16, 1 << 16, kernel) };
    // 2^32 weights, which 32 bits do not count, and 2^52.
    for (kernel, padding) in [(1, 0), (1 << 10, 512)] {
        let first: Layer = Conv2d::new(1, 1 << 16, 1).into();
        let last: Vec<Layer> = vec![AdaptiveAvgPool2d { output_size: 1.into() }.into(), Flatten::default().into()];
        let layers: Vec<Layer> = [first, Layer::named("wide", wide(padding, kernel))].into_iter().chain(last).collect();
        let error = refused(&[1, 2, 2], layers);
        assert!(error.starts_with("layer 'wide': weight: it would be [65536, 65536, "), "{error}");
    }
    let many = (0..5).map(|_| Linear::new(1 << 13, 1 << 13).into()).collect();
    let error = refused(&[1 << 13], many);
    assert!(error.starts_with("layer '3': up to '3.weight' the model has "), "{error}");
}

#[test]
fn layers_of_one_name() {
    let both = vec![Layer::named("", Relu {}), Layer::named("", Tanh {})];
    assert_eq!(refused(&[4], both), "two layers are named ''; every layer needs a name of its own");
    let inside: Layer = Layer::named("", Sequential { layers: vec![Tanh {}.into()] });
    let error = refused(&[4], vec![Relu {}.into(), inside]);
    assert!(error.contains("two layers are named '0'"), "{error}");
}

#[test]
fn heads_that_do_not_fit() {
    let with_head = |layers: Vec<Layer>, weight: f32| {
        let head = Layer::named("head", AuxiliaryHead { layers, weight });
        refused(&[12], vec![head, Linear::new(12, 10).into()])
    };
    let error = with_head(vec![Linear::new(12, 5).into()], 0.3);
    assert_eq!(error, "layer 'head': auxiliary head: it ends in shape [5] and the model in [10]; they learn the same labels");
    for weight in [f32::NAN, f32::INFINITY, -1.0] {
        let error = with_head(vec![Linear::new(12, 10).into()], weight);
        assert!(error.starts_with("layer 'head': the head's weight is "), "{error}");
    }
}

#[test]
fn words_that_mean_nothing() {
    let text = r#"{"input": [4], "layers": [], "initialization": {"weight": "kaiming"}}"#;
    let error = serde_json::from_str::<Model>(text).unwrap_err().to_string();
    assert!(error.contains("unknown field `initialization`"), "{error}");
}

#[test]
fn what_looks_odd_but_is_right() {
    // Dropout does nothing in use, so its output is the layer's before it: one value in two places.
    let mut model = lenet5();
    model.layers.push(Layer::named("drop", Dropout { p: 0.5 }));
    pollster::block_on(Trainer::new(&Device::cpu(), settings(model.clone()))).map(drop).unwrap();
    assert!(footprint(&settings(model), &Device::cpu()).unwrap().bytes > 0);
}
