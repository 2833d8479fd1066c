//! Several runs of one worker, natively: forks and going back are equal to the bit, rules stop, and runs do not disturb one another.

#![cfg(not(target_arch = "wasm32"))]

use std::cell::Cell;
use std::collections::BTreeMap;
use stride::data::DataSet;
use stride::data::synthetic::synthetic;
use stride::experiment::{Experiment, Stop};
use stride::protocol::{RunCommand, RunId, RunState, RunTelemetry};
use stride::worker::record::Record;
use stride::worker::runs::{Also, Runs, Turn};
use stride_engine::checkpoint::Checkpoint;
use stride_engine::device::Device;
use stride_engine::device::gpu::{Adapters, Gpu};
use stride_engine::optim::Optimizer;

/// With everything that has a state of its own: running statistics, random numbers, an optimizer that remembers.
const EXPERIMENT: &str = r#"
seed = 3
batch_size = 16
learning_rate = 0.002
optimizer = { name = "adam" }
measure = { test_every = 25, test_images = 100, probe_every = 10 }
stop = { steps = 90 }

[model]
input = [1, 28, 28]
layers = [
  { name = "C1", layer = "conv2d", in_channels = 1, out_channels = 3, kernel_size = 5, stride = 2 },
  { name = "BN", layer = "batch_norm2d", num_features = 3 },
  { name = "C1-relu", layer = "relu" },
  { name = "flatten", layer = "flatten" },
  { name = "drop", layer = "dropout", p = 0.2 },
  { name = "OUT", layer = "linear", in_features = 432, out_features = 10 },
]
"#;

const FIRST: RunId = RunId(0);
const SECOND: RunId = RunId(1);

fn experiment() -> Experiment {
    Experiment::from_values(&toml::from_str(EXPERIMENT).unwrap()).unwrap()
}

/// The CPU, and a Vulkan adapter where there is one.
fn devices() -> Vec<Device> {
    let gpu = pollster::block_on(Gpu::open(Adapters::Any)).ok().map(Device::Gpu);
    std::iter::once(Device::cpu()).chain(gpu).collect()
}

/// A worker without a browser, with the page's records of its runs.
struct Worker {
    device: Device,
    data: DataSet,
    runs: Runs,
    records: BTreeMap<RunId, Record>,
    clock: Cell<f64>,
    /// Whether there was nothing more to do in the last turn.
    is_idle: bool,
}

impl Worker {
    fn new(device: Device) -> Self {
        let data = synthetic(1, 640, 128);
        Worker { device, data, runs: Runs::default(), records: BTreeMap::new(), clock: Cell::new(0.0), is_idle: true }
    }

    fn send(&mut self, run: RunId, command: RunCommand) {
        let records = &mut self.records;
        let also = self.runs.command(run, command, &mut |run, telemetry| hear(records, run, telemetry));
        assert_eq!(also, Also::Nothing);
        self.build();
    }

    fn build(&mut self) {
        for build in self.runs.builds() {
            let built = pollster::block_on(build.make(&self.device, &self.data));
            let records = &mut self.records;
            self.runs.built(built, &self.data, &mut |run, telemetry| hear(records, run, telemetry));
        }
    }

    /// Goes on until `done` says so; the clock ticks two milliseconds whenever it is looked at.
    fn until(&mut self, what: &str, mut done: impl FnMut(&Worker) -> bool) {
        for _ in 0..200_000 {
            let clock = &self.clock;
            let now = || clock.replace(clock.get() + 2.0);
            let records = &mut self.records;
            let turn = self.runs.turn(&self.data, &now, &mut |run, telemetry| hear(records, run, telemetry));
            self.build();
            self.is_idle = turn == Turn::Done;
            if done(self) {
                return;
            }
            if turn != Turn::Busy {
                std::thread::yield_now();
            }
        }
        panic!("{what} did not come about: {:?}", self.records.values().map(|record| (record.state, record.step())).collect::<Vec<_>>());
    }

