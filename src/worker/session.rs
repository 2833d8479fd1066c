//! The worker's side of a page: carries its commands out and tells it what comes of them.
//!
//! Knows the browser's event loop, the data's arrival and the run; knows nothing of the page, and nothing of how a step is computed.

use super::choice;
use super::measure::Measurements;
use super::run::{Progress, Run, Shown};
use super::turn;
use crate::data::load::{self, Arrival};
use crate::data::{DataSet, PIXELS};
use crate::experiment::{Experiment, check_learning_rate};
use crate::protocol::{Command, DataStatus, DeviceWish, NamedFile, RunState, Telemetry};
use futures::future::{AbortHandle, abortable};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use stride_engine::device::Device;
use stride_engine::error::Error;
use wasm_bindgen_futures::spawn_local;

/// Steps are submitted for so long at a time, in milliseconds, before the worker listens for commands.
const TURN_MS: f64 = 24.0;

/// Digits drawn where no data can be fetched.
const DRAWN_TRAIN: usize = 12_000;
const DRAWN_TEST: usize = 2_000;
const DRAWN_SEED: u32 = 1;

/// A page's session; clones are the same session.
#[derive(Clone)]
pub struct Session(Rc<Inner>);

struct Inner {
    tell: Rc<dyn Fn(Telemetry)>,
    base: RefCell<String>,
    /// Which device the reader asked for.
    wish: Cell<DeviceWish>,
    device: RefCell<Option<Rc<Device>>>,
    data: RefCell<DataSet>,
    status: RefCell<Option<DataStatus>>,
    /// Counts the sources of data: what an earlier one still delivers is dropped.
    source: Cell<u32>,
    /// Ends the transfer of the present source.
    transfer: RefCell<Option<AbortHandle>>,
    /// What the page wants to run.
    wanted: RefCell<Option<Experiment>>,
    /// Counts the runs wanted: a run that is ready too late is dropped.
    order: Cell<u32>,
    run: RefCell<Option<Run>>,
    /// What the last run was shown, for the next.
    shown: RefCell<Option<Shown>>,
    state: Cell<RunState>,
    /// Run was pressed.
    running: Cell<bool>,
    /// Step was pressed.
    stepping: Cell<bool>,
    /// The loop that trains and collects is on.
    driving: Cell<bool>,
    measurements: Rc<Measurements>,
}

impl Session {
    /// A session that tells through `tell`.
    pub fn new(tell: Rc<dyn Fn(Telemetry)>) -> Self {
        Session(Rc::new(Inner {
            measurements: Measurements::new(tell.clone()),
            tell,
            base: RefCell::default(),
            wish: Cell::default(),
            device: RefCell::default(),
            data: RefCell::default(),
            status: RefCell::default(),
            source: Cell::default(),
            transfer: RefCell::default(),
            wanted: RefCell::default(),
            order: Cell::default(),
            run: RefCell::default(),
            shown: RefCell::default(),
            state: Cell::default(),
            running: Cell::default(),
            stepping: Cell::default(),
            driving: Cell::default(),
        }))
    }

