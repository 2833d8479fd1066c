//! A whole run as the worker leads it, natively, on the CPU engine: digits drawn here, tests on the way, a pause, a reset.

#![cfg(not(target_arch = "wasm32"))]

use stride::data::synthetic::synthetic;
use stride::experiment::Experiment;
use stride::protocol::{RunTelemetry, TestPoint};
use stride::worker::record::Record;
use stride::worker::run::{Progress, Run};
use stride_engine::device::Device;

const EXPERIMENT: &str = r#"
seed = 3
batch_size = 32
learning_rate = 0.002
optimizer = { name = "adam" }
measure = { test_every = 20, test_images = 300, probe_every = 10 }

[model]
input = [1, 28, 28]
layers = [
  { name = "C1", layer = "conv2d", in_channels = 1, out_channels = 6, kernel_size = 5, padding = 2 },
  { name = "C1-relu", layer = "relu" },
  { name = "S2", layer = "max_pool2d", kernel_size = 2 },
  { name = "flatten", layer = "flatten" },
  { name = "OUT", layer = "linear", in_features = 1176, out_features = 10 },
]
"#;

/// Goes on until `done` says so, as the worker's loop does, with a clock that ticks a millisecond a turn.
fn drive(run: &mut Run, record: &mut Record, data: &stride::data::DataSet, train: bool, mut done: impl FnMut(&Run, &Record) -> bool) {
    for turn in 0..100_000 {
        let progress = run.advance(data, train, f64::from(turn)).unwrap();
        run.collect(data, f64::from(turn), &mut |telemetry| record.apply(telemetry)).unwrap();
        if done(run, record) || progress == Progress::Idle && !run.pending() {
            return;
        }
    }
    panic!("the run came to no end");
}

#[test]
fn a_run_learns_tests_pauses_and_starts_again_the_same() {
    let data = synthetic(1, 960, 500);
    let experiment = Experiment::from_values(&toml::from_str(EXPERIMENT).unwrap()).unwrap();
    let mut run = pollster::block_on(Run::new(&Device::cpu(), experiment, &data)).unwrap();
    run.store(&data).unwrap();
    let mut record = Record::default();
    record.apply(run.ready());
    assert_eq!(record.steps_per_epoch, 30);
    assert_eq!(record.layers.iter().map(|row| row.parameters).sum::<usize>(), 156 + 11_770);

    drive(&mut run, &mut record, &data, true, |_, record| record.step() >= 150);
    run.flush().unwrap();
    run.examine();
    drive(&mut run, &mut record, &data, false, |_, _| false);
    let steps: Vec<u32> = record.steps.iter().map(|point| point.step).collect();
    assert_eq!(steps, (1..=run.step()).collect::<Vec<_>>(), "every step is told once, in order");
    let examined = record.examination.clone().expect("a pause examines");
    assert_eq!((examined.point.images, examined.point.step), (500, run.step()));
    assert_eq!(examined.confusion.iter().sum::<u32>(), 500);
    assert!(examined.point.accuracy > 0.9, "{:?}", examined.point);
    let partial: Vec<&TestPoint> = record.tests.iter().filter(|test| test.step == 20 || test.step == 40).collect();
    assert!(partial.len() == 2 && partial.iter().all(|test| test.images == 300), "{:?}", record.tests);
    assert!(record.tests.iter().any(|test| test.step == 30 && test.images == 500), "the end of an epoch is a test on all");
    assert!(record.probes.len() >= 10 && record.probes[0].step == 1);
    let probe = &record.probes[0].layers[1];
    assert_eq!((probe.name.as_str(), probe.activation.min), ("C1-relu", 0.0));
    assert_eq!(probe.activation.counts.iter().sum::<u32>(), 32 * 6 * 28 * 28);
    let seen = record.seen.clone().expect("the watched image is seen");
    assert_eq!((seen.index, seen.layers[2].shape.as_slice()), (0, [6, 14, 14].as_slice()));
    assert!((seen.guess.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);

    let losses: Vec<f32> = record.steps.iter().map(|point| point.loss).take(40).collect();
    run.reset();
    record.apply(run.ready());
    drive(&mut run, &mut record, &data, true, |_, record| record.step() >= 40);
    assert_eq!(record.steps.iter().map(|point| point.loss).take(40).collect::<Vec<_>>(), losses, "the same curve to the bit");
}

#[test]
fn a_step_is_one_step_with_everything_measured() {
    let data = synthetic(1, 320, 300);
    let experiment = Experiment::from_values(&toml::from_str(EXPERIMENT).unwrap()).unwrap();
    let mut run = pollster::block_on(Run::new(&Device::cpu(), experiment, &data)).unwrap();
    run.store(&data).unwrap();
    let mut told = Vec::new();
    assert_eq!(run.single_step().unwrap(), Progress::Submitted);
    for turn in 0..20 {
        run.advance(&data, false, f64::from(turn)).unwrap();
        run.collect(&data, f64::from(turn), &mut |telemetry| told.push(telemetry)).unwrap();
    }
    assert_eq!(run.step(), 1);
    assert!(told.iter().any(|t| matches!(t, RunTelemetry::Steps { points, .. } if points.len() == 1)));
    assert!(told.iter().any(|t| matches!(t, RunTelemetry::Probe(probe) if probe.step == 1)));
    assert!(told.iter().any(|t| matches!(t, RunTelemetry::Test(test) if test.step == 1 && test.images == 300)));
}

#[test]
fn a_run_waits_for_images_that_have_not_arrived() {
    let whole = synthetic(1, 128, 40);
    let mut data = stride::data::DataSet::announced("digits", vec![64, 64], 40);
    data.train.append(&stride::data::Images {
        pixels: whole.train.images(0..64).to_vec(),
        labels: whole.train.labels[..64].to_vec(),
        ..Default::default()
    });
    let experiment = Experiment::from_values(&toml::from_str(EXPERIMENT).unwrap()).unwrap();
    let mut run = pollster::block_on(Run::new(&Device::cpu(), experiment, &data)).unwrap();
    run.store(&data).unwrap();
    let mut last = Progress::Idle;
    for turn in 0..50 {
        last = run.advance(&data, true, f64::from(turn)).unwrap();
        run.collect(&data, f64::from(turn), &mut |_| ()).unwrap();
    }
    assert_eq!((run.step(), last), (2, Progress::WaitingForData));
    let rest = stride::data::Images {
        pixels: whole.train.images(64..128).to_vec(),
        labels: whole.train.labels[64..].to_vec(),
        ..Default::default()
    };
    data.train.append(&rest);
    run.store(&data).unwrap();
    assert_eq!(run.advance(&data, true, 60.0).unwrap(), Progress::Submitted);
    assert_eq!(run.step(), 3);
}
