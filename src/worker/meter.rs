//! The page's end of measuring: a worker of its own, and measurements that are asked for and awaited.
//!
//! Knows the protocol; knows nothing of what is shown or of scripts.

use super::client::{LOADER, PATIENCE_MS, SILENT, UNSUPPORTED, device_wish, has_workers};
use super::codec::Packed;
use super::line::Line;
use crate::protocol::{Command, DeviceReport, Measurement, Progress, Speed, Telemetry, Workload};
use futures::channel::oneshot;
use gloo::timers::callback::Timeout;
use gloo_worker::{Spawnable, WorkerBridge};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use yew::Callback;

const LEFT: &str = "The page that measures was left.";

/// What the worker says on its own account.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The device is open.
    Device(DeviceReport),
    /// How far the present measurement is.
    Progress(Progress),
    /// The worker broke: nothing more is measured. One sentence.
    Broke(String),
}

/// A worker that measures; clones are the same worker. It ends when [`Meter::close`] is called.
#[derive(Clone)]
pub struct Meter(Rc<Inner>);

#[derive(Default)]
struct Inner {
    bridge: RefCell<Option<WorkerBridge<Line>>>,
    last_id: Cell<u32>,
    waiting: RefCell<HashMap<u32, oneshot::Sender<Result<Speed, String>>>>,
    /// Runs until the worker's first message.
    first_sign: RefCell<Option<Timeout>>,
    /// Why the worker answers no more.
    broken: RefCell<Option<String>>,
}

impl PartialEq for Meter {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Meter {
    /// Spawns the worker on the device that the page's address asks for.
    pub fn open(hear: Callback<News>) -> Self {
        let meter = Meter(Rc::default());
        if !has_workers() {
            meter.0.fail(UNSUPPORTED);
            hear.emit(News::Broke(UNSUPPORTED.into()));
            return meter;
        }
        // Weak, so that a worker that is let go of has nobody to tell.
        let inner = Rc::downgrade(&meter.0);
        let silent = {
            let (inner, hear) = (inner.clone(), hear.clone());
            move || {
                if let Some(inner) = inner.upgrade() {
                    inner.fail(SILENT);
                }
                hear.emit(News::Broke(SILENT.into()));
            }
        };
        meter.0.first_sign.replace(Some(Timeout::new(PATIENCE_MS, silent)));
        let told = move |telemetry| {
            let Some(inner) = inner.upgrade() else { return };
            inner.first_sign.take();
            match telemetry {
                Telemetry::Device(report) => hear.emit(News::Device(report)),
                Telemetry::Measuring(progress) => hear.emit(News::Progress(progress)),
                Telemetry::Measured(measured) => {
                    if let Some(waiting) = inner.waiting.borrow_mut().remove(&measured.id) {
                        // Who asked may be gone.
                        waiting.send(measured.outcome).unwrap_or_default();
                    }
                }
                Telemetry::Failed(reason) => {
                    inner.fail(&reason);
                    hear.emit(News::Broke(reason));
                }
                _ => {}
            }
        };
        let bridge = Line::spawner().callback(told).as_module(false).with_loader(true).encoding::<Packed>().spawn(LOADER);
        let query = gloo::utils::window().location().search().unwrap_or_default();
        bridge.send(Command::OpenDevice(device_wish(&query)));
        meter.0.bridge.replace(Some(bridge));
        meter
    }

    /// Measures so many steps of this, or as many as fit in `budget_ms`; the error is one sentence.
    pub async fn measure(&self, workload: Workload, steps: u32, budget_ms: Option<f64>) -> Result<Speed, String> {
        if let Some(reason) = &*self.0.broken.borrow() {
            return Err(reason.clone());
        }
        let id = self.0.last_id.get() + 1;
        self.0.last_id.set(id);
        let (answer, answered) = oneshot::channel();
        self.0.waiting.borrow_mut().insert(id, answer);
        self.0.send(Command::Measure(Measurement { id, workload, steps, budget_ms }));
        answered.await.unwrap_or_else(|_| Err(LEFT.into()))
    }

    /// Gives up what is being measured and what waits for it.
    pub fn stop(&self) {
        self.0.send(Command::StopMeasuring);
    }

    /// Ends the worker, with all the memory that it has.
    pub fn close(&self) {
        self.0.bridge.take();
        self.0.first_sign.take();
        self.0.fail(LEFT);
    }
}

impl Inner {
    fn send(&self, command: Command) {
        if let Some(bridge) = &*self.bridge.borrow() {
            bridge.send(command);
        }
    }

    /// Nothing more will be answered.
    fn fail(&self, reason: &str) {
        self.broken.replace(Some(reason.into()));
        for (_, waiting) in self.waiting.take() {
            // Who asked may be gone.
            waiting.send(Err(reason.to_string())).unwrap_or_default();
        }
    }
}
