//! The engine in a browser: both devices compute, agree, and repeat themselves. WebGPU must be on (webdriver.json).
#![cfg(target_arch = "wasm32")]

use stride::data::DataSet;
use stride::data::synthetic::synthetic;
use stride::experiment::Experiment;
use stride::protocol::RunTelemetry;
use stride::worker::run::Run;
use stride_engine::device::Device;
use stride_engine::device::gpu::{Adapters, Gpu};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const EXPERIMENT: &str = r#"
seed = 3
batch_size = 16
learning_rate = 0.01
optimizer = { name = "sgd", momentum = 0.9 }

[model]
input = [1, 28, 28]
layers = [
  { name = "C1", layer = "conv2d", in_channels = 1, out_channels = 6, kernel_size = 5, padding = 2 },
  { name = "C1-tanh", layer = "tanh" },
  { name = "S2", layer = "avg_pool2d", kernel_size = 2 },
  { name = "C3", layer = "conv2d", in_channels = 6, out_channels = 16, kernel_size = 5 },
  { name = "C3-relu", layer = "relu" },
  { name = "S4", layer = "max_pool2d", kernel_size = 2 },
  { name = "flatten", layer = "flatten" },
  { name = "OUT", layer = "linear", in_features = 400, out_features = 10 },
]
"#;

/// The losses of some steps.
async fn losses(run: &mut Run, data: &DataSet, steps: usize) -> Vec<f32> {
    let mut losses = Vec::new();
    for turn in 0..10_000 {
        let train = (run.step() as usize) < steps;
        run.advance(data, train, f64::from(turn)).unwrap();
        if !train {
            run.flush().unwrap();
        }
        run.collect(data, f64::from(turn), &mut |telemetry| {
            if let RunTelemetry::Steps { points, .. } = telemetry {
                losses.extend(points.iter().map(|point| point.loss));
            }
        })
        .unwrap();
        if losses.len() >= steps {
            return losses;
        }
        gloo::timers::future::TimeoutFuture::new(1).await;
    }
    panic!("the losses of {steps} steps did not come back: {losses:?}");
}

#[wasm_bindgen_test]
async fn webgpu_and_cpu_train_alike_and_repeat_themselves() {
    let data = synthetic(1, 160, 128);
    let experiment = Experiment::from_values(&toml::from_str(EXPERIMENT).unwrap()).unwrap();
    let gpu = Device::Gpu(Gpu::open(Adapters::Any).await.expect("WebGPU is on in this browser"));
    let mut curves = Vec::new();
    for device in [&gpu, &Device::cpu()] {
        let mut run = Run::new(device, experiment.clone(), &data).await.unwrap();
        run.store(&data).unwrap();
        let first = losses(&mut run, &data, 12).await;
        run.reset();
        assert_eq!(losses(&mut run, &data, 12).await, first, "{} repeats itself to the bit", device.name());
        curves.push(first);
    }
    for (gpu, cpu) in curves[0].iter().zip(&curves[1]) {
        assert!((gpu - cpu).abs() < 1e-3, "{curves:?}");
    }
}

/// A reader who clicks twice makes a second run ready while the first is not yet.
#[wasm_bindgen_test]
async fn two_runs_can_be_made_ready_at_once() {
    let data = synthetic(1, 160, 128);
    let experiment = Experiment::from_values(&toml::from_str(EXPERIMENT).unwrap()).unwrap();
    let gpu = Device::Gpu(Gpu::open(Adapters::Any).await.expect("WebGPU is on in this browser"));
    let (first, second) = futures::join!(Run::new(&gpu, experiment.clone(), &data), Run::new(&gpu, experiment, &data));
    assert!(first.is_ok() && second.is_ok());
}