    /// Carries a command out, or begins to.
    pub fn command(&self, command: Command) {
        let inner = &self.0;
        match command {
            Command::Open { base, device } => {
                inner.base.replace(base);
                inner.wish.set(device);
                self.choose_device();
                self.fetch();
            }
            Command::OpenDevice(device) => {
                inner.wish.set(device);
                self.choose_device();
            }
            Command::Measure(measurement) => inner.measurements.add(inner.device.borrow().clone(), measurement),
            Command::StopMeasuring => inner.measurements.stop(),
            Command::Start(experiment) => match experiment.check() {
                Ok(()) => {
                    inner.wanted.replace(Some(*experiment));
                    self.prepare();
                }
                Err(reason) => self.tell(Telemetry::Refused(reason)),
            },
            Command::Run => {
                inner.running.set(true);
                self.with_run(Run::stop_examination);
            }
            Command::Pause => self.pause(),
            Command::Step => inner.stepping.set(true),
            Command::Reset => {
                self.halt();
                if inner.state.get() == RunState::Broken {
                    // The device may be what broke.
                    self.set_state(RunState::Preparing);
                    self.choose_device();
                }
                self.with_run(|run| {
                    run.reset();
                    (inner.tell)(run.ready());
                });
            }
            Command::SetLearningRate(rate) => match check_learning_rate(rate) {
                Ok(()) => self.with_run(|run| run.set_learning_rate(rate)),
                Err(reason) => self.tell(Telemetry::Refused(reason)),
            },
            Command::Watch { index } => self.with_run(|run| run.watch(index)),
            Command::Classify(pixels) if pixels.len() != PIXELS => {
                let reason = format!("A drawing has {} pixels; the network takes {PIXELS}, 28 x 28.", pixels.len());
                self.tell(Telemetry::Refused(reason));
            }
            Command::Classify(pixels) => self.with_run(|run| run.draw(Some(pixels))),
            Command::ClearDrawing => self.with_run(|run| run.draw(None)),
            Command::UseFiles(files) => self.use_files(files),
            Command::RetryData => self.fetch(),
            Command::UseSynthetic => self.draw_digits(),
        }
        self.show_state();
        self.drive();
    }

    /// Opens the best device that the reader's wish allows, then builds what is wanted on it.
    fn choose_device(&self) {
        let session = self.clone();
        spawn_local(async move {
            let (device, report) = choice::choose(session.0.wish.get()).await;
            session.0.device.replace(Some(Rc::new(device)));
            session.tell(Telemetry::Device(report));
            session.prepare();
        });
    }

    fn tell(&self, telemetry: Telemetry) {
        (self.0.tell)(telemetry);
    }

    fn with_run(&self, change: impl FnOnce(&mut Run)) {
        if let Some(run) = &mut *self.0.run.borrow_mut() {
            change(run);
        }
    }

    /// Neither running nor about to.
    fn halt(&self) {
        self.0.running.set(false);
        self.0.stepping.set(false);
    }

    fn pause(&self) {
        let was_running = self.0.running.get();
        self.halt();
        if was_running {
            let flushed = match &mut *self.0.run.borrow_mut() {
                Some(run) => run.flush().map(|()| run.examine()),
                None => Ok(()),
            };
            if let Err(error) = flushed {
                self.fail(error);
            }
        }
    }

    /// The run is over: something broke.
    fn fail(&self, error: Error) {
        self.halt();
        self.0.run.replace(None);
        self.tell(Telemetry::Failed(sentence(&error.to_string())));
        self.set_state(RunState::Broken);
    }

    /// Tells the state if it is another than the page knows.
    fn show_state(&self) {
        let inner = &self.0;
        let ready = inner.run.borrow().is_some();
        let state = match (ready, inner.running.get() || inner.stepping.get()) {
            (true, true) if inner.state.get() == RunState::WaitingForData => RunState::WaitingForData,
            (true, true) => RunState::Running,
            (true, false) => RunState::Paused,
            (false, _) if inner.state.get() == RunState::Broken => RunState::Broken,
            (false, _) if inner.wanted.borrow().is_some() => RunState::Preparing,
            (false, _) => RunState::Empty,
        };
        self.set_state(state);
    }

    fn set_state(&self, state: RunState) {
        if self.0.state.replace(state) != state {
            self.tell(Telemetry::State(state));
        }
    }

    /// Builds the wanted experiment, once there is a device and the data's size is known.
    fn prepare(&self) {
        let inner = &self.0;
        let (Some(experiment), Some(device)) = (inner.wanted.borrow().clone(), inner.device.borrow().clone()) else { return };
        if inner.data.borrow().train_total() == 0 {
            return;
        }
        inner.order.set(inner.order.get() + 1);
        if inner.state.get() == RunState::Broken {
            self.set_state(RunState::Preparing);
        }
        let (order, session) = (inner.order.get(), self.clone());
        spawn_local(async move {
            // The data may grow while the device is made ready; what is in then is stored after.
            let announced = {
                let data = session.0.data.borrow();
                DataSet { name: String::new(), shard_sizes: data.shard_sizes.clone(), test_total: data.test_total, ..DataSet::default() }
            };
            let made = Run::new(&device, experiment, &announced).await;
            if session.0.order.get() == order {
                session.begin(made);
            }
        });
    }