    fn start(&mut self, run: RunId, experiment: Experiment) {
        self.send(run, RunCommand::Start(Box::new(experiment)));
        assert_eq!(self.record(run).state, RunState::Paused, "{:?}", self.record(run).failed);
    }

    /// Runs until a rule stops it and the test after it is made.
    fn run(&mut self, run: RunId) {
        self.send(run, RunCommand::Run);
        self.until("a stop by rule", |worker| worker.record(run).stopped.is_some() && worker.is_idle);
    }

    fn file(&mut self, run: RunId) -> (u32, Vec<u8>) {
        self.records.get_mut(&run).unwrap().exported = None;
        self.send(run, RunCommand::Export);
        self.until("a file", |worker| worker.record(run).exported.is_some());
        let exported = self.record(run).exported.clone().unwrap();
        (exported.step, exported.file.to_vec())
    }

    fn record(&self, run: RunId) -> &Record {
        &self.records[&run]
    }

    fn losses(&self, run: RunId) -> Vec<(u32, u32)> {
        self.record(run).steps.iter().map(|point| (point.step, point.loss.to_bits())).collect()
    }
}

/// As the page's client does.
fn hear(records: &mut BTreeMap<RunId, Record>, run: RunId, telemetry: RunTelemetry) {
    let history = match &telemetry {
        RunTelemetry::Ready { from: Some(split), .. } => Some((records[&split.run].clone(), split.step)),
        _ => None,
    };
    let record = records.entry(run).or_default();
    record.apply(telemetry);
    if let Some((other, step)) = history {
        record.inherit(&other, step);
    }
}

#[test]
fn a_fork_with_nothing_changed_goes_on_the_same_to_the_bit() {
    for device in devices() {
        let mut worker = Worker::new(device);
        worker.start(FIRST, experiment());
        worker.send(FIRST, RunCommand::Run);
        worker.until("some steps", |worker| worker.record(FIRST).step() >= 30);
        worker.send(FIRST, RunCommand::SetLearningRate(0.004));
        worker.until("some steps at another rate", |worker| worker.record(FIRST).step() >= 45);
        // While it runs: the fork begins where it is now, and both go on side by side.
        worker.send(SECOND, RunCommand::Fork { from: FIRST, experiment: None });
        worker.until("a fork", |worker| worker.records.get(&SECOND).is_some_and(|record| record.state == RunState::Paused));
        let split = worker.record(SECOND).from.unwrap();
        assert!(split.run == FIRST && split.step >= 45, "{split:?}");
        assert_eq!(worker.record(SECOND).step(), split.step, "its record begins with the other's history");
        assert_eq!(worker.record(SECOND).experiment.as_ref().map(|experiment| experiment.learning_rate), Some(0.004));
        worker.run(SECOND);
        worker.until("the first run's end", |worker| worker.record(FIRST).stopped.is_some() && worker.is_idle);
        assert_eq!(worker.losses(FIRST), worker.losses(SECOND), "{}", worker.device.name());
        assert_eq!(worker.losses(FIRST).len(), 90);
        let (first, second) = (worker.file(FIRST), worker.file(SECOND));
        assert_eq!(first.0, 90);
        assert!(first == second, "weights, averages and running statistics are the same");
        assert!(worker.record(SECOND).kept.iter().any(|&step| step < split.step), "the past is shared");
    }
}

