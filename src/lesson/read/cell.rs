//! Fenced blocks that are more than code.

use super::markdown::Reader;
use super::predict;
use crate::control::{Control, Range, number};
use crate::names::is_name;
use crate::{Block, Cell, Ground, GuideStep, Part};
use serde::Deserialize;
use serde_json::Value;

/// A fence: what stands after its back-ticks, what stands in it, and the line in which it begins.
pub(super) struct Fence<'a> {
    pub info: &'a str,
    pub body: &'a str,
    pub line: usize,
}

/// The kinds of cells, for the sentence that names them.
const KINDS: &str = "widget, experiment, control, predict, note, reveal, claim and guide";

/// What a fence opens; `None` where it is ordinary code.
pub(super) fn read(reader: &mut Reader<'_>, fence: &Fence<'_>) -> Option<Block> {
    let (kind, argument) = fence.info.trim().split_once(char::is_whitespace).unwrap_or((fence.info.trim(), ""));
    let argument = argument.trim();
    let part = match kind {
        "widget" if argument.is_empty() => Err("a widget cell names its widget: 'widget NAME'".into()),
        "widget" | "experiment" => values(fence.body).map(|values| {
            let cell = Cell { name: argument.into(), values };
            if kind == "widget" { Part::Widget(cell) } else { Part::Experiment(cell) }
        }),
        "control" => control(argument, fence.body),
        "predict" => predict::read(reader, argument, fence),
        "note" => Ok(Part::Note(reader.blocks(fence.body, fence.line + 1))),
        "reveal" => Ok(Part::Reveal(reveal(reader, fence))),
        "claim" => claim(reader, argument, fence),
        "guide" => guide(reader, fence),
        // The languages that lessons show are no cells; anything else is a slip of the pen.
        "" | "python" | "rust" | "text" | "toml" | "wgsl" | "bash" | "json" | "markdown" => return None,
        other => Err(format!("'{other}' is no cell and no language of this notebook; cells are {KINDS}")),
    };
    let part = part.unwrap_or_else(Part::Problem);
    Some(Block { line: fence.line, part })
}

/// TOML as values.
pub(super) fn values(body: &str) -> Result<Value, String> {
    let table = body.parse::<toml::Table>().map_err(|error| toml_mistake(&error))?;
    serde_json::to_value(table).map_err(|error| format!("this TOML cannot be kept: {error}"))
}

/// What is wrong with TOML, as one sentence without the picture of the place.
pub(super) fn toml_mistake(error: &toml::de::Error) -> String {
    format!("the cell's TOML cannot be read: {}", error.message().replace('\n', ", "))
}

/// What a control's TOML may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    label: String,
    value: Value,
    #[serde(default)]
    unit: String,
    min: Option<f64>,
    max: Option<f64>,
    step: Option<f64>,
    #[serde(default)]
    log: bool,
    choices: Option<Vec<Value>>,
}

fn control(name: &str, body: &str) -> Result<Part, String> {
    if !is_name(name) {
        return Err(format!("'{name}' is no name for a control; it begins with a letter and has letters, digits and underscores"));
    }
    let written: Written = toml::from_str(body).map_err(|error| toml_mistake(&error))?;
    let range = match (written.choices, written.min, written.max) {
        (Some(choices), None, None) if !choices.is_empty() => Range::Choice(choices),
        (None, Some(min), Some(max)) if min < max && (!written.log || min > 0.0) => {
            let step = written.step.unwrap_or(0.0);
            if step < 0.0 {
                return Err(format!("control '{name}' has a step of {step}; it must be positive"));
            }
            Range::Slider { min, max, step, log: written.log }
        }
        (None, None, None) if written.value.is_boolean() => Range::Switch,
        (None, Some(min), Some(max)) => {
            return Err(format!("control '{name}' goes from {min} to {max}; the first must be smaller, and positive on a log scale"));
        }
        _ => return Err(format!("control '{name}' wants min and max, or choices, or a value that is true or false")),
    };
    let value = match &written.value {
        Value::Number(value) => value.as_f64().map_or(written.value.clone(), number),
        other => other.clone(),
    };
    let control = Control { label: written.label, unit: written.unit, value, range };
    control.check(&control.value).map_err(|reason| format!("control '{name}' cannot begin with its value: {reason}"))?;
    Ok(Part::Control { name: name.into(), control })
}

/// The steps of a reveal, which lines `---` part.
fn reveal(reader: &mut Reader<'_>, fence: &Fence<'_>) -> Vec<Vec<Block>> {
    let mut steps = Vec::new();
    let (mut from, mut first_line, mut line, mut at) = (0, fence.line + 1, fence.line + 1, 0);
    for text in fence.body.split_inclusive('\n') {
        at += text.len();
        line += 1;
        if text.trim_end() == "---" {
            steps.push(reader.blocks(&fence.body[from..at - text.len()], first_line));
            (from, first_line) = (at, line);
        }
    }
    steps.push(reader.blocks(&fence.body[from..], first_line));
    steps
}

/// What a guide's TOML may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenGuide {
    step: Vec<WrittenStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    say: String,
    at: String,
}

fn guide(reader: &mut Reader<'_>, fence: &Fence<'_>) -> Result<Part, String> {
    let written: WrittenGuide = toml::from_str(fence.body).map_err(|error| toml_mistake(&error))?;
    let step = |step: WrittenStep| Ok(GuideStep { say: reader.html(&step.say, fence.line)?, at: step.at });
    written.step.into_iter().map(step).collect::<Result<_, String>>().map(Part::Guide)
}

fn claim(reader: &mut Reader<'_>, argument: &str, fence: &Fence<'_>) -> Result<Part, String> {
    let (ground, by) = argument.split_once(char::is_whitespace).map_or((argument, None), |(ground, by)| (ground, Some(by.trim())));
    let rests_on = match (ground, by) {
        ("proved", None) => Ground::Proved,
        ("measured", Some(_)) => Ground::Measured,
        ("contested", None) => Ground::Contested,
        ("measured", None) => return Err("a measured claim names the experiment that measures it: 'claim measured NAME'".into()),
        ("proved" | "contested", Some(by)) => return Err(format!("only a measured claim names an experiment, and this one names '{by}'")),
        (other, _) => return Err(format!("a claim is proved, measured or contested, and not '{other}'")),
    };
    Ok(Part::Claim { rests_on, by: by.map(Into::into), body: reader.blocks(fence.body, fence.line + 1) })
}
