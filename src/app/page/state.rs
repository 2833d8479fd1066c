//! What a reader has set on a page, and what follows from it: the whole state of a page, of which only what differs from the lesson is kept.
//!
//! Knows cells and their values; knows nothing of components, of addresses or of the runs themselves.

use crate::experiment::Experiment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::rc::Rc;
use stride_lesson::control::Control;
use stride_lesson::{Lesson, Part, names};
use yew::Reducible;

/// What differs from the lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PageState {
    /// Controls that are not at their start.
    #[serde(rename = "c", skip_serializing_if = "BTreeMap::is_empty")]
    pub controls: BTreeMap<String, Value>,
    /// What is changed of experiments, by their names: fields of the same form as theirs.
    #[serde(rename = "e", skip_serializing_if = "BTreeMap::is_empty")]
    pub edits: BTreeMap<String, Value>,
    /// What widgets keep, by their cells and by names of their own.
    #[serde(rename = "w", skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, Map<String, Value>>,
    /// Named controls that a lecturer's link hides.
    #[serde(rename = "h", skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// Named controls that a lecturer's link locks.
    #[serde(rename = "l", skip_serializing_if = "Vec::is_empty")]
    pub locked: Vec<String>,
}

/// Something that a reader does to a page.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Sets a control; `None` puts it back to its start.
    Control(Rc<Lesson>, String, Option<Value>),
    /// The reader has changed the lesson's experiment of this name to this.
    Edited(Rc<Lesson>, String, Box<Experiment>),
    /// A widget keeps something; `None` forgets it.
    Keep(String, String, Option<Value>),
    /// Everything at once: another link was opened, or the page is put back.
    All(PageState),
}

impl Reducible for PageState {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut state = (*self).clone();
        match change {
            Change::Control(lesson, name, value) => {
                state.forget_what_covers(&lesson, &name);
                set(&mut state.controls, name, value);
            }
            Change::Edited(lesson, name, changed) => {
                let edits = state.edits_for(&lesson, &name, &changed);
                set(&mut state.edits, name, edits);
            }
            Change::Keep(cell, name, value) => {
                let kept = state.kept.entry(cell.clone()).or_default();
                match value {
                    Some(value) => drop(kept.insert(name, value)),
                    None => drop(kept.remove(&name)),
                }
                if kept.is_empty() {
                    state.kept.remove(&cell);
                }
            }
            Change::All(other) => state = other,
        }
        Rc::new(state)
    }
}

fn set<T>(map: &mut BTreeMap<String, T>, name: String, value: Option<T>) {
    match value {
        Some(value) => drop(map.insert(name, value)),
        None => drop(map.remove(&name)),
    }
}

impl PageState {
    /// What a name stands for: what the reader set, or the control's start.
    pub(super) fn value(&self, lesson: &Lesson, name: &str) -> Option<Value> {
        self.controls.get(name).cloned().or_else(|| control(lesson, name).map(|control| control.value.clone()))
    }

    /// A cell's values with the controls' in their places.
    pub(super) fn resolved(&self, lesson: &Lesson, values: &Value) -> Value {
        names::resolved(values, &|name| self.value(lesson, name))
    }

    /// An experiment's values: the lesson's, with the controls' in their places and with the reader's changes.
    pub(super) fn experiment(&self, lesson: &Lesson, name: &str, values: &Value) -> Value {
        let resolved = self.resolved(lesson, values);
        self.edits.get(name).map_or(resolved.clone(), |edits| merged(&resolved, edits))
    }

    /// What an experiment that the reader changed differs in from the lesson's, as controls have it now.
    fn edits_for(&self, lesson: &Lesson, name: &str, changed: &Experiment) -> Option<Value> {
        let original = self.resolved(lesson, experiment_of(lesson, name)?);
        let original = Experiment::from_values(&original).ok()?;
        difference(&original.to_values(), &changed.to_values())
    }

