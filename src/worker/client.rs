//! The page's end of the worker.
//!
//! Knows how to spawn it, command it and add up what it tells; knows nothing of what components draw of that.

use super::codec::Packed;
use super::line::Line;
use super::record::Record;
use crate::experiment::Experiment;
use crate::protocol::{Command, DeviceWish, RunCommand, RunId, RunTelemetry, Telemetry};
use gloo::timers::callback::Timeout;
use gloo_worker::{Spawnable, WorkerBridge};
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use yew::functional::UseForceUpdateHandle;
use yew::prelude::*;

/// The worker's script, next to the page.
pub(super) const LOADER: &str = "./worker_loader.js";

/// At least so long between two renderings that show nothing but newer numbers, in milliseconds: eight a second.
const RENDER_EVERY_MS: u32 = 125;

/// So long may the worker take to give the first sign of life, in milliseconds.
pub(super) const PATIENCE_MS: u32 = 20_000;

pub(super) const SILENT: &str =
    "The worker that trains has not answered for 20 seconds: its script may be missing or blocked; reload the page to try again.";
pub(super) const UNSUPPORTED: &str = "This browser has no web workers, in which the training runs; open the page in a current browser.";

/// A run as components see it: what is known of it, and the way to command it. Two are equal when nothing new is known.
#[derive(Clone)]
pub struct Run {
    id: RunId,
    record: Rc<RefCell<Record>>,
    version: u64,
    client: Rc<Client>,
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.version == other.version && Rc::ptr_eq(&self.record, &other.record)
    }
}

impl Run {
    /// What is known of the run; borrowed for the time of one rendering.
    pub fn record(&self) -> Ref<'_, Record> {
        self.record.borrow()
    }

    /// Counts the changes of the record.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Which run it is to the worker.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// The runs that have split off from this one, or from one that did, oldest first.
    pub fn forks(&self) -> Vec<Run> {
        let entries = self.client.inbox.entries.borrow();
        entries.iter().filter(|entry| entry.root == Some(self.id)).map(|entry| self.client.handle(entry)).collect()
    }

    /// Splits the run at its present step: a second run begins as this one is.
    pub fn fork(&self) {
        let (id, root) = {
            let mut entries = self.client.inbox.entries.borrow_mut();
            let root = entries.iter().find(|entry| entry.id == self.id).and_then(|entry| entry.root).unwrap_or(self.id);
            let fork = self.client.inbox.entry(String::new(), Some(root));
            let id = fork.id;
            entries.push(fork);
            (id, root)
        };
        self.client.send(Command::Of { run: id, command: RunCommand::Fork { from: self.id, experiment: None } });
        self.client.inbox.news_of(root);
    }

    /// Goes on with another experiment from where the run is.
    pub fn change(&self, experiment: Experiment) {
        self.send(RunCommand::Fork { from: self.id, experiment: Some(Box::new(experiment)) });
    }

    /// Gives up a run that has split off.
    pub fn close(&self) {
        let root = {
            let mut entries = self.client.inbox.entries.borrow_mut();
            let root = entries.iter().find(|entry| entry.id == self.id).and_then(|entry| entry.root);
            entries.retain(|entry| entry.id != self.id || root.is_none());
            root
        };
        if let Some(root) = root {
            self.send(RunCommand::Close);
            self.client.inbox.news_of(root);
        }
    }

    /// Commands the run.
    pub fn send(&self, command: RunCommand) {
        self.client.send(Command::Of { run: self.id, command });
    }

    /// Commands the worker, and so all runs of the page.
    pub fn send_worker(&self, command: Command) {
        self.client.send(command);
    }
}

/// The runs of a page, one for each name that was given, in the same order.
pub type Runs = Vec<Run>;

/// Spawns a worker for the life of this component, with a run for each of these names, and tells it to open the device that the page's
/// address asks for (`?device=`).
///
/// The component renders again whenever something new is known: at once when a run's state changes, else at most eight times a second.
#[hook]
pub fn use_runs(names: &[&str]) -> Runs {
    let update = use_force_update();
    let client = use_memo((), move |()| Client::open(update));
    {
        let client = client.clone();
        use_effect_with((), move |()| move || client.close());
    }
    client.named(names)
}

/// A worker, the way to it and the way from it.
struct Client {
    inbox: Rc<Inbox>,
    bridge: RefCell<Option<WorkerBridge<Line>>>,
}

impl Client {
    fn open(update: UseForceUpdateHandle) -> Self {
        let inbox = Rc::new(Inbox {
            entries: RefCell::default(),
            last_id: Cell::new(0),
            shared: RefCell::default(),
            update,
            rendering: RefCell::new(None),
            quiet: Cell::new(true),
            first_sign: RefCell::new(None),
        });
        let client = Client { inbox, bridge: RefCell::new(None) };
        client.spawn();
        client
    }

