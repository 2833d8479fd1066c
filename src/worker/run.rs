//! One experiment in training: which step comes next, what is measured when, and what of it is told.
//!
//! Knows the trainer, the data and the protocol; knows nothing of browsers, clocks (the time is passed in) or commands.

mod states;

use super::ending::Ending;
use super::pace::Pace;
use super::tell;
use crate::data::order::epoch_order;
use crate::data::{DataSet, MNIST_MEAN, MNIST_STD};
use crate::experiment::{Experiment, Stop, Unit};
use crate::protocol::{LayerSummary, RunTelemetry, StepPoint};
pub use states::Origin;
use states::States;
use std::collections::VecDeque;
use stride_engine::device::Device;
use stride_engine::error::Result;
use stride_engine::trainer::{Pixels, Placed, Report, Settings, Split, Trainer};

/// Images per test batch: small enough that a slow device answers in between.
const TEST_BATCH: usize = 128;

/// Tags of what the network is shown.
const WATCHED: u32 = 0;
const DRAWN: u32 = 1;

/// What the network is shown besides its training: a test image, by its index, and a drawing.
pub type Shown = (Option<usize>, Option<Vec<u8>>);

/// An experiment on a device.
pub struct Run {
    trainer: Trainer,
    experiment: Experiment,
    /// Where the trainer's reports have their parts.
    parameters: Vec<Placed>,
    rows: Vec<LayerSummary>,
    layer_spans: Vec<(usize, usize)>,
    learning_rate: f32,
    shard_sizes: Vec<usize>,
    test_total: usize,
    /// The order of `ordered_epoch`.
    order: Vec<u32>,
    ordered_epoch: Option<u32>,
    /// How many training and test images the device has.
    stored: [usize; 2],
    /// The learning rates of the steps whose metrics have not come back, oldest first.
    rates: VecDeque<f32>,
    test: Option<Test>,
    /// The steps before which a test was made, so that none is made twice.
    tested_at: Option<(u32, bool)>,
    watched: Option<usize>,
    drawing: Option<Vec<u8>>,
    /// Whether the network must be shown the watched image and the drawing at once.
    look_now: bool,
    looked_at_ms: f64,
    /// Reads that belong to the time before a reset, and are not told.
    stale: usize,
    pace: Pace,
    ending: Ending,
    states: States,
    /// What is to be told before anything else.
    news: Vec<RunTelemetry>,
}

/// A test under way: nothing is trained until all its batches have been submitted.
struct Test {
    /// After how many steps.
    step: u32,
    /// On all test images.
    whole: bool,
    images: usize,
    next: usize,
    results: tell::Tested,
}

/// What came of the attempt to do more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Work was submitted.
    Submitted,
    /// As much is on its way as is good.
    Full,
    /// The next images have not arrived.
    WaitingForData,
    /// There is nothing to do.
    Idle,
    /// A rule stops it: [`Run::stopped`] says which.
    Ended,
}

impl Run {
    /// Makes the device ready for this experiment on this data; the error is one sentence.
    pub async fn new(device: &Device, experiment: Experiment, data: &DataSet) -> Result<Self> {
        let settings = Settings {
            model: experiment.model.clone(),
            optimizer: experiment.optimizer.clone(),
            groups: experiment.groups.clone(),
            augmentation: experiment.augmentation,
            label_smoothing: experiment.label_smoothing,
            batch: experiment.batch_size,
            seed: experiment.seed,
            train_images: data.train_total(),
            test_images: data.test_total.max(1).next_multiple_of(TEST_BATCH),
            test_batch: TEST_BATCH,
            pixels: Pixels::Bytes { mean: MNIST_MEAN, std: MNIST_STD },
        };
        let trainer = Trainer::new(device, settings).await?;
        let mut run = Run {
            parameters: trainer.parameters().to_vec(),
            rows: trainer.layers().to_vec(),
            layer_spans: trainer.layer_spans().to_vec(),
            trainer,
            learning_rate: experiment.learning_rate,
            ending: Ending::new(experiment.stop),
            experiment,
            shard_sizes: data.shard_sizes.clone(),
            test_total: data.test_total,
            order: Vec::new(),
            ordered_epoch: None,
            stored: [0; 2],
            rates: VecDeque::new(),
            test: None,
            tested_at: None,
            watched: Some(0),
            drawing: None,
            look_now: true,
            looked_at_ms: 0.0,
            stale: 0,
            pace: Pace::default(),
            states: States::default(),
            news: Vec::new(),
        };
        run.store(data)?;
        Ok(run)
    }

