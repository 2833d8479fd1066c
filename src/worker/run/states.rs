//! What a run was and is: the moments that it keeps, going back to one, giving its state to another run or to a file.
//!
//! Knows when states are read and put back; knows nothing of what a step computes.

use super::{Progress, Run, Shown};
use crate::experiment::Experiment;
use crate::protocol::{RunId, RunTelemetry, Split};
use crate::worker::past::{Moment, Past};
use std::collections::VecDeque;
use std::rc::Rc;
use stride_engine::checkpoint::Checkpoint;
use stride_engine::error::Result;
use stride_engine::trainer::Arenas;

/// States of a run: those kept, and those on their way.
#[derive(Default)]
pub(super) struct States {
    past: Past,
    /// The states that have been asked for, oldest first, and what has come back of the oldest.
    asked: VecDeque<Asked>,
    arriving: Arenas,
    bytes: usize,
    /// Their reads that are on their way: they are besides what the pace counts.
    pub(super) reads: usize,
    /// The run goes back to this step when nothing is on its way any more.
    pub(super) going_back: Option<u32>,
    /// It has gone back, and training has not gone on.
    is_back: bool,
    /// Where it split off.
    pub(super) from: Option<Split>,
    /// What forks are to go on from.
    origins: Vec<(RunId, Origin)>,
}

/// A state that was asked for.
struct Asked {
    learning_rate: f32,
    purpose: Purpose,
}

/// What a state is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// To be kept among others.
    Keep,
    /// To be kept as where the run is.
    Present,
    /// This run goes on from it.
    Fork(RunId),
    /// To be saved.
    Export,
}

/// A state that has come back whole.
pub(super) struct Arrived {
    asked: Asked,
    step: u32,
    arenas: Arenas,
    bytes: usize,
}

/// What another run goes on from: this run's state at one step.
pub struct Origin {
    step: u32,
    began: u32,
    checkpoint: Checkpoint,
    experiment: Experiment,
    past: Past,
    shown: Shown,
}

impl Origin {
    /// The experiment that the run was, with its learning rate at that step.
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }
}

impl States {
    /// A part of a state has come back, of so many; the state, if that was the last.
    pub(super) fn arrive(&mut self, step: u32, part: usize, values: &[f32], parts: usize) -> Option<Arrived> {
        self.reads = self.reads.saturating_sub(1);
        self.arriving.take(step, part, values);
        self.bytes = if part == 0 { 0 } else { self.bytes } + size_of_val(values);
        if part + 1 < parts {
            return None;
        }
        let (arenas, bytes) = (std::mem::take(&mut self.arriving), self.bytes);
        self.asked.pop_front().map(|asked| Arrived { asked, step, arenas, bytes })
    }
}

impl Run {
    /// Goes back, or forth again, to a step that is kept, as soon as what is on its way is back. The error is one sentence.
    pub fn rewind(&mut self, step: u32) -> std::result::Result<(), String> {
        if self.states.past.at(step).is_none() {
            return Err(match self.states.past.steps().as_slice() {
                [] => format!("Step {step} is not kept, and no other: what this run would have to keep is too large."),
                steps => {
                    let nearest = steps.iter().min_by_key(|kept| kept.abs_diff(step)).copied().unwrap_or_default();
                    format!("Step {step} is not kept; the nearest that is kept is step {nearest}.")
                }
            });
        }
        self.test = None;
        self.states.going_back = Some(step);
        self.flush().map_err(|error| error.to_string())
    }

    /// Whether it is about to go back.
    pub fn is_going_back(&self) -> bool {
        self.states.going_back.is_some()
    }

    /// Gives its present state to another run.
    pub fn fork(&mut self, to: RunId) -> Result<()> {
        self.trainer.flush()?;
        self.ask(Purpose::Fork(to))
    }

    /// Whether another run's state is on its way to it.
    pub fn is_giving(&self, to: RunId) -> bool {
        self.states.asked.iter().any(|asked| asked.purpose == Purpose::Fork(to)) || self.states.origins.iter().any(|(run, _)| *run == to)
    }

    /// The states that forks go on from, once they have come back.
    pub fn take_origins(&mut self) -> Vec<(RunId, Origin)> {
        std::mem::take(&mut self.states.origins)
    }

    /// Gives its present state as a file.
    pub fn export(&mut self) -> Result<()> {
        self.ask(Purpose::Export)
    }

