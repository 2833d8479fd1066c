//! What a page knows of its run: telemetry, added up.
//!
//! Knows the protocol; knows nothing of workers, Yew components or drawing. However long a run is, its record stays small: the histories
//! of steps, tests and statistics become coarser as they grow.

use super::thin::{Averaged, Thinned};
use crate::experiment::{Experiment, name};
use crate::protocol::{
    DataStatus, DeviceReport, Examination, Filters, Guess, LayerSummary, Probe, RunState, RunTelemetry, Seen, Split, StepPoint, Telemetry,
    TestPoint,
};
use std::rc::Rc;

/// The most points of the curve of training steps; beyond, a point stands for the mean of two steps, of four, and so on.
const MOST_STEPS: usize = 1 << 14;

/// The most tests on the way; beyond, every second is kept, then every fourth, and so on, and always the latest.
const MOST_TESTS: usize = 1 << 12;

/// The most statistics of all layers, which take some kilobytes each; thinned as the tests are.
const MOST_PROBES: usize = 1 << 9;

/// Everything the worker has said of a run, and of the device and the data that it shares with others.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The device.
    pub device: Option<DeviceReport>,
    /// The data.
    pub data: Option<DataStatus>,
    /// What runs.
    pub experiment: Option<Experiment>,
    /// The network, a row a layer.
    pub layers: Vec<LayerSummary>,
    /// Bytes on the device.
    pub memory_bytes: u64,
    /// Steps in an epoch.
    pub steps_per_epoch: u32,
    /// Running or not.
    pub state: RunState,
    /// Every training step; of a long run, means of neighbouring steps.
    pub steps: Vec<StepPoint>,
    /// Present speed.
    pub images_per_second: f32,
    /// The tests on the way, oldest first.
    pub tests: Vec<TestPoint>,
    /// The last test on the whole test set.
    pub examination: Option<Examination>,
    /// The layers' statistics, oldest first.
    pub probes: Vec<Probe>,
    /// The watched image.
    pub seen: Option<Seen>,
    /// The reader's drawing.
    pub drawing: Option<Guess>,
    /// The convolutions' weights.
    pub filters: Vec<Filters>,
    /// Where it split off from another run; what is recorded up to there is that run's.
    pub from: Option<Split>,
    /// The steps to which it can go back, rising.
    pub kept: Vec<u32>,
    /// The step to which it has gone back, until training goes on; what is recorded after it is still there.
    pub back_at: Option<u32>,
    /// The learning rate that was set last: by the experiment, or by going back to where it was in force.
    pub learning_rate: f32,
    /// By which rule it stopped, in one sentence; cleared when it goes on.
    pub stopped: Option<String>,
    /// The file that was asked for last.
    pub exported: Option<Exported>,
    /// What was refused last, in one sentence; cleared by the next thing that works.
    pub refused: Option<String>,
    /// What ended the run, in one sentence.
    pub failed: Option<String>,
    averaged_steps: Averaged,
    thinned_tests: Thinned,
    thinned_probes: Thinned,
}

/// A file with weights and what the optimizer remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// Counts the files of this run: two may have the same bytes.
    pub number: u32,
    /// After how many steps.
    pub step: u32,
    /// Its bytes.
    pub file: Rc<Vec<u8>>,
}

impl Record {
    /// Adds one message of what all runs share.
    pub fn apply_shared(&mut self, telemetry: &Telemetry) {
        match telemetry {
            Telemetry::Device(device) => self.device = Some(device.clone()),
            Telemetry::Data(data) => self.data = Some(data.clone()),
            Telemetry::Refused(reason) => self.refused = Some(reason.clone()),
            Telemetry::Failed(reason) => self.fail(reason.clone()),
            // Of no run, or of one.
            Telemetry::Measuring(_) | Telemetry::Measured(_) | Telemetry::Of { .. } => {}
        }
    }

    /// What was told of device and data, for a run that comes later.
    pub fn shared(&self) -> Self {
        Record { device: self.device.clone(), data: self.data.clone(), ..Record::default() }
    }

