//! What page and worker say to each other survives being packed, and what readers write survives being written: experiments above all,
//! in which there are enums of every form.
#![cfg(not(target_arch = "wasm32"))]

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use stride::experiment::{Experiment, Measure, Stop, Unit};
use stride::protocol::{Command, Measured, RunCommand, RunId, RunTelemetry, Speed, Split, Telemetry};
use stride_engine::nn::init::{Fan, Init, Nonlinearity};
use stride_engine::nn::{AvgPool2d, Gelu, Layer, LeakyRelu, Model, zoo};
use stride_engine::ops::Augmentation;
use stride_engine::optim::{Optimizer, ParameterGroup, RmsProp, Schedule};

fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let packed = postcard::to_allocvec(value).unwrap();
    assert_eq!(&postcard::from_bytes::<T>(&packed).unwrap(), value);
    let written = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&written).unwrap(), value, "{written}");
}

fn experiment(model: Model) -> Experiment {
    Experiment {
        seed: 7,
        batch_size: 64,
        learning_rate: 0.1,
        optimizer: Optimizer::adamw(),
        schedule: Schedule::default(),
        schedule_by: Unit::Step,
        groups: vec![ParameterGroup { parameters: vec!["*.bias".into()], weight_decay: Some(0.0), ..ParameterGroup::default() }],
        augmentation: Augmentation { shift: 2, ..Augmentation::default() },
        label_smoothing: 0.1,
        model,
        measure: Measure::default(),
        stop: Stop { accuracy_above: Some(0.9), ..Stop::default() },
    }
}

#[test]
fn every_network_crosses_unchanged() {
    let mut odd = zoo::lenet5();
    odd.init.weight = Init::KaimingNormal { mode: Fan::FanOut, nonlinearity: Nonlinearity::LeakyRelu { a: 0.5 } };
    odd.init.bias = Init::Uniform { a: -1.0, b: 1.0 };
    odd.layers.extend([Layer::from(LeakyRelu { negative_slope: 0.2 }), Layer::named("g", Gelu::default()), AvgPool2d::new([2, 3]).into()]);
    let residuals = [zoo::Residuals::resnet(18), zoo::Residuals::resnext(50, 32, 4)].map(|shape| zoo::resnet(shape, 10));
    for model in [zoo::lenet5(), zoo::alexnet(10), zoo::vgg(11, true, 10), zoo::googlenet(10, true), odd].into_iter().chain(residuals) {
        check(&Command::Of { run: RunId(3), command: RunCommand::Start(Box::new(experiment(model))) });
    }
}

#[test]
fn every_rule_crosses_unchanged() {
    let warm_up = Schedule::Linear { start_factor: 0.5, end_factor: 1.0, total_iters: 5 };
    let drops = Schedule::MultiStep { milestones: vec![2, 5], gamma: 0.1 };
    check(&Schedule::Sequential { schedules: vec![warm_up, drops, Schedule::InverseSqrt], milestones: vec![5, 9] });
    for optimizer in
        [Optimizer::sgd(0.9), Optimizer::adam(), Optimizer::adamw(), Optimizer::Rmsprop(RmsProp { centered: true, ..RmsProp::default() })]
    {
        check(&optimizer);
    }
}

#[test]
fn telemetry_crosses_unchanged() {
    let speed = Speed { steps: 3, ms_per_step: 0.1, loss: f32::MIN_POSITIVE, memory_bytes: u64::MAX >> 12 };
    check(&Telemetry::Measured(Measured { id: 1, outcome: Ok(speed) }));
    check(&Telemetry::Measured(Measured { id: 2, outcome: Err("no".into()) }));
    let ready = RunTelemetry::Ready {
        experiment: Box::new(experiment(zoo::lenet5())),
        layers: zoo::lenet5().summary().unwrap(),
        memory_bytes: 1,
        steps_per_epoch: 2,
        from: Some(Split { run: RunId(1), step: 70 }),
    };
    check(&Telemetry::Of { run: RunId(3), telemetry: ready });
    check(&Command::Of { run: RunId(3), command: RunCommand::Fork { from: RunId(1), experiment: None } });
    check(&Command::Of { run: RunId(3), command: RunCommand::SetStop(Stop { steps: Some(7), ..Stop::default() }) });
}