#[test]
fn going_back_and_on_again_is_the_same_to_the_bit() {
    for device in devices() {
        let mut worker = Worker::new(device);
        worker.start(FIRST, experiment());
        worker.run(FIRST);
        let (whole, losses) = (worker.file(FIRST), worker.losses(FIRST));
        let kept = worker.record(FIRST).kept.clone();
        assert!(kept.contains(&0) && kept.contains(&40) && kept.last() == Some(&90), "{kept:?}");
        worker.send(FIRST, RunCommand::Rewind { step: 40 });
        worker.until("to be back", |worker| {
            worker.record(FIRST).back_at == Some(40) && worker.record(FIRST).seen.as_ref().is_some_and(|seen| seen.step == 40)
        });
        assert_eq!(worker.losses(FIRST), losses, "the record is whole until training goes on");
        assert!(worker.record(FIRST).filters.iter().all(|filters| filters.step == 40));
        let (step, file) = worker.file(FIRST);
        assert!(step == 40 && file != whole.1);
        // Forth again, to the end; then back, and on from there.
        worker.send(FIRST, RunCommand::Rewind { step: 90 });
        worker.until("to be forth", |worker| worker.record(FIRST).back_at == Some(90));
        assert!(worker.file(FIRST) == whole);
        worker.send(FIRST, RunCommand::Rewind { step: 40 });
        worker.until("to be back again", |worker| worker.record(FIRST).back_at == Some(40));
        worker.send(FIRST, RunCommand::Step);
        worker.until("a step", |worker| worker.record(FIRST).step() == 41);
        assert_eq!(worker.losses(FIRST), losses[..41], "the record is cut where training goes on");
        worker.run(FIRST);
        assert_eq!(worker.losses(FIRST), losses, "{}", worker.device.name());
        assert!(worker.file(FIRST) == whole);
    }
}

#[test]
fn a_step_that_is_not_kept_is_refused_in_a_sentence() {
    let mut worker = Worker::new(Device::cpu());
    worker.start(FIRST, experiment());
    worker.run(FIRST);
    worker.send(FIRST, RunCommand::Rewind { step: 41 });
    assert_eq!(worker.record(FIRST).refused.as_deref(), Some("Step 41 is not kept; the nearest that is kept is step 40."));
    worker.send(SECOND, RunCommand::Fork { from: RunId(7), experiment: None });
    assert_eq!(worker.record(SECOND).refused.as_deref(), Some("This run is not ready yet."));
}

#[test]
fn a_fork_may_differ_in_its_rate_its_optimizer_and_its_rules() {
    let mut worker = Worker::new(Device::cpu());
    worker.start(FIRST, experiment());
    worker.run(FIRST);
    let changed = Experiment {
        learning_rate: 0.05,
        optimizer: Optimizer::sgd(0.9),
        stop: Stop { steps: Some(120), ..Stop::default() },
        ..experiment()
    };
    worker.send(SECOND, RunCommand::Fork { from: FIRST, experiment: Some(Box::new(changed)) });
    worker.until("a fork", |worker| worker.records.get(&SECOND).is_some_and(|record| record.state == RunState::Paused));
    worker.run(SECOND);
    let steps = &worker.record(SECOND).steps;
    assert_eq!((steps.len(), steps[89].learning_rate, steps[90].learning_rate), (120, 0.002, 0.05));
    assert!(steps[90].loss < steps[0].loss / 2.0, "it goes on from weights that have learnt");
    // The same run may itself go on with something else.
    let changed = Experiment { label_smoothing: 0.1, stop: Stop::default(), ..worker.record(SECOND).experiment.clone().unwrap() };
    worker.send(SECOND, RunCommand::Fork { from: SECOND, experiment: Some(Box::new(changed)) });
    worker.until("the change", |worker| {
        worker.record(SECOND).experiment.as_ref().is_some_and(|experiment| experiment.label_smoothing == 0.1)
    });
    assert_eq!((worker.record(SECOND).step(), worker.record(SECOND).state), (120, RunState::Paused));
    // Another network has no place for these weights.
    let other =
        EXPERIMENT.replace("out_channels = 3", "out_channels = 4").replace("num_features = 3", "num_features = 4").replace("432", "576");
    let other = Experiment::from_values(&toml::from_str(&other).unwrap()).unwrap();
    worker.send(SECOND, RunCommand::Fork { from: SECOND, experiment: Some(Box::new(other)) });
    worker.until("a refusal", |worker| worker.record(SECOND).refused.is_some());
    assert!(
        worker.record(SECOND).refused.as_ref().is_some_and(|reason| reason.contains("has shape")),
        "{:?}",
        worker.record(SECOND).refused
    );
}