    /// Adds one message of this run.
    pub fn apply(&mut self, telemetry: RunTelemetry) {
        match telemetry {
            RunTelemetry::Ready { experiment, layers, memory_bytes, steps_per_epoch, from } => {
                let (device, data, state) = (self.device.take(), self.data.take(), self.state);
                let (learning_rate, experiment) = (experiment.learning_rate, Some(*experiment));
                *self = Record {
                    device,
                    data,
                    state,
                    experiment,
                    layers,
                    memory_bytes,
                    steps_per_epoch,
                    from,
                    learning_rate,
                    ..Record::default()
                };
            }
            RunTelemetry::State(state) => {
                self.state = state;
                self.refused = None;
                if state == RunState::Running {
                    self.stopped = None;
                }
            }
            RunTelemetry::Steps { points, images_per_second } => {
                for point in points {
                    self.averaged_steps.push(&mut self.steps, point, MOST_STEPS);
                }
                self.images_per_second = images_per_second;
            }
            RunTelemetry::Test(point) => self.add_test(point),
            RunTelemetry::Examined(examination) => {
                self.add_test(examination.point);
                self.examination = Some(*examination);
            }
            RunTelemetry::Probe(probe) => self.thinned_probes.push(&mut self.probes, probe, MOST_PROBES),
            RunTelemetry::Seen(seen) => self.seen = Some(*seen),
            RunTelemetry::Drawing(guess) => self.drawing = Some(guess),
            RunTelemetry::Filters(filters) => self.filters = filters,
            RunTelemetry::Kept(steps) => self.kept = steps,
            RunTelemetry::Rewound { step, learning_rate } => {
                (self.back_at, self.learning_rate, self.stopped) = (Some(step), learning_rate, None);
            }
            RunTelemetry::LearningRate(rate) => self.learning_rate = rate,
            RunTelemetry::Cut { step } => self.cut(step),
            RunTelemetry::Stopped(reason) => self.stopped = Some(reason),
            RunTelemetry::Exported { step, file } => {
                let number = self.exported.as_ref().map_or(0, |before| before.number + 1);
                self.exported = Some(Exported { number, step, file: Rc::new(file) });
            }
            RunTelemetry::Refused(reason) => self.refused = Some(reason),
            RunTelemetry::Failed(reason) => self.fail(reason),
        }
    }

    fn fail(&mut self, reason: String) {
        self.failed = Some(reason);
        self.state = RunState::Broken;
    }

    /// How many steps have been done.
    pub fn step(&self) -> u32 {
        self.back_at.unwrap_or_else(|| self.steps.last().map_or(0, |point| point.step))
    }

    /// The experiment with the learning rate that is in force, where it was set on the way.
    pub fn present(&self) -> Option<Experiment> {
        let learning_rate = self.learning_rate;
        self.experiment.clone().map(|experiment| Experiment { learning_rate, ..experiment })
    }

    /// What to call this run beside another: by what differs.
    pub fn name_beside(&self, other: &Record) -> String {
        match (other.present(), self.present()) {
            (Some(other), Some(own)) => name::name(&other, &own),
            _ => "a second run".into(),
        }
    }

    /// Takes over another run's history up to a step: this run begins there.
    pub fn inherit(&mut self, other: &Record, step: u32) {
        self.steps.clone_from(&other.steps);
        self.tests.clone_from(&other.tests);
        self.probes.clone_from(&other.probes);
        (self.averaged_steps, self.thinned_tests) = (other.averaged_steps.clone(), other.thinned_tests.clone());
        self.thinned_probes = other.thinned_probes.clone();
        self.cut(step);
    }

    /// A test at a step that was tested before takes its place.
    fn add_test(&mut self, point: TestPoint) {
        match self.tests.last_mut().filter(|last| last.step == point.step) {
            Some(last) => *last = point,
            None => self.thinned_tests.push(&mut self.tests, point, MOST_TESTS),
        }
    }