    /// What the page must know before the first step.
    pub fn ready(&self) -> RunTelemetry {
        RunTelemetry::Ready {
            experiment: Box::new(self.experiment.clone()),
            layers: self.rows.clone(),
            memory_bytes: self.trainer.bytes(),
            steps_per_epoch: self.steps_per_epoch(),
            from: self.states.from,
        }
    }

    /// The experiment.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// Hands the device the images that have arrived since the last call.
    pub fn store(&mut self, data: &DataSet) -> Result<()> {
        for (split, images) in [(Split::Train, &data.train), (Split::Test, &data.test)] {
            let from = self.stored[split as usize];
            if images.len() > from {
                self.trainer.store(split, from, images.images(from..images.len()), &images.labels[from..])?;
                self.stored[split as usize] = images.len();
            }
        }
        Ok(())
    }

    /// What the network is being shown, to be shown by another run too: the watched test image and the drawing.
    pub fn shown(&self) -> Shown {
        (self.watched, self.drawing.clone())
    }

    /// Shows the network what another run was shown.
    pub fn show(&mut self, (watched, drawing): Shown) {
        (self.watched, self.drawing) = (watched, drawing);
        self.look_now = true;
    }

    /// Back to step 0; what is still on its way will not be told.
    pub fn reset(&mut self) {
        self.trainer.reset();
        self.stale = self.trainer.pending();
        self.learning_rate = self.experiment.learning_rate;
        self.rates.clear();
        self.ordered_epoch = None;
        (self.test, self.tested_at) = (None, None);
        self.look_now = true;
        self.pace = Pace::default();
        self.states = States::default();
        self.news.clear();
        self.ending.again();
    }

    /// From the next step on; before the first step it is the experiment's, to which a reset comes back.
    pub fn set_learning_rate(&mut self, rate: f32) {
        if self.trainer.step() == 0 {
            self.experiment.learning_rate = rate;
        }
        self.learning_rate = rate;
    }

    /// Stops by these rules from now on.
    pub fn set_stop(&mut self, rules: Stop) {
        self.experiment.stop = rules;
        self.ending = Ending::new(rules);
    }

    /// Why a rule has stopped it, once.
    pub fn stopped(&mut self) -> Option<String> {
        self.ending.take()
    }

    /// Looks at another test image.
    pub fn watch(&mut self, index: usize) {
        self.watched = Some(index.min(self.test_total.saturating_sub(1)));
        self.look_now = true;
    }

    /// Looks at a drawing, from now on until it is taken away.
    pub fn draw(&mut self, drawing: Option<Vec<u8>>) {
        self.look_now = drawing.is_some();
        self.drawing = drawing;
    }

    /// Asks for a test on all test images, if the weights have changed since the last.
    pub fn examine(&mut self) {
        if self.trainer.step() > 0 && self.tested_at != Some((self.trainer.step(), true)) && self.stored[1] == self.test_total {
            self.begin_test(true);
        }
    }

    /// Gives up a test on all images, so that training can go on.
    pub fn stop_examination(&mut self) {
        if self.test.as_ref().is_some_and(|test| test.whole && !self.ends_epoch()) {
            self.test = None;
            self.tested_at = None;
        }
    }

    /// Whether there is something to submit besides training.
    pub fn has_work(&self) -> bool {
        self.look_now || self.states.going_back.is_some() || self.test.as_ref().is_some_and(|test| test.next * TEST_BATCH < test.images)
    }

    /// Asks for what was done and has not been asked for: another run's turn comes when it is back.
    pub fn settle(&mut self) -> Result<()> {
        self.trainer.flush()
    }

    /// Its turn begins: the time since it last had one is not its own.
    pub fn resume(&mut self) {
        self.pace.resume();
    }

    /// Whether reads are on their way.
    pub fn pending(&self) -> bool {
        self.trainer.pending() > 0
    }

