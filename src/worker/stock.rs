//! The worker's data: which set it is, how far it has come in, and from where.
//!
//! Knows how sets are fetched, drawn and read; knows nothing of who trains on them.

use super::runs::sentence;
use crate::data::DataSet;
use crate::data::load::{self, Arrival};
use crate::protocol::{DataStatus, NamedFile, Telemetry};
use futures::future::{AbortHandle, abortable};
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Digits drawn where no data can be fetched.
const DRAWN_TRAIN: usize = 12_000;
const DRAWN_TEST: usize = 2_000;
const DRAWN_SEED: u32 = 1;

/// What has become of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    /// It is another set.
    Replaced,
    /// More of its images are in.
    Grown,
}

/// The data of one worker.
pub(super) struct Stock {
    tell: Rc<dyn Fn(Telemetry)>,
    changed: Box<dyn Fn(Changed)>,
    base: RefCell<String>,
    data: RefCell<DataSet>,
    status: RefCell<Option<DataStatus>>,
    /// Counts the sources of data: what an earlier one still delivers is dropped.
    source: Cell<u32>,
    /// Ends the transfer of the present source.
    transfer: RefCell<Option<AbortHandle>>,
}

impl Stock {
    /// Nothing yet; tells of what comes through `tell`, and calls `changed` when it is there.
    pub(super) fn new(tell: Rc<dyn Fn(Telemetry)>, changed: Box<dyn Fn(Changed)>) -> Rc<Self> {
        Rc::new(Stock {
            tell,
            changed,
            base: RefCell::default(),
            data: RefCell::default(),
            status: RefCell::default(),
            source: Cell::default(),
            transfer: RefCell::default(),
        })
    }

    /// The images that are in.
    pub(super) fn data(&self) -> Ref<'_, DataSet> {
        self.data.borrow()
    }

    /// The set without its images, once its size is known: they may grow while a device is made ready for them.
    pub(super) fn announced(&self) -> Option<DataSet> {
        let data = self.data.borrow();
        let announced = DataSet { shard_sizes: data.shard_sizes.clone(), test_total: data.test_total, ..DataSet::default() };
        (data.train_total() > 0).then_some(announced)
    }

    /// Under which address `data/` lies.
    pub(super) fn set_base(&self, base: String) {
        self.base.replace(base);
    }

    /// Fetches the packed data set.
    pub(super) fn fetch(self: &Rc<Self>) {
        let (stock, arriving) = (self.clone(), self.clone());
        let source = self.new_source();
        let folder = format!("{}data/mnist/", self.base.borrow());
        let (transfer, handle) = abortable(async move { load::packed(&folder, |arrival| arriving.arrived(source, arrival)).await });
        self.transfer.replace(Some(handle));
        spawn_local(async move {
            if let Ok(Err(problem)) = transfer.await {
                stock.report_problem(source, problem);
            }
        });
    }

    /// Draws digits in the browser.
    pub(super) fn draw_digits(self: &Rc<Self>) {
        let stock = self.clone();
        let source = self.new_source();
        spawn_local(async move {
            load::drawn(DRAWN_SEED, DRAWN_TRAIN, DRAWN_TEST, |arrival| stock.arrived(source, arrival)).await;
        });
    }

    /// Reads the reader's own files, of which batches of so many must be drawn; what is wrong with them changes nothing.
    pub(super) fn use_files(self: &Rc<Self>, files: Vec<NamedFile>, batch: impl Fn() -> usize + 'static) {
        let stock = self.clone();
        spawn_local(async move {
            let files: Vec<(String, String)> = files.into_iter().map(|file| (file.name, file.url)).collect();
            let read = load::files(&files).await;
            // The files have been read, or will not be: the addresses need not keep them any more.
            files.iter().for_each(|(_, url)| web_sys::Url::revoke_object_url(url).unwrap_or_default());
            match read.and_then(|set| large_enough(set, batch())) {
                Ok(set) => {
                    let source = stock.new_source();
                    stock.replace(source, set, 0);
                }
                Err(reason) => (stock.tell)(Telemetry::Refused(sentence(&format!("these files cannot be used: {reason}")))),
            }
        });
    }

    /// A number for a new source of data; the transfer of the present one ends.
    fn new_source(&self) -> u32 {
        if let Some(transfer) = self.transfer.take() {
            transfer.abort();
        }
        self.source.set(self.source.get() + 1);
        self.source.get()
    }

    fn replace(&self, source: u32, set: DataSet, bytes_total: u64) {
        if self.source.get() != source {
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
        self.data.replace(set);
        (self.tell)(Telemetry::Data(status.clone()));
        self.status.replace(Some(status));
        (self.changed)(Changed::Replaced);
    }

    fn arrived(&self, source: u32, arrival: Arrival) {
        if self.source.get() != source {
            return;
        }
        match arrival {
            Arrival::Announced { set, bytes_total } => self.replace(source, set, bytes_total),
            Arrival::Bytes(bytes) => self.update_status(|status| status.bytes = bytes),
            Arrival::Train(images) => {
                self.data.borrow_mut().train.append(&images);
                self.grown();
            }
            Arrival::Test(images) => {
                self.data.borrow_mut().test.append(&images);
                self.grown();
            }
        }
    }

    fn grown(&self) {
        (self.changed)(Changed::Grown);
        let (train, test) = {
            let data = self.data.borrow();
            (data.train.len(), data.test.len())
        };
        self.update_status(|status| (status.train_images, status.test_images) = (train, test));
    }

    fn report_problem(&self, source: u32, problem: String) {
        if self.source.get() != source {
            return;
        }
        if self.status.borrow().is_none() {
            self.status.replace(Some(DataStatus {
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
            let mut slot = self.status.borrow_mut();
            let Some(status) = &mut *slot else { return };
            change(status);
            status.clone()
        };
        (self.tell)(Telemetry::Data(status));
    }
}

/// The set, if batches of so many can be drawn from it.
fn large_enough(set: DataSet, batch: usize) -> Result<DataSet, String> {
    if set.train_total() >= batch {
        return Ok(set);
    }
    Err(format!("{} has {} training images and a batch takes {batch}; choose a smaller batch first", set.name, set.train_total()))
}
