//! The worker's side of a page: its device, and the loop in which its commands are carried out and its runs take turns.
//!
//! Knows the browser's event loop; knows nothing of the page, of where data come from, and nothing of how a step is computed.

use super::choice;
use super::measure::Measurements;
use super::runs::{Also, Runs, Turn};
use super::stock::{Changed, Stock};
use super::turn;
use crate::protocol::{Command, DeviceWish, RunCommand, RunId, RunTelemetry, Telemetry};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use stride_engine::device::Device;
use wasm_bindgen_futures::spawn_local;

/// A page's session; clones are the same session.
#[derive(Clone)]
pub struct Session(Rc<Inner>);

struct Inner {
    tell: Rc<dyn Fn(Telemetry)>,
    /// Which device the reader asked for.
    wish: Cell<DeviceWish>,
    device: RefCell<Option<Rc<Device>>>,
    stock: Rc<Stock>,
    runs: RefCell<Runs>,
    /// The loop that trains and collects is on.
    driving: Cell<bool>,
    measurements: Rc<Measurements>,
}

impl Session {
    /// A session that tells through `tell`.
    pub fn new(tell: Rc<dyn Fn(Telemetry)>) -> Self {
        Session(Rc::new_cyclic(|inner: &Weak<Inner>| {
            let inner = inner.clone();
            let changed = move |changed| {
                if let Some(inner) = inner.upgrade() {
                    Session(inner).data_changed(changed);
                }
            };
            Inner {
                measurements: Measurements::new(tell.clone()),
                stock: Stock::new(tell.clone(), Box::new(changed)),
                tell,
                wish: Cell::default(),
                device: RefCell::default(),
                runs: RefCell::default(),
                driving: Cell::default(),
            }
        }))
    }

    /// Carries a command out, or begins to.
    pub fn command(&self, command: Command) {
        let inner = &self.0;
        match command {
            Command::Open { base, device } => {
                inner.stock.set_base(base);
                inner.wish.set(device);
                self.choose_device();
                inner.stock.fetch();
            }
            Command::OpenDevice(device) => {
                inner.wish.set(device);
                self.choose_device();
            }
            Command::Measure(measurement) => inner.measurements.add(inner.device.borrow().clone(), measurement),
            Command::StopMeasuring => inner.measurements.stop(),
            Command::UseFiles(files) => {
                let session = self.clone();
                inner.stock.use_files(files, move || session.0.runs.borrow().largest_batch());
            }
            Command::RetryData => inner.stock.fetch(),
            Command::UseSynthetic => inner.stock.draw_digits(),
            Command::Of { run, command } => self.run_command(run, command),
        }
        self.drive();
    }

    fn run_command(&self, run: RunId, command: RunCommand) {
        let also = self.with_runs(|runs, hear| runs.command(run, command, hear));
        if also == Also::NewDevice {
            self.choose_device();
        }
        self.prepare();
    }

    /// The runs, with the way to tell of them.
    fn with_runs<T>(&self, change: impl FnOnce(&mut Runs, &mut dyn FnMut(RunId, RunTelemetry)) -> T) -> T {
        let tell = &self.0.tell;
        change(&mut self.0.runs.borrow_mut(), &mut |run, telemetry| tell(Telemetry::Of { run, telemetry }))
    }

    /// Opens the best device that the reader's wish allows, then builds what is wanted on it.
    fn choose_device(&self) {
        let session = self.clone();
        spawn_local(async move {
            let (device, report) = choice::choose(session.0.wish.get()).await;
            session.0.device.replace(Some(Rc::new(device)));
            (session.0.tell)(Telemetry::Device(report));
            session.with_runs(|runs, hear| runs.repair(hear));
            session.prepare();
        });
    }

    /// Builds what is wanted, once there is a device and the data's size is known.
    fn prepare(&self) {
        if !self.0.runs.borrow().has_builds() {
            return;
        }
        let Some(device) = self.0.device.borrow().clone() else { return };
        let Some(announced) = self.0.stock.announced() else { return };
        for build in self.0.runs.borrow_mut().builds() {
            let (session, device, announced) = (self.clone(), device.clone(), announced.clone());
            spawn_local(async move {
                let built = build.make(&device, &announced).await;
                session.with_runs(|runs, hear| runs.built(built, &session.0.stock.data(), hear));
                session.drive();
            });
        }
    }

    fn data_changed(&self, changed: Changed) {
        match changed {
            Changed::Replaced => {
                self.with_runs(|runs, hear| runs.renew(hear));
                self.prepare();
            }
            Changed::Grown => self.with_runs(|runs, hear| runs.store(&self.0.stock.data(), hear)),
        }
        self.drive();
    }

    /// Trains and collects until there is nothing more to do.
    fn drive(&self) {
        if self.0.driving.replace(true) {
            return;
        }
        let session = self.clone();
        spawn_local(async move {
            loop {
                let after = session.with_runs(|runs, hear| runs.turn(&session.0.stock.data(), &turn::now_ms, hear));
                session.prepare();
                match after {
                    Turn::Busy => turn::next().await,
                    Turn::Waiting => turn::after_ms(2).await,
                    Turn::Done => break,
                }
            }
            session.0.driving.set(false);
        });
    }
}
