//! The runs of a page: which are there, what each is to do, and whose turn it is.
//!
//! Knows runs and their commands; knows nothing of browsers (time and data are passed in) nor of how a device is opened.

use super::fair::{Fair, Next};
use super::run::{Origin, Progress, Run, Shown};
use crate::data::{DataSet, PIXELS};
use crate::experiment::{Experiment, check_learning_rate};
use crate::protocol::{RunCommand, RunId, RunState, RunTelemetry};
use std::collections::BTreeMap;
use stride_engine::device::Device;
use stride_engine::error::{Error, Result};

/// Work is submitted for so long at a time, in milliseconds, before the worker listens for commands.
const TURN_MS: f64 = 24.0;

const NOT_READY: &str = "This run is not ready yet.";

/// Where what is told of runs goes.
pub type Hear<'a> = &'a mut dyn FnMut(RunId, RunTelemetry);

/// All of them.
#[derive(Default)]
pub struct Runs {
    slots: BTreeMap<RunId, Slot>,
    fair: Fair,
    /// Counts what was to be built.
    builds: u32,
}

/// A run's place.
#[derive(Default)]
struct Slot {
    /// What the page wants to run here.
    wanted: Option<Experiment>,
    run: Option<Run>,
    /// It is to be built, and has not been begun.
    to_build: bool,
    /// The last build begun: what is ready too late is dropped.
    build: u32,
    /// What the last run was shown, for the next.
    shown: Option<Shown>,
    /// The state that the page knows.
    state: RunState,
    /// Run was pressed.
    running: bool,
    /// Step was pressed.
    stepping: bool,
    /// The next images have not arrived.
    waiting: bool,
    /// It ended by an error.
    broken: bool,
    /// The run that it splits off from, whose state is on its way, and what is to differ.
    forking: Option<(RunId, Option<Box<Experiment>>)>,
    /// What it goes on from once it is built.
    origin: Option<(RunId, Origin)>,
}

/// A run that is to be made ready on a device.
pub struct Build {
    run: RunId,
    number: u32,
    experiment: Experiment,
    origin: Option<(RunId, Origin)>,
}

/// A run that has been made ready, or why not.
pub struct Built {
    run: RunId,
    number: u32,
    made: Result<Run>,
}

/// What a turn leaves to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// More, at once.
    Busy,
    /// Results are on their way.
    Waiting,
    /// Nothing until the next command or image.
    Done,
}

/// What else a command calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Also {
    /// Nothing.
    Nothing,
    /// The device may be what broke: it is to be opened again.
    NewDevice,
}

impl Build {
    /// Makes it ready, on data of which the sizes are known.
    pub async fn make(self, device: &Device, announced: &DataSet) -> Built {
        let made = Run::new(device, self.experiment, announced).await;
        let made = made.and_then(|mut run| match self.origin {
            Some((from, origin)) => run.go_on(from, origin).map(|()| run),
            None => Ok(run),
        });
        Built { run: self.run, number: self.number, made }
    }
}