#[test]
fn rules_stop_a_run() {
    for (stop, word) in [
        (Stop { loss_below: Some(1.0), ..Stop::default() }, "is below 1"),
        (Stop { accuracy_above: Some(0.5), ..Stop::default() }, "above 50 %"),
        (Stop { plateau_steps: Some(40), ..Stop::default() }, "has not fallen for 40 steps"),
    ] {
        let mut worker = Worker::new(Device::cpu());
        worker.start(FIRST, Experiment { stop: Stop::default(), ..experiment() });
        worker.send(FIRST, RunCommand::SetStop(stop));
        worker.run(FIRST);
        let record = worker.record(FIRST);
        assert!(record.stopped.as_ref().is_some_and(|reason| reason.contains(word)), "{:?}", record.stopped);
        assert_eq!(record.state, RunState::Paused);
        // The reader may go on beyond.
        let before = record.step();
        worker.send(FIRST, RunCommand::Run);
        worker.until("more steps", |worker| worker.record(FIRST).step() > before + 10);
    }
    let mut worker = Worker::new(Device::cpu());
    worker.start(FIRST, experiment());
    worker.send(FIRST, RunCommand::SetStop(Stop { accuracy_above: Some(97.0), ..Stop::default() }));
    assert!(worker.record(FIRST).refused.is_some());
}

#[test]
fn runs_beside_one_another_give_the_curves_that_they_give_alone() {
    for device in devices() {
        let other = Experiment { seed: 8, batch_size: 40, ..experiment() };
        let mut worker = Worker::new(device);
        let mut alone = Vec::new();
        for (run, experiment) in [(FIRST, experiment()), (SECOND, other.clone())] {
            worker.start(run, experiment);
            worker.run(run);
            alone.push(worker.losses(run));
            worker.send(run, RunCommand::Reset);
        }
        worker.send(FIRST, RunCommand::Run);
        worker.send(SECOND, RunCommand::Run);
        let (mut both, mut turns) = (0, 0);
        worker.until("both ends", |worker| {
            turns += 1;
            let running = [FIRST, SECOND].map(|run| worker.record(run).state == RunState::Running && worker.record(run).step() > 0);
            both += usize::from(running == [true, true]);
            worker.is_idle && [FIRST, SECOND].iter().all(|&run| worker.record(run).stopped.is_some())
        });
        assert!(both > 0, "they ran side by side, in {turns} turns");
        assert_eq!([worker.losses(FIRST), worker.losses(SECOND)].as_slice(), alone, "{}", worker.device.name());
    }
}

#[test]
fn a_file_has_pytorchs_names_and_what_the_optimizer_remembers() {
    let mut worker = Worker::new(Device::cpu());
    worker.start(FIRST, experiment());
    worker.run(FIRST);
    let (_, file) = worker.file(FIRST);
    let checkpoint = Checkpoint::from_safetensors(&file).unwrap();
    assert_eq!(checkpoint.step, 90);
    for name in ["C1.weight", "C1.bias", "BN.running_mean", "BN.running_var", "OUT.weight", "optimizer.exp_avg.OUT.weight"] {
        assert!(checkpoint.tensor(name).is_some_and(|tensor| tensor.values.iter().any(|&value| value != 0.0)), "{name}");
    }
}

#[test]
fn probes_tell_of_units_and_parameters() {
    let mut worker = Worker::new(Device::cpu());
    worker.start(FIRST, experiment());
    worker.run(FIRST);
    let probe = worker.record(FIRST).probes.last().unwrap();
    let names: Vec<&str> = probe.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["C1.weight", "C1.bias", "BN.weight", "BN.bias", "OUT.weight", "OUT.bias"]);
    let weight = &probe.parameters[4];
    assert_eq!(weight.values.counts.iter().sum::<u32>(), 4320);
    assert!(weight.update_ratio > 0.0 && weight.update_ratio < 0.5, "{weight:?}");
    let relu = &probe.layers[2];
    assert!((0.0..=1.0).contains(&relu.dead) && (0.0..=1.0).contains(&relu.saturated), "{relu:?}");
}