    /// How many steps have been submitted.
    pub fn step(&self) -> u32 {
        self.trainer.step()
    }

    /// Does the next thing, if there is room for it: a look at images, a test batch, or, if `train` says so, a training step.
    pub fn advance(&mut self, data: &DataSet, train: bool, now_ms: f64) -> Result<Progress> {
        if self.states.going_back.is_some() {
            return self.go_back();
        }
        if train && self.ending.reached(self.trainer.step()).is_some() {
            return Ok(Progress::Ended);
        }
        if !self.pace.has_room(self.trainer.pending().saturating_sub(self.states.reads), self.rates.len()) {
            if self.trainer.pending() == 0 {
                // The device has become so slow that less may be on its way than is: what was done is asked for at once.
                self.trainer.flush()?;
            }
            return Ok(Progress::Full);
        }
        if self.look_now || self.trainer.step() > 0 && train && self.pace.is_time_to_look(now_ms - self.looked_at_ms) {
            if self.look(data)? {
                self.look_now = false;
                self.looked_at_ms = now_ms;
                return Ok(Progress::Submitted);
            }
            self.look_now = false;
        }
        if let Some(test) = &mut self.test
            && test.next * TEST_BATCH < test.images
        {
            self.trainer.test(test.next)?;
            test.next += 1;
            return Ok(Progress::Submitted);
        }
        // The next step would change the weights under the test's last batches only if they were submitted after it; they were not.
        if !train {
            return Ok(Progress::Idle);
        }
        if self.test.is_none() && self.is_test_due() {
            return Ok(Progress::Submitted);
        }
        if self.test.is_some() {
            return Ok(Progress::Full);
        }
        self.train(false)
    }

    /// One training step with everything measured, whatever the pace.
    pub fn single_step(&mut self) -> Result<Progress> {
        self.test = None;
        let progress = self.train(true)?;
        if progress == Progress::Submitted {
            self.look_now = true;
            self.begin_test(false);
        }
        Ok(progress)
    }

    /// Brings the metrics of the last steps back: the run has paused.
    pub fn flush(&mut self) -> Result<()> {
        self.look_now = true;
        self.trainer.flush()?;
        self.keep_present()
    }

    fn train(&mut self, measure: bool) -> Result<Progress> {
        let (batch, steps_per_epoch) = (self.experiment.batch_size, self.steps_per_epoch());
        let step = self.trainer.step();
        let (epoch, first) = (step / steps_per_epoch, (step % steps_per_epoch) as usize * batch);
        if self.ordered_epoch != Some(epoch) {
            self.order = epoch_order(self.experiment.seed, epoch, &self.shard_sizes);
            self.trainer.set_order(&self.order)?;
            self.ordered_epoch = Some(epoch);
        }
        if self.order[first..first + batch].iter().any(|&index| index as usize >= self.stored[0]) {
            return Ok(Progress::WaitingForData);
        }
        let probe = measure || step.is_multiple_of(self.experiment.measure.probe_every);
        let report = measure || self.pace.is_time_to_report(self.rates.len() + 1);
        let time = match self.experiment.schedule_by {
            Unit::Epoch => epoch,
            Unit::Step => step,
        };
        let rate = self.experiment.schedule.learning_rate(f64::from(self.learning_rate), f64::from(time)) as f32;
        self.before_step()?;
        self.trainer.train(first, rate, probe, report)?;
        self.rates.push_back(rate);
        Ok(Progress::Submitted)
    }

    /// Begins a test where the experiment wants one after the steps so far.
    fn is_test_due(&mut self) -> bool {
        let step = self.trainer.step();
        let due = step > 0 && step.is_multiple_of(self.experiment.measure.test_every);
        if self.tested_at.is_some_and(|(tested, _)| tested == step) || !due && !self.ends_epoch() {
            return false;
        }
        let whole = self.ends_epoch() && self.stored[1] == self.test_total;
        self.begin_test(whole)
    }

    fn ends_epoch(&self) -> bool {
        self.trainer.step() > 0 && self.trainer.step().is_multiple_of(self.steps_per_epoch())
    }