impl Runs {
    /// Carries a command out, or begins to.
    pub fn command(&mut self, id: RunId, command: RunCommand, hear: Hear<'_>) -> Also {
        let mut also = Also::Nothing;
        if command == RunCommand::Close {
            self.slots.remove(&id);
            self.fair.forget(id);
            return also;
        }
        if let RunCommand::Fork { from, experiment } = command {
            if let Err(reason) = self.fork(id, from, experiment) {
                hear(id, RunTelemetry::Refused(reason));
            }
            self.show_states(hear);
            return also;
        }
        let slot = self.slots.entry(id).or_default();
        if matches!(command, RunCommand::Run | RunCommand::Step | RunCommand::Reset | RunCommand::Rewind { .. }) {
            // The next images may be others than those that it waited for.
            slot.waiting = false;
        }
        let outcome = match command {
            RunCommand::Start(experiment) => experiment.check().map(|()| slot.want(*experiment)),
            RunCommand::Run => {
                slot.running = true;
                slot.with_run(Run::stop_examination);
                Ok(())
            }
            RunCommand::Pause => {
                slot.pause().unwrap_or_else(|error| slot.fail(id, &error, hear));
                Ok(())
            }
            RunCommand::Step => {
                slot.stepping = true;
                Ok(())
            }
            RunCommand::Reset => {
                slot.halt();
                if slot.broken {
                    slot.broken = false;
                    also = Also::NewDevice;
                }
                if let Some(run) = &mut slot.run {
                    run.reset();
                    hear(id, run.ready());
                }
                Ok(())
            }
            RunCommand::SetLearningRate(rate) => check_learning_rate(rate).map(|()| {
                slot.with_run(|run| {
                    run.set_learning_rate(rate);
                    hear(id, RunTelemetry::LearningRate(rate));
                });
            }),
            RunCommand::Watch { index } => {
                slot.with_run(|run| run.watch(index));
                Ok(())
            }
            RunCommand::Classify(pixels) if pixels.len() != PIXELS => {
                Err(format!("A drawing has {} pixels; the network takes {PIXELS}, 28 x 28.", pixels.len()))
            }
            RunCommand::Classify(pixels) => {
                slot.with_run(|run| run.draw(Some(pixels)));
                Ok(())
            }
            RunCommand::ClearDrawing => {
                slot.with_run(|run| run.draw(None));
                Ok(())
            }
            RunCommand::Rewind { step } => {
                slot.halt();
                slot.run.as_mut().map_or_else(|| Err(NOT_READY.into()), |run| run.rewind(step))
            }
            RunCommand::SetStop(rules) => rules.check().map(|()| {
                slot.with_run(|run| run.set_stop(rules));
                if let Some(wanted) = &mut slot.wanted {
                    wanted.stop = rules;
                }
            }),
            RunCommand::Export => match slot.run.as_mut().map(Run::export) {
                Some(outcome) => outcome.map_err(|error| sentence(&error.to_string())),
                None => Err(NOT_READY.into()),
            },
            RunCommand::Close | RunCommand::Fork { .. } => Ok(()),
        };
        if let Err(reason) = outcome {
            hear(id, RunTelemetry::Refused(reason));
        }
        self.show_states(hear);
        also
    }

    /// Asks a run for its state, from which another is to go on.
    fn fork(&mut self, id: RunId, from: RunId, experiment: Option<Box<Experiment>>) -> std::result::Result<(), String> {
        experiment.as_ref().map_or(Ok(()), |experiment| experiment.check())?;
        let run = self.slots.get_mut(&from).and_then(|slot| slot.run.as_mut()).ok_or(NOT_READY)?;
        run.fork(id).map_err(|error| sentence(&error.to_string()))?;
        self.slots.entry(id).or_default().forking = Some((from, experiment));
        Ok(())
    }

    /// Forks whose state has come back are to be built; those whose run is no more are refused.
    fn split(&mut self, hear: Hear<'_>) {
        if self.slots.values().all(|slot| slot.forking.is_none()) {
            return;
        }
        let origins: Vec<(RunId, Origin)> =
            self.slots.values_mut().filter_map(|slot| slot.run.as_mut()).flat_map(Run::take_origins).collect();
        for (id, origin) in origins {
            let Some(slot) = self.slots.get_mut(&id) else { continue };
            if let Some((from, experiment)) = slot.forking.take() {
                slot.want(experiment.map_or_else(|| origin.experiment().clone(), |experiment| *experiment));
                slot.origin = Some((from, origin));
            }
        }
        let is_giving = |from: &RunId, to| self.slots.get(from).and_then(|slot| slot.run.as_ref()).is_some_and(|run| run.is_giving(to));
        let left = self.slots.iter().filter(|(id, slot)| slot.forking.as_ref().is_some_and(|(from, _)| !is_giving(from, **id)));
        let left: Vec<RunId> = left.map(|(&id, _)| id).collect();
        for id in left {
            if let Some(slot) = self.slots.get_mut(&id) {
                slot.forking = None;
                slot.broken = slot.run.is_none();
                hear(id, RunTelemetry::Refused("The run that it was to split off from has ended.".into()));
            }
        }
    }

