//! The widgets: what a lesson can place on its page, one file each.
//!
//! They know the run (through the worker's client), the experiment and the plots; they know nothing of pages and routes.

mod architecture;
mod canvas;
mod confusion;
mod curves;
mod draw_digit;
mod feature_maps;
mod filters;
mod kept_runs;
mod layer_statistics;
mod mistakes;
mod pixels;
mod plot;
mod probabilities;
mod run_panel;
mod run_table;
mod save;
mod take_away;

pub(crate) use save::copy as copy_text;

use crate::experiment::Experiment;
use crate::worker::client::Run;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::rc::Rc;
use yew::{Callback, Html};

/// Something that a lesson can place by name.
pub struct Widget {
    /// The name in the lesson's `widget` cell.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Says in one sentence what is wrong with a cell's parameters, if anything is.
    pub check: fn(&Value) -> Result<(), String>,
    /// Makes it.
    pub view: fn(&Context) -> Html,
}

/// What a widget is given.
#[derive(Clone, PartialEq)]
pub struct Context {
    /// The run that the widget shows.
    pub run: Run,
    /// The run's experiment, as the reader has it now.
    pub experiment: Rc<Experiment>,
    /// The same as the lesson has it.
    pub original: Rc<Experiment>,
    /// Changes it.
    pub edit: Edit,
    /// What the lesson's cell says, with controls' values in the places of their names.
    pub parameters: Rc<Value>,
    /// What the widget keeps in the page's state, and so in its links.
    pub kept: Kept,
    /// Names of controls that a lecturer's link hides.
    pub hidden: Rc<Vec<String>>,
    /// Names of controls that a lecturer's link locks.
    pub locked: Rc<Vec<String>>,
}

impl Context {
    /// Whether a control of this name is to be shown.
    pub(crate) fn shows(&self, control: &str) -> bool {
        !self.hidden.iter().any(|name| name == control)
    }

    /// Whether it may be used.
    pub(crate) fn allows(&self, control: &str) -> bool {
        !self.locked.iter().any(|name| name == control)
    }
}

/// The way to change the page's experiment.
#[derive(Clone, PartialEq)]
pub struct Edit(pub Callback<Experiment>);

/// What a widget keeps in the page's state.
#[derive(Clone, PartialEq)]
pub struct Kept {
    /// By names of its own.
    pub values: Rc<serde_json::Map<String, Value>>,
    /// Keeps one; `None` forgets it, for what is as it was at the start needs no place in a link.
    pub keep: Callback<(&'static str, Option<Value>)>,
}

impl Kept {
    /// What is kept under a name, or the start.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str, start: T) -> T {
        self.values.get(name).and_then(|value| T::deserialize(value).ok()).unwrap_or(start)
    }

    /// Keeps a value.
    pub(crate) fn set<T: Serialize + PartialEq>(&self, name: &'static str, value: &T, start: &T) {
        let kept = if value == start { None } else { serde_json::to_value(value).ok() };
        self.keep.emit((name, kept));
    }
}

/// The check of a widget that takes no parameters.
pub(crate) fn nothing(parameters: &Value) -> Result<(), String> {
    match parameters.as_object().and_then(|fields| fields.keys().next()) {
        Some(field) => Err(format!("it takes no parameters, and is given '{field}'")),
        None => Ok(()),
    }
}

/// The properties of every widget's component.
#[derive(Clone, PartialEq, yew::Properties)]
pub(crate) struct WidgetProps {
    pub context: Context,
}

/// Every widget.
pub const WIDGETS: &[Widget] = &[
    architecture::WIDGET,
    confusion::WIDGET,
    curves::WIDGET,
    draw_digit::WIDGET,
    feature_maps::WIDGET,
    filters::WIDGET,
    layer_statistics::WIDGET,
    mistakes::WIDGET,
    run_panel::WIDGET,
    run_table::WIDGET,
    take_away::WIDGET,
];
