//! Measuring in the worker, one measurement after the other: warm up, begin anew, time until the last loss is back.
//!
//! Knows the event loop, the pace of a run and jobs; knows nothing of what a job computes, nor of who reads the figures.

use super::pace::Pace;
use super::turn;
use crate::bench::Job;
use crate::protocol::{Measured, Measurement, Progress, Speed, Telemetry};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use stride_engine::device::Device;
use stride_engine::error::Error;
use wasm_bindgen_futures::spawn_local;

/// Steps are submitted for so long at a time, in milliseconds, before the worker listens for commands.
const TURN_MS: f64 = 24.0;

/// Nothing is timed before so many milliseconds: pipelines are made, and code optimised, as it is first used.
const WARM_UP_MS: f64 = 300.0;

/// Where steps are shorter, in milliseconds, a timer would be a part of what is measured.
const QUICK_MS: f64 = 8.0;

/// At least so long between two messages of how far a measurement is, in milliseconds.
const TELL_EVERY_MS: f64 = 100.0;

const STOPPED: &str = "The measurement was stopped.";

/// What is to be measured, in order.
pub(super) struct Measurements {
    tell: Rc<dyn Fn(Telemetry)>,
    waiting: RefCell<VecDeque<(Option<Rc<Device>>, Measurement)>>,
    /// The loop that measures is on.
    measuring: Cell<bool>,
    stopping: Cell<bool>,
}

/// Why there is no figure.
enum Ended {
    Stopped,
    Broke(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Ended::Broke(error)
    }
}

impl Measurements {
    pub(super) fn new(tell: Rc<dyn Fn(Telemetry)>) -> Rc<Self> {
        Rc::new(Measurements { tell, waiting: RefCell::default(), measuring: Cell::default(), stopping: Cell::default() })
    }

    /// Measures this on the device after what was to be measured before.
    pub(super) fn add(self: &Rc<Self>, device: Option<Rc<Device>>, measurement: Measurement) {
        self.waiting.borrow_mut().push_back((device, measurement));
        if self.measuring.replace(true) {
            return;
        }
        let all = self.clone();
        spawn_local(async move {
            loop {
                let next = all.waiting.borrow_mut().pop_front();
                let Some((device, measurement)) = next else { break };
                all.stopping.set(false);
                let outcome = match device {
                    Some(device) => all.measure(&device, &measurement).await.map_err(|ended| match ended {
                        Ended::Stopped => STOPPED.to_string(),
                        Ended::Broke(error) => error.to_string(),
                    }),
                    None => Err("The device is not ready yet.".into()),
                };
                (all.tell)(Telemetry::Measured(Measured { id: measurement.id, outcome }));
            }
            all.measuring.set(false);
        });
    }

    /// Gives up the present measurement, and all that wait.
    pub(super) fn stop(&self) {
        self.stopping.set(true);
        for (_, measurement) in self.waiting.take() {
            (self.tell)(Telemetry::Measured(Measured { id: measurement.id, outcome: Err(STOPPED.into()) }));
        }
    }

    async fn measure(&self, device: &Device, measurement: &Measurement) -> Result<Speed, Ended> {
        let mut job = Job::new(device, measurement.workload).await?;
        let mut deaf = |_: u32, _: f64| ();
        self.run(&mut job, u32::MAX, Some((WARM_UP_MS, 1)), &mut deaf).await?;
        job.reset()?;
        while job.pending() > 0 {
            job.poll()?;
            self.wait(1.0).await?;
        }
        let (began, mut told) = (turn::now_ms(), turn::now_ms());
        let mut tell = |steps: u32, now_ms: f64| {
            if now_ms - told > TELL_EVERY_MS {
                told = now_ms;
                (self.tell)(Telemetry::Measuring(Progress { id: measurement.id, steps, ms: now_ms - began }));
            }
        };
        let budget = measurement.budget_ms.map(|ms| (ms, 2));
        let (steps, ms) = self.run(&mut job, measurement.steps, budget, &mut tell).await?;
        let loss = job.loss().ok_or_else(|| Error::device("the last loss never came back"))?;
        if !loss.is_finite() {
            return Err(Error::device(format!("the loss after {steps} steps is {loss}, which is no number to compute on with")).into());
        }
        Ok(Speed { steps, ms_per_step: ms / f64::from(steps), loss, memory_bytes: job.bytes() })
    }

    /// Does so many steps, or, with a budget of milliseconds and steps, no more once both are used up; how many, and how long they took.
    /// As in a run, as many are on their way at once as the pace allows.
    async fn run(&self, job: &mut Job, most: u32, budget: Option<(f64, u32)>, tell: &mut dyn FnMut(u32, f64)) -> Result<(u32, f64), Ended> {
        let (began, mut pace) = (turn::now_ms(), Pace::default());
        let (mut submitted, mut finished, mut enough) = (0, 0, most);
        loop {
            let turn_began = turn::now_ms();
            let busy = loop {
                let now = turn::now_ms();
                if budget.is_some_and(|(ms, steps)| now - began >= ms && submitted >= steps) {
                    enough = enough.min(submitted);
                }
                let has_room = submitted < enough && pace.has_room(job.pending(), (submitted - finished) as usize);
                if has_room {
                    submitted += 1;
                    job.step(submitted == enough || pace.is_time_to_report((submitted - finished) as usize))?;
                } else if job.pending() == 0 {
                    // Those that were not asked for: the last of all, or more than a device that has become slow may have on its way.
                    job.flush()?;
                }
                let now = turn::now_ms();
                let came = job.poll()?;
                if came > 0 {
                    finished += came as u32;
                    pace.finished(came, now);
                }
                if finished == enough {
                    return Ok((finished, now - began));
                }
                if !has_room || now - turn_began > TURN_MS {
                    break has_room;
                }
            };
            let now = turn::now_ms();
            tell(finished, now);
            let step_ms = (now - began) / f64::from(finished.max(1));
            self.wait(if busy { 0.0 } else { step_ms }).await?;
        }
    }

    /// Lets messages and results in; what is waited for takes about so long.
    async fn wait(&self, step_ms: f64) -> Result<(), Ended> {
        if step_ms < QUICK_MS {
            turn::next().await
        } else {
            turn::after_ms(1).await
        }
        if self.stopping.get() { Err(Ended::Stopped) } else { Ok(()) }
    }
}