    /// Whether there are runs to make ready.
    pub fn has_builds(&self) -> bool {
        self.slots.values().any(|slot| slot.to_build)
    }

    /// The runs to make ready, each once; to be asked for when there is a device and the sizes of the data are known.
    pub fn builds(&mut self) -> Vec<Build> {
        let mut builds = Vec::new();
        for (&run, slot) in self.slots.iter_mut().filter(|(_, slot)| slot.to_build) {
            slot.to_build = false;
            if let Some(experiment) = slot.wanted.clone() {
                self.builds += 1;
                slot.build = self.builds;
                builds.push(Build { run, number: self.builds, experiment, origin: slot.origin.take() });
            }
        }
        builds
    }

    /// Puts a run that was made ready in its place, unless something else is wanted there by now.
    pub fn built(&mut self, Built { run: id, number, made }: Built, data: &DataSet, hear: Hear<'_>) {
        let Some(slot) = self.slots.get_mut(&id).filter(|slot| slot.build == number && !slot.to_build) else { return };
        match made.and_then(|mut run| run.store(data).map(|()| run)) {
            Ok(mut run) => {
                if let Some(old) = slot.run.take() {
                    slot.halt();
                    slot.shown = Some(old.shown());
                }
                if let Some(shown) = slot.shown.take() {
                    run.show(shown);
                }
                (slot.broken, slot.waiting) = (false, false);
                hear(id, run.ready());
                slot.run = Some(run);
            }
            Err(error) => match slot.run.as_ref().map(|run| run.experiment().clone()) {
                Some(kept) => {
                    slot.wanted = Some(kept);
                    hear(id, RunTelemetry::Refused(sentence(&error.to_string())));
                }
                // There is nothing to go on with: the reader may change the experiment, or try again by Reset.
                None => slot.fail(id, &error, hear),
            },
        }
        self.show_states(hear);
    }

    /// The images are others: all runs end, and what is wanted is to be built again. What was shown is shown by the new runs.
    pub fn renew(&mut self, hear: Hear<'_>) {
        for slot in self.slots.values_mut() {
            slot.halt();
            (slot.waiting, slot.to_build, slot.origin) = (false, true, None);
            // What is being built is of the old images.
            slot.build = 0;
            if let Some(run) = slot.run.take() {
                slot.shown = Some(run.shown());
            }
        }
        self.show_states(hear);
    }

    /// The device is another: what is not there is to be built on it.
    pub fn repair(&mut self, hear: Hear<'_>) {
        for slot in self.slots.values_mut().filter(|slot| slot.run.is_none()) {
            (slot.to_build, slot.broken) = (true, false);
        }
        self.show_states(hear);
    }

    /// More images are in: they go to the device, and whoever waited for them goes on.
    pub fn store(&mut self, data: &DataSet, hear: Hear<'_>) {
        for (&id, slot) in &mut self.slots {
            slot.waiting = false;
            if let Some(Err(error)) = slot.run.as_mut().map(|run| run.store(data)) {
                slot.fail(id, &error, hear);
            }
        }
        self.show_states(hear);
    }

    /// The largest batch that a run of the page draws.
    pub fn largest_batch(&self) -> usize {
        self.slots.values().filter_map(|slot| slot.wanted.as_ref()).map(|experiment| experiment.batch_size).max().unwrap_or(1)
    }

    /// One turn: takes what has come back, and lets the run whose turn it is submit more.
    pub fn turn(&mut self, data: &DataSet, now_ms: &dyn Fn() -> f64, hear: Hear<'_>) -> Turn {
        for (&id, slot) in &mut self.slots {
            slot.collect(id, data, now_ms(), hear);
        }
        self.split(hear);
        let wants: Vec<RunId> = self.slots.iter().filter(|(_, slot)| slot.wants()).map(|(&id, _)| id).collect();
        let slots = &self.slots;
        let turn = match self.fair.next(&wants, |id| slots.get(&id).is_some_and(Slot::is_busy), now_ms()) {
            Next::Nobody if self.slots.values().any(Slot::is_busy) => Turn::Waiting,
            Next::Nobody => Turn::Done,
            Next::Drain(id) => {
                if let Some(slot) = self.slots.get_mut(&id)
                    && let Some(Err(error)) = slot.run.as_mut().map(Run::settle)
                {
                    slot.fail(id, &error, hear);
                }
                Turn::Waiting
            }
            Next::Go { run: id, begins } => match self.slots.get_mut(&id) {
                Some(slot) => match slot.go(id, begins, data, now_ms, hear) {
                    Ok(Progress::Full) => Turn::Waiting,
                    Ok(_) => Turn::Busy,
                    Err(error) => {
                        slot.fail(id, &error, hear);
                        Turn::Busy
                    }
                },
                None => Turn::Busy,
            },
        };
        self.show_states(hear);
        turn
    }