    /// A control that is moved rules again what the reader had changed by hand of the fields that name it.
    fn forget_what_covers(&mut self, lesson: &Lesson, control: &str) {
        self.edits.retain(|run, edits| {
            if let (Some(Value::Object(fields)), Value::Object(edits)) = (experiment_of(lesson, run), &mut *edits) {
                edits.retain(|field, _| !fields.get(field).is_some_and(|values| names::names(values).contains(&control)));
            }
            edits.as_object().is_some_and(|edits| !edits.is_empty())
        });
    }

    /// What of it this lesson cannot have; empty when all is well.
    pub(super) fn misfits(&self, lesson: &Lesson) -> Vec<String> {
        let mut misfits = Vec::new();
        for (name, value) in &self.controls {
            match control(lesson, name).map(|control| control.check(value)) {
                Some(Ok(())) => {}
                Some(Err(reason)) => misfits.push(format!("the control '{name}': {reason}")),
                None => misfits.push(format!("there is no control '{name}'")),
            }
        }
        for (name, values) in self.edits.keys().filter_map(|name| Some((name, experiment_of(lesson, name)?))) {
            if let Err(reason) = Experiment::from_values(&self.experiment(lesson, name, values)) {
                misfits.push(format!("{}: {reason}", if name.is_empty() { "the experiment" } else { name.as_str() }));
            }
        }
        let experiments: Vec<&str> = lesson.blocks().into_iter().filter_map(|block| run_name(&block.part)).collect();
        misfits.extend(
            self.edits.keys().filter(|name| !experiments.contains(&name.as_str())).map(|name| format!("there is no experiment '{name}'")),
        );
        misfits
    }
}

fn control<'a>(lesson: &'a Lesson, name: &str) -> Option<&'a Control> {
    lesson.blocks().into_iter().find_map(|block| match &block.part {
        Part::Control { name: known, control } if known == name => Some(control),
        _ => None,
    })
}

fn experiment_of<'a>(lesson: &'a Lesson, name: &str) -> Option<&'a Value> {
    lesson.blocks().into_iter().find_map(|block| match &block.part {
        Part::Experiment(cell) if cell.name == name => Some(&cell.values),
        _ => None,
    })
}

fn run_name(part: &Part) -> Option<&str> {
    match part {
        Part::Experiment(cell) => Some(&cell.name),
        _ => None,
    }
}

/// `over` laid over `under`: fields of both are merged; a list, a number or a text replaces what it lies over, and so does a table that
/// says what kind it is (by `name` or `layer`) and says another kind.
pub(super) fn merged(under: &Value, over: &Value) -> Value {
    match (under, over) {
        (Value::Object(a), Value::Object(b)) => {
            let other_kind = |key: &str| a.contains_key(key) && b.contains_key(key) && a[key] != b[key];
            if other_kind("name") || other_kind("layer") {
                return over.clone();
            }
            let mut all = a.clone();
            for (key, value) in b {
                let below = all.get(key).cloned().unwrap_or_default();
                all.insert(key.clone(), merged(&below, value));
            }
            Value::Object(all)
        }
        _ => over.clone(),
    }
}

