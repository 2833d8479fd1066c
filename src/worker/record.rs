//! What a page knows of its run: telemetry, added up.
//!
//! Knows the protocol; knows nothing of workers, Yew components or drawing. However long a run is, its record stays small: the histories
//! of steps, tests and statistics become coarser as they grow.

use super::thin::{Averaged, Thinned};
use crate::protocol::{
    DataStatus, DeviceReport, Examination, Filters, Guess, LayerSummary, Probe, RunState, Seen, StepPoint, Telemetry, TestPoint,
};

/// The most points of the curve of training steps; beyond, a point stands for the mean of two steps, of four, and so on.
const MOST_STEPS: usize = 1 << 14;

/// The most tests on the way; beyond, every second is kept, then every fourth, and so on, and always the latest.
const MOST_TESTS: usize = 1 << 12;

/// The most statistics of all layers, which take some kilobytes each; thinned as the tests are.
const MOST_PROBES: usize = 1 << 9;

/// Everything the worker has said of the present run.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The device.
    pub device: Option<DeviceReport>,
    /// The data.
    pub data: Option<DataStatus>,
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
    /// What was refused last, in one sentence; cleared by the next thing that works.
    pub refused: Option<String>,
    /// What ended the run, in one sentence.
    pub failed: Option<String>,
    averaged_steps: Averaged,
    thinned_tests: Thinned,
    thinned_probes: Thinned,
}

impl Record {
    /// Adds one message.
    pub fn apply(&mut self, telemetry: Telemetry) {
        match telemetry {
            Telemetry::Device(device) => self.device = Some(device),
            Telemetry::Data(data) => self.data = Some(data),
            Telemetry::Ready { layers, memory_bytes, steps_per_epoch } => {
                let (device, data, state) = (self.device.take(), self.data.take(), self.state);
                *self = Record { device, data, state, layers, memory_bytes, steps_per_epoch, ..Record::default() };
            }
            Telemetry::State(state) => {
                self.state = state;
                self.refused = None;
            }
            Telemetry::Steps { points, images_per_second } => {
                for point in points {
                    self.averaged_steps.push(&mut self.steps, point, MOST_STEPS);
                }
                self.images_per_second = images_per_second;
            }
            Telemetry::Test(point) => self.thinned_tests.push(&mut self.tests, point, MOST_TESTS),
            Telemetry::Examined(examination) => {
                self.thinned_tests.push(&mut self.tests, examination.point, MOST_TESTS);
                self.examination = Some(*examination);
            }
            Telemetry::Probe(probe) => self.thinned_probes.push(&mut self.probes, probe, MOST_PROBES),
            Telemetry::Seen(seen) => self.seen = Some(*seen),
            Telemetry::Drawing(guess) => self.drawing = Some(guess),
            Telemetry::Filters(filters) => self.filters = filters,
            // Of no run.
            Telemetry::Measuring(_) | Telemetry::Measured(_) => {}
            Telemetry::Refused(reason) => self.refused = Some(reason),
            Telemetry::Failed(reason) => {
                self.failed = Some(reason);
                self.state = RunState::Broken;
            }
        }
    }

    /// How many steps have been done.
    pub fn step(&self) -> u32 {
        self.steps.last().map_or(0, |point| point.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Telemetry {
        Telemetry::Ready { layers: Vec::new(), memory_bytes: 1, steps_per_epoch: 10 }
    }

    fn steps(numbers: std::ops::RangeInclusive<u32>) -> Telemetry {
        let point = |step| StepPoint { step, epoch: 0.0, loss: 1.0, accuracy: 0.5, learning_rate: 0.1 };
        Telemetry::Steps { points: numbers.map(point).collect(), images_per_second: 5.0 }
    }

    #[test]
    fn a_new_experiment_forgets_the_run_but_not_the_data() {
        let data =
            DataStatus { name: "MNIST".into(), train_images: 1, train_total: 2, test_images: 0, bytes: 0, bytes_total: 0, problem: None };
        let mut record = Record::default();
        for telemetry in [Telemetry::Data(data.clone()), ready(), steps(1..=3), Telemetry::Failed("it broke".into()), ready()] {
            record.apply(telemetry);
        }
        assert_eq!((record.data, record.steps.len(), record.failed), (Some(data), 0, None));
    }

    #[test]
    fn a_refusal_is_forgotten_when_something_works() {
        let mut record = Record::default();
        record.apply(Telemetry::Refused("no".into()));
        assert_eq!(record.refused.as_deref(), Some("no"));
        record.apply(Telemetry::State(RunState::Running));
        assert_eq!(record.refused, None);
    }

    #[test]
    fn a_long_run_takes_little_memory_and_ends_with_its_last_step() {
        let mut record = Record::default();
        for n in 0..200 {
            record.apply(steps(n * 1000 + 1..=(n + 1) * 1000));
            record.apply(Telemetry::Test(TestPoint { step: n, loss: 1.0, accuracy: 0.5, images: 10 }));
            for probe in 0..100 {
                record.apply(Telemetry::Probe(Probe { step: n * 100 + probe, layers: Vec::new() }));
            }
        }
        assert!(record.steps.len() <= MOST_STEPS && record.probes.len() <= MOST_PROBES);
        assert_eq!((record.step(), record.tests.len(), record.probes.last().map(|probe| probe.step)), (200_000, 200, Some(19_999)));
    }
}