    fn show_states(&mut self, hear: Hear<'_>) {
        for (&id, slot) in &mut self.slots {
            let state = slot.present_state();
            if std::mem::replace(&mut slot.state, state) != state {
                hear(id, RunTelemetry::State(state));
            }
        }
    }
}

impl Slot {
    fn want(&mut self, experiment: Experiment) {
        (self.wanted, self.to_build, self.broken, self.origin) = (Some(experiment), true, false, None);
    }

    fn with_run(&mut self, change: impl FnOnce(&mut Run)) {
        if let Some(run) = &mut self.run {
            change(run);
        }
    }

    /// Neither running nor about to.
    fn halt(&mut self) {
        (self.running, self.stepping) = (false, false);
    }

    fn pause(&mut self) -> Result<()> {
        let was_running = self.running;
        self.halt();
        if let Some(run) = self.run.as_mut().filter(|_| was_running) {
            run.flush()?;
            run.examine();
        }
        Ok(())
    }

    /// The run is over: something broke.
    fn fail(&mut self, id: RunId, error: &Error, hear: Hear<'_>) {
        self.halt();
        (self.run, self.broken) = (None, true);
        hear(id, RunTelemetry::Failed(sentence(&error.to_string())));
    }

    fn present_state(&self) -> RunState {
        match (self.run.is_some(), self.running || self.stepping) {
            (true, true) if self.waiting => RunState::WaitingForData,
            (true, true) => RunState::Running,
            (true, false) => RunState::Paused,
            (false, _) if self.broken => RunState::Broken,
            (false, _) if self.wanted.is_some() || self.forking.is_some() => RunState::Preparing,
            (false, _) => RunState::Empty,
        }
    }

    /// Whether it has something to submit.
    fn wants(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.has_work() || (self.running || self.stepping) && !self.waiting)
    }

    fn is_busy(&self) -> bool {
        self.run.as_ref().is_some_and(Run::pending)
    }

    fn collect(&mut self, id: RunId, data: &DataSet, now_ms: f64, hear: Hear<'_>) {
        let Some(run) = &mut self.run else { return };
        if let Err(error) = run.collect(data, now_ms, &mut |telemetry| hear(id, telemetry)) {
            self.fail(id, &error, hear);
        }
    }

    /// Submits for the time of a turn.
    fn go(&mut self, id: RunId, begins: bool, data: &DataSet, now_ms: &dyn Fn() -> f64, hear: Hear<'_>) -> Result<Progress> {
        let Some(run) = &mut self.run else { return Ok(Progress::Idle) };
        if begins {
            run.resume();
        }
        let began = now_ms();
        let mut last = Progress::Idle;
        if self.stepping && !run.is_going_back() {
            last = run.single_step()?;
            if last == Progress::Submitted {
                (self.running, self.stepping) = (false, false);
            }
        } else {
            while now_ms() - began < TURN_MS {
                last = run.advance(data, self.running, now_ms())?;
                run.collect(data, now_ms(), &mut |telemetry| hear(id, telemetry))?;
                if last != Progress::Submitted {
                    break;
                }
            }
        }
        run.collect(data, now_ms(), &mut |telemetry| hear(id, telemetry))?;
        self.waiting = last == Progress::WaitingForData;
        if last == Progress::Ended {
            if let Some(reason) = run.stopped() {
                hear(id, RunTelemetry::Stopped(reason));
            }
            self.pause()?;
        }
        Ok(last)
    }
}

/// With a capital and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
