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
mod layer_statistics;
mod mistakes;
mod pixels;
mod probabilities;
mod run_panel;

use crate::experiment::Experiment;
use crate::worker::client::Run;
use std::rc::Rc;
use yew::Html;

/// Something that a lesson can place by name.
pub struct Widget {
    /// The name in the lesson's `widget` cell.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Makes it.
    pub view: fn(&Context) -> Html,
}

/// What a widget is given.
#[derive(Clone, PartialEq)]
pub struct Context {
    /// The page's run.
    pub run: Run,
    /// The page's experiment, as the lesson has it.
    pub experiment: Rc<Experiment>,
    /// What the lesson's cell says.
    pub parameters: toml::Table,
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
];