    fn begin_test(&mut self, whole: bool) -> bool {
        let images = if whole { self.test_total } else { self.experiment.measure.test_images.min(self.test_total) };
        self.tested_at = Some((self.trainer.step(), whole));
        if images == 0 || self.stored[1] < images {
            return false;
        }
        self.test = Some(Test { step: self.trainer.step(), whole, images, next: 0, results: tell::Tested::default() });
        true
    }

    /// Shows the network what is watched and what was drawn; whether there was anything.
    fn look(&mut self, data: &DataSet) -> Result<bool> {
        let mut looked = false;
        if let Some(index) = self.watched.filter(|&index| index < data.test.len()) {
            self.trainer.see(data.test.image(index), tell::tag(WATCHED, index))?;
            looked = true;
        }
        if let Some(drawing) = &self.drawing {
            self.trainer.see(drawing, tell::tag(DRAWN, 0))?;
            looked = true;
        }
        if looked {
            self.trainer.read_weights()?;
        }
        Ok(looked)
    }

    /// Takes what has come back and tells it.
    pub fn collect(&mut self, data: &DataSet, now_ms: f64, hear: &mut dyn FnMut(RunTelemetry)) -> Result<()> {
        self.news.drain(..).for_each(&mut *hear);
        let mut arrived = Vec::new();
        let Run { trainer, experiment, parameters, rows, layer_spans, rates, test, pace, stale, watched, drawing, .. } = self;
        let (ending, states, state_parts) = (&mut self.ending, &mut self.states, trainer.state_parts());
        let (batch, steps_per_epoch) = (experiment.batch_size, steps_per_epoch(&self.shard_sizes, experiment.batch_size));
        let mut points = Vec::new();
        trainer.poll(&mut |report| {
            if *stale > 0 {
                *stale -= 1;
                return;
            }
            match report {
                Report::Steps { first, values } => {
                    for (step, pair) in (first..).zip(values.chunks_exact(2)) {
                        let learning_rate = rates.pop_front().unwrap_or_default();
                        let epoch = step as f32 / steps_per_epoch as f32;
                        points.push(StepPoint { step, epoch, loss: pair[0], accuracy: pair[1], learning_rate });
                        ending.step(step, pair[0]);
                    }
                    pace.finished(values.len() / 2, now_ms);
                }
                Report::Probe { step, values } => hear(RunTelemetry::Probe(tell::probe(step, rows, parameters, values))),
                Report::Test { step, index, values } => {
                    // A test that was given up may still have results on their way.
                    let Some(running) = test.as_mut().filter(|running| running.step == step) else { return };
                    if running.results.add(index, values, running.images) {
                        let result = running.results.telemetry(step, running.whole, &data.test);
                        match &result {
                            RunTelemetry::Test(point) => ending.test(step, point.accuracy),
                            RunTelemetry::Examined(examination) => ending.test(step, examination.point.accuracy),
                            _ => {}
                        }
                        hear(result);
                        *test = None;
                    }
                }
                Report::Seen { step, tag, values } => match tell::untag(tag) {
                    (WATCHED, index) if *watched == Some(index) => {
                        if let Some(seen) = tell::seen(step, index, rows, layer_spans, values, &data.test) {
                            hear(RunTelemetry::Seen(Box::new(seen)));
                        }
                    }
                    (DRAWN, _) if drawing.is_some() => hear(RunTelemetry::Drawing(tell::guess(step, layer_spans, values))),
                    _ => {}
                },
                Report::Weights { step, values } => hear(RunTelemetry::Filters(tell::filters(step, parameters, values))),
                Report::State { step, part, values } => arrived.extend(states.arrive(step, part, values, state_parts)),
            }
        })?;
        if !points.is_empty() {
            hear(RunTelemetry::Steps { points, images_per_second: (pace.steps_per_second(now_ms) * batch as f64) as f32 });
        }
        for state in arrived {
            self.take_state(state)?;
        }
        self.news.drain(..).for_each(&mut *hear);
        Ok(())
    }

    fn steps_per_epoch(&self) -> u32 {
        steps_per_epoch(&self.shard_sizes, self.experiment.batch_size)
    }
}

/// Whole batches in the set; the images that are left over wait for another epoch's order.
fn steps_per_epoch(shard_sizes: &[usize], batch: usize) -> u32 {
    (shard_sizes.iter().sum::<usize>() / batch).max(1) as u32
}