    /// Goes on from another run's state; to be called before anything is trained. With another kind of optimizer the weights are taken,
    /// and its averages begin there.
    pub fn go_on(&mut self, from: RunId, origin: Origin) -> Result<()> {
        let Origin { step, began, checkpoint, experiment, past, shown } = origin;
        let same_states = self.experiment.optimizer.states() == experiment.optimizer.states();
        if same_states {
            self.trainer.restore(&checkpoint)?;
            self.trainer.count_from(step, began);
        } else {
            self.trainer.restore(&checkpoint.weights())?;
            self.trainer.count_from(step, step);
        }
        if same_states && self.experiment.model == experiment.model && self.experiment.seed == experiment.seed {
            self.states.past = past;
            self.states.past.cut(step);
        }
        self.states.from = Some(Split { run: from, step });
        self.show(shown);
        self.arrive_at(step);
        Ok(())
    }

    /// Before a step is trained: what lies after it is forgotten, if it has gone back; and it is kept, if it is to be.
    pub(super) fn before_step(&mut self) -> Result<()> {
        let step = self.trainer.step();
        if self.states.is_back {
            self.states.is_back = false;
            self.states.past.cut(step);
            self.news.push(RunTelemetry::Cut { step });
            self.tell_kept();
        }
        if self.states.past.is_due(step, self.state_bytes()) { self.ask(Purpose::Keep) } else { Ok(()) }
    }

    /// Keeps the state as it is, so that the run can come back to it from its past.
    pub(super) fn keep_present(&mut self) -> Result<()> {
        let step = self.trainer.step();
        let is_kept = self.states.past.at(step).is_some();
        if step == 0 || is_kept { Ok(()) } else { self.ask(Purpose::Present) }
    }

    /// Goes back, if nothing is on its way.
    pub(super) fn go_back(&mut self) -> Result<Progress> {
        if self.trainer.pending() > 0 {
            return Ok(Progress::Full);
        }
        let step = self.states.going_back.take();
        let Some(moment) = step.and_then(|step| self.states.past.at(step)).cloned() else { return Ok(Progress::Idle) };
        let checkpoint = self.trainer.checkpoint(&moment.state)?;
        self.trainer.restore(&checkpoint)?;
        self.trainer.count_from(moment.step, moment.began);
        self.learning_rate = moment.learning_rate;
        self.states.is_back = true;
        self.arrive_at(moment.step);
        self.news.push(RunTelemetry::Rewound { step: moment.step, learning_rate: moment.learning_rate });
        Ok(Progress::Submitted)
    }

    /// The weights are those of this step now.
    fn arrive_at(&mut self, step: u32) {
        self.rates.clear();
        self.ordered_epoch = None;
        self.test = None;
        // What was to be tested there was tested by who was there before.
        let tested = step > 0 && (step.is_multiple_of(self.experiment.measure.test_every) || self.ends_epoch());
        self.tested_at = tested.then_some((step, false));
        self.look_now = true;
        self.ending.again();
        self.tell_kept();
    }

    fn ask(&mut self, purpose: Purpose) -> Result<()> {
        self.states.asked.push_back(Asked { learning_rate: self.learning_rate, purpose });
        self.states.reads += self.trainer.state_parts();
        self.trainer.read_state()
    }

    pub(super) fn take_state(&mut self, Arrived { asked, step, arenas, bytes }: Arrived) -> Result<()> {
        let Asked { learning_rate, purpose } = asked;
        let began = self.trainer.optimizer_began();
        match purpose {
            Purpose::Keep | Purpose::Present => {
                let moment = Rc::new(Moment { step, state: arenas, learning_rate, began, bytes });
                if purpose == Purpose::Keep {
                    self.states.past.keep(moment)
                } else {
                    self.states.past.keep_present(moment)
                }
                self.tell_kept();
            }
            Purpose::Fork(run) => {
                let checkpoint = self.trainer.checkpoint(&arenas)?;
                let experiment = Experiment { learning_rate, ..self.experiment.clone() };
                let origin = Origin { step, began, checkpoint, experiment, past: self.states.past.clone(), shown: self.shown() };
                self.states.origins.push((run, origin));
            }
            Purpose::Export => {
                let file = self.trainer.checkpoint(&arenas)?.to_safetensors()?;
                self.news.push(RunTelemetry::Exported { step, file });
            }
        }
        Ok(())
    }

    fn tell_kept(&mut self) {
        self.news.push(RunTelemetry::Kept(self.states.past.steps()));
    }

    /// About what a state takes.
    fn state_bytes(&self) -> usize {
        let parameters = self.parameters.last().map_or(0, |last| last.range().end);
        size_of::<f32>() * parameters * (1 + self.experiment.optimizer.states().len())
    }
}
