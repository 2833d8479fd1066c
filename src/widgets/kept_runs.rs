//! Runs that the reader keeps to compare with later ones: their curves, for as long as the page is open.
//!
//! Shared by the widgets of a page. Knows curves and experiments; knows nothing of how they are shown or stored.

use super::save;
use crate::experiment::Experiment;
use crate::export::settings::{Setting, difference, settings};
use crate::plots::lines::{Look, Series};
use crate::worker::record::Record;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// A run's curves, steps and values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Curves {
    /// The moving average of the training loss, in nats.
    pub loss: Vec<(f64, f64)>,
    /// The test loss, in nats.
    pub test_loss: Vec<(f64, f64)>,
    /// The test accuracy, in percent.
    pub accuracy: Vec<(f64, f64)>,
    /// The learning rate.
    pub rate: Vec<(f64, f64)>,
}

impl Curves {
    /// The curves as they are drawn now.
    pub(super) fn of(record: &Record) -> Self {
        let losses = super::curves::losses(record);
        let points = |series: &[Series], look: Look| series.iter().find(|one| one.look == look).map(|one| one.points.clone());
        Curves {
            loss: points(&losses, Look::Line).unwrap_or_default(),
            test_loss: points(&losses, Look::Marked).unwrap_or_default(),
            accuracy: points(&super::curves::accuracies(record), Look::Marked).unwrap_or_default(),
            rate: points(&super::curves::rates(record), Look::Line).unwrap_or_default(),
        }
    }
}

/// A run that is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KeptRun {
    /// Tells it from others.
    pub key: String,
    /// Counted from 0; of the numbers that are free the lowest. It chooses the dashes.
    pub number: u8,
    pub settings: Vec<Setting>,
    pub curves: Curves,
}

impl KeptRun {
    /// What it is called beside a run of this experiment.
    pub(super) fn name(&self, present: &Experiment) -> String {
        format!("run {}: {}", self.number + 1, difference(&self.settings, &settings(present)))
    }

    /// One of its curves as another run's.
    pub(super) fn ghost(&self, what: &str, points: &[(f64, f64)], marked: bool) -> Series {
        let name = if what.is_empty() { format!("run {}", self.number + 1) } else { format!("run {}, {what}", self.number + 1) };
        Series { name, color: 5, points: points.to_vec(), look: Look::Ghost(self.number, marked) }
    }
}

#[derive(Default)]
struct Store {
    page: String,
    runs: Vec<Rc<KeptRun>>,
    listeners: Vec<(u32, Callback<()>)>,
    heard: u32,
}

thread_local! {
    static STORE: RefCell<Store> = RefCell::default();
}

/// Tells everyone, after the store is free again.
fn change(change: impl FnOnce(&mut Store)) {
    let listeners = STORE.with_borrow_mut(|store| {
        change(store);
        store.listeners.clone()
    });
    listeners.into_iter().for_each(|(_, listener)| listener.emit(()));
}

/// Keeps a run's curves under a key, in the place of what was kept under it.
pub(super) fn keep(key: &str, experiment: &Experiment, curves: Curves) {
    change(|store| {
        store.runs.retain(|run| run.key != key);
        let number = (0..u8::MAX).find(|number| store.runs.iter().all(|run| run.number != *number)).unwrap_or_default();
        store.runs.push(Rc::new(KeptRun { key: key.into(), number, settings: settings(experiment), curves }));
    });
}

/// Lets a run go.
pub(super) fn forget(key: &str) {
    change(|store| store.runs.retain(|run| run.key != key));
}

/// The runs that are kept on this page; the component is drawn again when they change.
#[hook]
pub(super) fn use_kept_runs() -> Vec<Rc<KeptRun>> {
    let update = use_force_update();
    use_memo((), |()| {
        let page = save::page();
        // What was kept on another page is of another experiment.
        STORE.with_borrow_mut(|store| {
            if store.page != page {
                store.runs.clear();
                store.page = page;
            }
        });
    });
    use_effect_with((), move |()| {
        let id = STORE.with_borrow_mut(|store| {
            store.heard += 1;
            store.listeners.push((store.heard, Callback::from(move |()| update.force_update())));
            store.heard
        });
        move || STORE.with_borrow_mut(|store| store.listeners.retain(|(other, _)| *other != id))
    });
    STORE.with_borrow(|store| store.runs.clone())
}