    fn spawn(&self) {
        let window = gloo::utils::window();
        if !has_workers() {
            self.inbox.fail(UNSUPPORTED);
            return;
        }
        let inbox = self.inbox.clone();
        let told = move |telemetry| inbox.take(telemetry);
        let bridge = Line::spawner().callback(told).as_module(false).with_loader(true).encoding::<Packed>().spawn(LOADER);
        self.bridge.replace(Some(bridge));
        self.inbox.expect_a_sign();
        let location = window.location();
        let (address, query) = (location.href().unwrap_or_default(), location.search().unwrap_or_default());
        self.send(Command::Open { base: folder(&address).into(), device: device_wish(&query) });
    }

    fn send(&self, command: Command) {
        if let Some(bridge) = &*self.bridge.borrow() {
            bridge.send(command);
        }
    }

    /// The runs of these names. A name that was not there before gets a run; the run of a name that is there no more is given up.
    fn named(self: &Rc<Self>, names: &[&str]) -> Runs {
        let gone = {
            let mut entries = self.inbox.entries.borrow_mut();
            for name in names {
                if !entries.iter().any(|entry| entry.is_named(name)) {
                    entries.push(self.inbox.entry((*name).into(), None));
                }
            }
            let is_gone = |entry: &Entry| entry.root.is_none() && !names.contains(&entry.name.as_str());
            let mut gone: Vec<RunId> = entries.iter().filter(|entry| is_gone(entry)).map(|entry| entry.id).collect();
            let forks: Vec<RunId> =
                entries.iter().filter(|entry| entry.root.is_some_and(|root| gone.contains(&root))).map(|entry| entry.id).collect();
            gone.extend(forks);
            entries.retain(|entry| !gone.contains(&entry.id));
            gone
        };
        gone.into_iter().for_each(|run| self.send(Command::Of { run, command: RunCommand::Close }));
        let entries = self.inbox.entries.borrow();
        names.iter().filter_map(|name| entries.iter().find(|entry| entry.is_named(name))).map(|entry| self.handle(entry)).collect()
    }

    fn handle(self: &Rc<Self>, entry: &Entry) -> Run {
        Run { id: entry.id, record: entry.record.clone(), version: entry.version.get(), client: self.clone() }
    }

    /// Ends the worker: it closes itself when its last bridge is dropped.
    fn close(&self) {
        self.bridge.take();
        self.inbox.rendering.take();
        self.inbox.first_sign.take();
    }
}

/// A run of the page.
struct Entry {
    id: RunId,
    /// The name that was given; a fork has none.
    name: String,
    /// The named run from which a fork descends.
    root: Option<RunId>,
    record: Rc<RefCell<Record>>,
    version: Cell<u64>,
}

impl Entry {
    fn is_named(&self, name: &str) -> bool {
        self.root.is_none() && self.name == name
    }

    fn change(&self, change: impl FnOnce(&mut Record)) {
        change(&mut self.record.borrow_mut());
        self.version.set(self.version.get() + 1);
    }
}

/// Where telemetry is added up, and when it is shown.
struct Inbox {
    entries: RefCell<Vec<Entry>>,
    last_id: Cell<u32>,
    /// What all runs share, for those that come later.
    shared: RefCell<Record>,
    update: UseForceUpdateHandle,
    /// Runs for a while after each rendering; what comes meanwhile is shown when it ends.
    rendering: RefCell<Option<Timeout>>,
    /// Whether nothing has come since the last rendering.
    quiet: Cell<bool>,
    /// Runs until the worker's first message.
    first_sign: RefCell<Option<Timeout>>,
}

impl Inbox {
    fn entry(&self, name: String, root: Option<RunId>) -> Entry {
        let id = RunId(self.last_id.get());
        self.last_id.set(id.0 + 1);
        Entry { id, name, root, record: Rc::new(RefCell::new(self.shared.borrow().clone())), version: Cell::new(0) }
    }

    fn take(self: &Rc<Self>, telemetry: Telemetry) {
        self.first_sign.take();
        let at_once = changes_state(&telemetry);
        self.every_record(|record| {
            if record.failed.as_deref() == Some(SILENT) {
                record.failed = None;
            }
        });
        match telemetry {
            Telemetry::Of { run, telemetry } => {
                self.take_of(run, telemetry);
            }
            shared => {
                self.every_record(|record| record.apply_shared(&shared));
                self.entries.borrow().iter().for_each(|entry| entry.change(|_| ()));
            }
        }
        if at_once || self.rendering.borrow().is_none() {
            self.render();
        } else {
            self.quiet.set(false);
        }
    }