/// The fields of `changed` that differ from `original`; `None` where there are none. Laid over `original` they give `changed`, except that a
/// field which `changed` lacks stays.
pub(super) fn difference(original: &Value, changed: &Value) -> Option<Value> {
    match (original, changed) {
        (Value::Object(a), Value::Object(b)) => {
            let other_kind = |key: &str| a.get(key).is_some_and(|known| b.get(key).is_some_and(|new| new != known));
            if other_kind("name") || other_kind("layer") {
                return Some(changed.clone());
            }
            let fields: Map<String, Value> = b
                .iter()
                .filter_map(|(key, value)| difference(a.get(key).unwrap_or(&Value::Null), value).map(|different| (key.clone(), different)))
                .collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        (a, b) if a == b => None,
        _ => Some(changed.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use stride_lesson::control::{Range, number};
    use stride_lesson::{Block, Cell};

    fn lesson() -> Rc<Lesson> {
        let control = Control {
            label: "Rate".into(),
            unit: String::new(),
            value: number(0.5),
            range: Range::Slider { min: 0.0, max: 1.0, step: 0.0, log: false },
        };
        let values = json!({
            "learning_rate": "$rate", "batch_size": 8, "optimizer": { "name": "sgd", "momentum": 0.9 },
            "model": { "input": [1, 28, 28], "layers": [{ "layer": "flatten" }, { "layer": "linear", "in_features": 784, "out_features": 10 }] }
        });
        let parts = [Part::Control { name: "rate".into(), control }, Part::Experiment(Cell { name: String::new(), values })];
        Rc::new(Lesson { blocks: parts.map(|part| Block { line: 1, part }).into(), ..Lesson::default() })
    }

    #[test]
    fn what_the_reader_sets_reaches_the_experiment() {
        let lesson = lesson();
        let now = |state: &PageState| {
            let values = state.experiment(&lesson, "", experiment_of(&lesson, "").unwrap());
            Experiment::from_values(&values).unwrap()
        };
        let state = Rc::new(PageState::default());
        assert_eq!(now(&state).learning_rate, 0.5);
        let state = state.reduce(Change::Control(lesson.clone(), "rate".into(), Some(json!(0.25))));
        let changed = Experiment { seed: 7, learning_rate: 0.1, ..now(&state) };
        let state = state.reduce(Change::Edited(lesson.clone(), String::new(), Box::new(changed.clone())));
        assert_eq!((now(&state), &state.edits[""]), (changed.clone(), &json!({ "seed": 7, "learning_rate": 0.1 })));
        // The control rules again once it is moved; the seed stays.
        let state = state.reduce(Change::Control(lesson.clone(), "rate".into(), None));
        assert_eq!(now(&state), Experiment { learning_rate: 0.5, ..changed });
        let original = Experiment { seed: 0, ..now(&state) };
        assert_eq!(*state.reduce(Change::Edited(lesson.clone(), String::new(), Box::new(original))), PageState::default());
    }

    #[test]
    fn another_kind_replaces_the_whole_table() {
        let sgd = json!({ "optimizer": { "name": "sgd", "momentum": 0.9 }, "seed": 1 });
        let adam = json!({ "optimizer": { "name": "adam" }, "seed": 1 });
        let different = difference(&sgd, &adam).unwrap();
        assert_eq!(different, json!({ "optimizer": { "name": "adam" } }));
        assert_eq!(merged(&sgd, &different), adam);
        assert_eq!(difference(&sgd, &sgd), None);
    }

    #[test]
    fn what_a_lesson_does_not_have_is_named() {
        let state = PageState {
            controls: [("rate".to_string(), json!(7)), ("depth".into(), json!(1))].into(),
            edits: [("other".to_string(), json!({}))].into(),
            ..PageState::default()
        };
        let misfits = state.misfits(&lesson());
        assert_eq!(
            misfits,
            ["there is no control 'depth'", "the control 'rate': it is 7; it must be from 0 to 1", "there is no experiment 'other'"]
        );
    }

    #[test]
    fn an_experiment_that_cannot_run_is_told_before_it_is_opened() {
        let state = PageState { edits: [(String::new(), json!({ "batch_size": 0 }))].into(), ..PageState::default() };
        assert_eq!(state.misfits(&lesson()), ["the experiment: batch_size is 0; it must be from 1 to 1024"]);
    }

    #[test]
    fn a_widget_keeps_and_forgets() {
        let state = Rc::new(PageState::default());
        let state = state.reduce(Change::Keep("curves".into(), "log".into(), Some(json!(true))));
        assert_eq!(state.kept["curves"]["log"], json!(true));
        assert_eq!(*state.reduce(Change::Keep("curves".into(), "log".into(), None)), PageState::default());
    }
}
