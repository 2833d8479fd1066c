//! What a page knows of its run: telemetry, added up.
//!
//! Knows the protocol; knows nothing of workers, Yew components or drawing.

use crate::protocol::{
    DataStatus, DeviceReport, Examination, Filters, Guess, LayerSummary, Probe, RunState, Seen, StepPoint, Telemetry, TestPoint,
};

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
    /// Every training step.
    pub steps: Vec<StepPoint>,
    /// Present speed.
    pub images_per_second: f32,
    /// Every test on the way.
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
                self.steps.extend(points);
                self.images_per_second = images_per_second;
            }
            Telemetry::Test(point) => self.tests.push(point),
            Telemetry::Examined(examination) => {
                self.tests.push(examination.point);
                self.examination = Some(*examination);
            }
            Telemetry::Probe(probe) => self.probes.push(probe),
            Telemetry::Seen(seen) => self.seen = Some(*seen),
            Telemetry::Drawing(guess) => self.drawing = Some(guess),
            Telemetry::Filters(filters) => self.filters = filters,
            Telemetry::Refused(reason) => self.refused = Some(reason),
            Telemetry::Failed(reason) => {
                self.failed = Some(reason);
                self.state = RunState::Paused;
            }
        }
    }

    /// How many steps have been done.
    pub fn step(&self) -> u32 {
        self.steps.last().map_or(0, |point| point.step)
    }
}