    fn begin(&self, made: Result<Run, Error>) {
        let stored = made.and_then(|mut run| run.store(&self.0.data.borrow()).map(|()| run));
        match stored {
            Ok(mut run) => {
                if let Some(old) = &*self.0.run.borrow() {
                    self.halt();
                    self.0.shown.replace(Some(old.shown()));
                }
                if let Some(shown) = self.0.shown.take() {
                    run.show(shown);
                }
                self.tell(run.ready());
                self.0.run.replace(Some(run));
            }
            Err(error) => match self.0.run.borrow().as_ref().map(|run| run.experiment().clone()) {
                Some(kept) => {
                    self.0.wanted.replace(Some(kept));
                    self.tell(Telemetry::Refused(sentence(&error.to_string())));
                }
                // There is nothing to go on with: the reader may change the experiment, or try again by Reset.
                None => {
                    self.fail(error);
                    return;
                }
            },
        }
        self.show_state();
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
                match session.turn() {
                    Ok(Turn::Busy) => turn::next().await,
                    Ok(Turn::Waiting) => turn::after_ms(2).await,
                    Ok(Turn::Done) => break,
                    Err(error) => {
                        session.fail(error);
                        break;
                    }
                }
            }
            session.0.driving.set(false);
        });
    }

    /// One turn of the event loop.
    fn turn(&self) -> Result<Turn, Error> {
        let inner = &self.0;
        let (mut slot, data) = (inner.run.borrow_mut(), inner.data.borrow());
        let Some(run) = &mut *slot else { return Ok(Turn::Done) };
        let began = turn::now_ms();
        let mut last = Progress::Idle;
        if inner.stepping.get() {
            last = run.single_step()?;
            if last == Progress::Submitted {
                self.halt();
            }
        } else {
            while turn::now_ms() - began < TURN_MS {
                last = run.advance(&data, inner.running.get(), turn::now_ms())?;
                run.collect(&data, turn::now_ms(), &mut |telemetry| (inner.tell)(telemetry))?;
                if last != Progress::Submitted {
                    break;
                }
            }
        }
        run.collect(&data, turn::now_ms(), &mut |telemetry| (inner.tell)(telemetry))?;
        let pending = run.pending();
        drop(slot);
        let wants = inner.running.get() || inner.stepping.get();
        if wants && last == Progress::WaitingForData {
            self.set_state(RunState::WaitingForData);
        } else if inner.state.get() == RunState::WaitingForData && last == Progress::Submitted {
            self.set_state(RunState::Running);
        }
        self.show_state();
        Ok(match last {
            Progress::Submitted => Turn::Busy,
            // New images wake the loop.
            Progress::WaitingForData if !pending => Turn::Done,
            Progress::Idle if !pending => Turn::Done,
            Progress::Full | Progress::WaitingForData | Progress::Idle => Turn::Waiting,
        })
    }

    /// Fetches the packed data set.
    fn fetch(&self) {
        let session = self.clone();
        let source = self.new_source();
        let folder = format!("{}data/mnist/", self.0.base.borrow());
        let arriving = self.clone();
        let (transfer, handle) = abortable(async move { load::packed(&folder, |arrival| arriving.arrived(source, arrival)).await });
        self.0.transfer.replace(Some(handle));
        spawn_local(async move {
            if let Ok(Err(problem)) = transfer.await {
                session.report_problem(source, problem);
            }
        });
    }

    /// Draws digits in the browser.
    fn draw_digits(&self) {
        let session = self.clone();
        let source = self.new_source();
        spawn_local(async move {
            load::drawn(DRAWN_SEED, DRAWN_TRAIN, DRAWN_TEST, |arrival| session.arrived(source, arrival)).await;
        });
    }

    /// Reads the reader's own files; what is wrong with them changes nothing.
    fn use_files(&self, files: Vec<NamedFile>) {
        let session = self.clone();
        spawn_local(async move {
            let files: Vec<(String, String)> = files.into_iter().map(|file| (file.name, file.url)).collect();
            let read = load::files(&files).await;
            // The files have been read, or will not be: the addresses need not keep them any more.
            files.iter().for_each(|(_, url)| web_sys::Url::revoke_object_url(url).unwrap_or_default());
            match read.and_then(|set| session.large_enough(set)) {
                Ok(set) => {
                    let source = session.new_source();
                    session.replace_data(source, set, 0);
                }
                Err(reason) => session.tell(Telemetry::Refused(sentence(&format!("these files cannot be used: {reason}")))),
            }
        });
    }

    /// The set, if a batch of the present experiment can be drawn from it.
    fn large_enough(&self, set: DataSet) -> Result<DataSet, String> {
        let batch = self.0.wanted.borrow().as_ref().map_or(1, |experiment| experiment.batch_size);
        if set.train_total() >= batch {
            return Ok(set);
        }
        Err(format!("{} has {} training images and a batch takes {batch}; choose a smaller batch first", set.name, set.train_total()))
    }

    /// A number for a new source of data; the transfer of the present one ends.
    fn new_source(&self) -> u32 {
        if let Some(transfer) = self.0.transfer.take() {
            transfer.abort();
        }
        self.0.source.set(self.0.source.get() + 1);
        self.0.source.get()
    }

    fn replace_data(&self, source: u32, set: DataSet, bytes_total: u64) {
        if self.0.source.get() != source {
            return;
        }
        let status = DataStatus {
            name: set.name.clone(),
            train_images: set.train.len(),
            train_total: set.train_total(),
            test_images: set.test.len(),
            bytes: 0,
            bytes_total,
            problem: None,
        };
        self.halt();
        // The old run's results are of the old images: it ends here, and what is shown is shown by the new one.
        if let Some(run) = self.0.run.take() {
            self.0.shown.replace(Some(run.shown()));
        }
        self.0.data.replace(set);
        self.tell(Telemetry::Data(status.clone()));
        self.0.status.replace(Some(status));
        self.prepare();
        self.show_state();
    }

    fn arrived(&self, source: u32, arrival: Arrival) {
        if self.0.source.get() != source {
            return;
        }
        match arrival {
            Arrival::Announced { set, bytes_total } => self.replace_data(source, set, bytes_total),
            Arrival::Bytes(bytes) => self.update_status(|status| status.bytes = bytes),
            Arrival::Train(images) => {
                self.0.data.borrow_mut().train.append(&images);
                self.stored();
            }
            Arrival::Test(images) => {
                self.0.data.borrow_mut().test.append(&images);
                self.stored();
            }
        }
    }

    /// More images are in: they go to the device, and whoever waited for them goes on.
    fn stored(&self) {
        let stored = {
            let data = self.0.data.borrow();
            self.0.run.borrow_mut().as_mut().map_or(Ok(()), |run| run.store(&data))
        };
        if let Err(error) = stored {
            self.fail(error);
        }
        let (train, test) = {
            let data = self.0.data.borrow();
            (data.train.len(), data.test.len())
        };
        self.update_status(|status| (status.train_images, status.test_images) = (train, test));
        self.drive();
    }

    fn report_problem(&self, source: u32, problem: String) {
        if self.0.source.get() != source {
            return;
        }
        if self.0.status.borrow().is_none() {
            self.0.status.replace(Some(DataStatus {
                name: "MNIST".into(),
                train_images: 0,
                train_total: 0,
                test_images: 0,
                bytes: 0,
                bytes_total: 0,
                problem: None,
            }));
        }
        self.update_status(|status| status.problem = Some(sentence(&problem)));
    }

    fn update_status(&self, change: impl FnOnce(&mut DataStatus)) {
        let status = {
            let mut slot = self.0.status.borrow_mut();
            let Some(status) = &mut *slot else { return };
            change(status);
            status.clone()
        };
        self.tell(Telemetry::Data(status));
    }
}

/// What a turn leaves to do.
enum Turn {
    /// More, at once.
    Busy,
    /// Results are on their way.
    Waiting,
    /// Nothing until the next command or image.
    Done,
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
