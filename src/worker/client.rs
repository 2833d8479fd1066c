//! The page's end of the worker.

use super::record::Record;
use crate::protocol::Command;
use std::cell::{Ref, RefCell};
use std::rc::Rc;
use yew::Callback;

/// A run as components see it: what is known of it, and the way to command it. Two are equal when nothing new is known.
#[derive(Clone)]
pub struct Run {
    record: Rc<RefCell<Record>>,
    version: u64,
    send: Callback<Command>,
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && Rc::ptr_eq(&self.record, &other.record)
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

    /// Commands the worker.
    pub fn send(&self, command: Command) {
        self.send.emit(command);
    }
}