    fn take_of(&self, run: RunId, telemetry: RunTelemetry) {
        let entries = self.entries.borrow();
        let Some(entry) = entries.iter().find(|entry| entry.id == run) else { return };
        // A run that splits off begins with the history of the other.
        let split = match &telemetry {
            RunTelemetry::Ready { from, .. } => *from,
            _ => None,
        };
        let history = split.and_then(|split| {
            let other = entries.iter().find(|entry| entry.id == split.run)?;
            Some((other.record.borrow().clone(), split.step))
        });
        entry.change(|record| {
            record.apply(telemetry);
            if let Some((other, step)) = &history {
                record.inherit(other, *step);
            }
        });
        // Who shows a run shows its forks with it.
        if let Some(root) = entry.root.and_then(|root| entries.iter().find(|entry| entry.id == root)) {
            root.change(|_| ());
        }
    }

    /// Shows that something about a run is new which its record does not hold.
    fn news_of(self: &Rc<Self>, run: RunId) {
        if let Some(entry) = self.entries.borrow().iter().find(|entry| entry.id == run) {
            entry.change(|_| ());
        }
        self.render();
    }

    fn every_record(&self, change: impl Fn(&mut Record)) {
        change(&mut self.shared.borrow_mut());
        self.entries.borrow().iter().for_each(|entry| change(&mut entry.record.borrow_mut()));
    }

    fn render(self: &Rc<Self>) {
        self.quiet.set(true);
        self.update.force_update();
        let inbox = self.clone();
        self.rendering.replace(Some(Timeout::new(RENDER_EVERY_MS, move || {
            inbox.rendering.take();
            if !inbox.quiet.get() {
                inbox.render();
            }
        })));
    }

    /// No worker will tell anything more.
    fn fail(&self, reason: &str) {
        self.every_record(|record| record.failed = Some(reason.into()));
        self.entries.borrow().iter().for_each(|entry| entry.change(|_| ()));
    }

    fn expect_a_sign(self: &Rc<Self>) {
        let inbox = self.clone();
        self.first_sign.replace(Some(Timeout::new(PATIENCE_MS, move || {
            inbox.fail(SILENT);
            inbox.render();
        })));
    }
}

/// Whether a message is shown at once: it changes what the reader can do, not only how far the numbers are.
fn changes_state(telemetry: &Telemetry) -> bool {
    match telemetry {
        Telemetry::Device(_) | Telemetry::Refused(_) | Telemetry::Failed(_) => true,
        Telemetry::Data(data) => data.problem.is_some(),
        Telemetry::Measuring(_) | Telemetry::Measured(_) => false,
        Telemetry::Of { telemetry, .. } => match telemetry {
            RunTelemetry::Ready { .. }
            | RunTelemetry::State(_)
            | RunTelemetry::Rewound { .. }
            | RunTelemetry::Cut { .. }
            | RunTelemetry::Stopped(_)
            | RunTelemetry::Exported { .. }
            | RunTelemetry::Refused(_)
            | RunTelemetry::Failed(_) => true,
            RunTelemetry::Steps { .. }
            | RunTelemetry::Test(_)
            | RunTelemetry::Examined(_)
            | RunTelemetry::Probe(_)
            | RunTelemetry::Seen(_)
            | RunTelemetry::Drawing(_)
            | RunTelemetry::Filters(_)
            | RunTelemetry::Kept(_)
            | RunTelemetry::LearningRate(_) => false,
        },
    }
}

/// Whether the browser has workers.
pub(super) fn has_workers() -> bool {
    js_sys::Reflect::has(&gloo::utils::window(), &"Worker".into()).unwrap_or(false)
}

/// The folder of an address, with its final `/`.
fn folder(address: &str) -> &str {
    let path = &address[..address.find(['?', '#']).unwrap_or(address.len())];
    &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
}

/// What `?device=` asks for.
pub(super) fn device_wish(query: &str) -> DeviceWish {
    let wish = query.trim_start_matches('?').split('&').find_map(|pair| pair.strip_prefix("device="));
    match wish.map(str::to_ascii_lowercase).as_deref() {
        Some("cpu") => DeviceWish::Cpu,
        Some("webgpu" | "gpu") => DeviceWish::WebGpu,
        _ => DeviceWish::Best,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_the_page_is_its_address_up_to_the_last_slash() {
        for (address, expected) in [
            ("http://localhost:8080/", "http://localhost:8080/"),
            ("http://localhost:8080/?device=cpu#/lenet5", "http://localhost:8080/"),
            ("https://host/course/index.html#/a/b", "https://host/course/"),
            ("https://host/course/?next=/x/y", "https://host/course/"),
            ("", ""),
        ] {
            assert_eq!(folder(address), expected);
        }
    }

    #[test]
    fn the_query_says_which_device() {
        for (query, expected) in [
            ("", DeviceWish::Best),
            ("?device=cpu", DeviceWish::Cpu),
            ("?seed=1&device=WebGPU", DeviceWish::WebGpu),
            ("?device=tpu", DeviceWish::Best),
            ("?mydevice=cpu", DeviceWish::Best),
        ] {
            assert_eq!(device_wish(query), expected);
        }
    }
}