    /// Forgets what is recorded of later steps.
    fn cut(&mut self, step: u32) {
        self.back_at = None;
        let before = self.steps.len();
        self.steps.retain(|point| point.step <= step);
        if self.steps.len() < before {
            self.averaged_steps.cut();
        }
        self.tests.retain(|test| test.step <= step);
        self.thinned_tests.cut(self.tests.len());
        self.probes.retain(|probe| probe.step <= step);
        self.thinned_probes.cut(self.probes.len());
        self.examination = self.examination.take().filter(|examination| examination.point.step <= step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment() -> Experiment {
        let toml = "batch_size = 8\nlearning_rate = 0.1\noptimizer = { name = 'sgd' }\nmodel = { input = [1, 28, 28], layers = [{ layer = 'flatten' }, { layer = 'linear', in_features = 784, out_features = 10 }] }";
        Experiment::from_values(&toml::from_str(toml).unwrap()).unwrap()
    }

    fn ready() -> RunTelemetry {
        RunTelemetry::Ready { experiment: Box::new(experiment()), layers: Vec::new(), memory_bytes: 1, steps_per_epoch: 10, from: None }
    }

    fn steps(numbers: std::ops::RangeInclusive<u32>) -> RunTelemetry {
        let point = |step| StepPoint { step, epoch: 0.0, loss: 1.0, accuracy: 0.5, learning_rate: 0.1 };
        RunTelemetry::Steps { points: numbers.map(point).collect(), images_per_second: 5.0 }
    }

    #[test]
    fn a_new_experiment_forgets_the_run_but_not_the_data() {
        let data =
            DataStatus { name: "MNIST".into(), train_images: 1, train_total: 2, test_images: 0, bytes: 0, bytes_total: 0, problem: None };
        let mut record = Record::default();
        record.apply_shared(&Telemetry::Data(data.clone()));
        for telemetry in [ready(), steps(1..=3), RunTelemetry::Failed("it broke".into()), ready()] {
            record.apply(telemetry);
        }
        assert_eq!((record.data, record.steps.len(), record.failed), (Some(data), 0, None));
    }

    #[test]
    fn a_refusal_is_forgotten_when_something_works() {
        let mut record = Record::default();
        record.apply(RunTelemetry::Refused("no".into()));
        assert_eq!(record.refused.as_deref(), Some("no"));
        record.apply(RunTelemetry::State(RunState::Running));
        assert_eq!(record.refused, None);
    }

    #[test]
    fn going_back_shows_the_past_and_going_on_cuts_the_record() {
        let mut record = Record::default();
        let test = |step| RunTelemetry::Test(TestPoint { step, loss: 1.0, accuracy: 0.5, images: 10 });
        for telemetry in [ready(), steps(1..=50), test(20), test(40), RunTelemetry::Rewound { step: 24, learning_rate: 0.3 }] {
            record.apply(telemetry);
        }
        assert_eq!((record.step(), record.steps.len(), record.learning_rate), (24, 50, 0.3));
        record.apply(RunTelemetry::Cut { step: 24 });
        record.apply(steps(25..=26));
        assert_eq!((record.step(), record.steps.len(), record.tests.len()), (26, 26, 1));
        let mut fork = Record::default();
        fork.apply(ready());
        fork.inherit(&record, 10);
        fork.apply(steps(11..=12));
        assert_eq!((fork.step(), fork.steps.len(), fork.tests.len()), (12, 12, 0));
    }

    #[test]
    fn a_long_run_takes_little_memory_and_ends_with_its_last_step() {
        let mut record = Record::default();
        for n in 0..200 {
            record.apply(steps(n * 1000 + 1..=(n + 1) * 1000));
            record.apply(RunTelemetry::Test(TestPoint { step: n, loss: 1.0, accuracy: 0.5, images: 10 }));
            for probe in 0..100 {
                record.apply(RunTelemetry::Probe(Probe { step: n * 100 + probe, layers: Vec::new(), parameters: Vec::new() }));
            }
        }
        assert!(record.steps.len() <= MOST_STEPS && record.probes.len() <= MOST_PROBES);
        assert_eq!((record.step(), record.tests.len(), record.probes.last().map(|probe| probe.step)), (200_000, 200, Some(19_999)));
    }
}
