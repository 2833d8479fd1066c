//! Fenced blocks that are more than code.

use super::{Block, Problem};
use crate::experiment::Experiment;
use std::rc::Rc;

/// The cell that a fence of this info string opens; `None` where it is ordinary code.
pub(super) fn read(info: &str, body: &str, line: usize, widgets: &[&str]) -> Option<Block> {
    let (kind, argument) = info.trim().split_once(char::is_whitespace).unwrap_or((info.trim(), ""));
    let result = match kind {
        "experiment" => Experiment::from_toml(body).map(|experiment| Block::Experiment(Rc::new(experiment))),
        "widget" => widget(argument.trim(), body, widgets),
        _ => return None,
    };
    Some(result.unwrap_or_else(|message| Block::Problem(Problem { line, message })))
}

fn widget(name: &str, body: &str, widgets: &[&str]) -> Result<Block, String> {
    if !widgets.contains(&name) {
        return Err(format!("no widget is named '{name}'; there are: {}", widgets.join(", ")));
    }
    let parameters = body.parse::<toml::Table>().map_err(|error| format!("the parameters of widget '{name}' are no TOML: {error}"))?;
    Ok(Block::Widget { name: name.into(), parameters })
}
