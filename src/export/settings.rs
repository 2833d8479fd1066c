//! What an experiment says, in words, and in what several of them differ.
//!
//! Knows experiments; knows nothing of how they went.

use crate::experiment::{Experiment, Unit};
use serde_json::{Map, Value, json};
use stride_engine::optim::Optimizer;
use stride_engine::optim::Schedule;

/// A setting's name and what it says.
pub type Setting = (&'static str, String);

/// Everything that a run depends on, a setting each, in a fixed order.
pub fn settings(experiment: &Experiment) -> Vec<Setting> {
    let e = experiment;
    let parameters = e.model.parameter_count().map_or(String::new(), |count| format!(", {count} parameters"));
    vec![
        ("optimizer", optimizer(&e.optimizer)),
        ("learning rate", e.learning_rate.to_string()),
        ("schedule", schedule(&e.schedule, e.schedule_by)),
        ("batch size", e.batch_size.to_string()),
        ("label smoothing", e.label_smoothing.to_string()),
        ("augmentation", kind_and_changes("", &value(&e.augmentation), &json!({}), "none")),
        ("groups", e.groups.len().to_string()),
        ("model", format!("{} layers{parameters}", e.model.layers.len())),
        ("seed", e.seed.to_string()),
    ]
}

/// Which settings, by their places in [`settings`], are not the same in all of them.
pub fn differing(all: &[Vec<Setting>]) -> Vec<usize> {
    let Some((first, others)) = all.split_first() else { return Vec::new() };
    (0..first.len()).filter(|&index| others.iter().any(|other| other.get(index) != first.get(index))).collect()
}

/// What one has that another has not: "learning rate 0.3, optimizer sgd"; "the same settings" if there is nothing.
pub fn difference(own: &[Setting], other: &[Setting]) -> String {
    let parts: Vec<String> = own.iter().filter(|setting| !other.contains(setting)).map(|(name, says)| format!("{name} {says}")).collect();
    if parts.is_empty() { "the same settings".into() } else { parts.join(", ") }
}

fn value<T: serde::Serialize>(of: &T) -> Map<String, Value> {
    // By way of text, in which 0.1 is 0.1.
    let text = serde_json::to_string(of).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn optimizer(optimizer: &Optimizer) -> String {
    let own = value(optimizer);
    let name = own.get("name").cloned().unwrap_or_default();
    let usual: Option<Optimizer> = serde_json::from_value(json!({ "name": name })).ok();
    kind_and_changes(name.as_str().unwrap_or_default(), &own, &Value::Object(usual.map(|usual| value(&usual)).unwrap_or_default()), "")
}

fn schedule(schedule: &Schedule, by: Unit) -> String {
    let own = value(schedule);
    let name = own.get("name").and_then(Value::as_str).unwrap_or_default().to_string();
    let said = kind_and_changes(&name, &own, &json!({}), "");
    match (schedule, by) {
        (Schedule::Constant, _) => said,
        (_, Unit::Epoch) => said + ", by epoch",
        (_, Unit::Step) => said + ", by step",
    }
}

/// A kind with those of its fields that are not as they usually are.
fn kind_and_changes(kind: &str, own: &Map<String, Value>, usual: &Value, nothing: &str) -> String {
    let zero = |value: &Value| value.as_f64() == Some(0.0) || *value == Value::Bool(false);
    let changed =
        own.iter().filter(|(name, value)| *name != "name" && usual.get(name.as_str()).map_or(!zero(value), |usual| usual != *value));
    let mut fields: Vec<String> = changed.map(|(name, value)| format!("{} {value}", name.replace('_', " "))).collect();
    // In one order, however the experiment was written.
    fields.sort();
    let parts: Vec<String> = [kind.replace('_', " ")].into_iter().filter(|kind| !kind.is_empty()).chain(fields).collect();
    if parts.is_empty() { nothing.into() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment(change: Value) -> Experiment {
        let mut values = json!({
            "batch_size": 64, "learning_rate": 0.001, "optimizer": { "name": "adam" },
            "model": { "input": [1, 28, 28], "layers": [{ "layer": "flatten" }, { "layer": "linear", "in_features": 784, "out_features": 10 }] }
        });
        values.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Experiment::from_values(&values).unwrap()
    }

    #[test]
    fn only_what_is_not_usual_is_said() {
        let said = |change: Value, name: &str| {
            let all = settings(&experiment(change));
            all.into_iter().find(|(known, _)| *known == name).unwrap().1
        };
        assert_eq!(said(json!({}), "optimizer"), "adam");
        assert_eq!(
            said(json!({ "optimizer": { "name": "sgd", "momentum": 0.9, "nesterov": true } }), "optimizer"),
            "sgd, momentum 0.9, nesterov true"
        );
        assert_eq!(said(json!({ "schedule": { "name": "step", "step_size": 3 } }), "schedule"), "step, gamma 0.1, step size 3, by epoch");
        assert_eq!(said(json!({ "augmentation": { "shift": 2, "flip": true } }), "augmentation"), "flip true, shift 2");
        assert_eq!(said(json!({}), "augmentation"), "none");
        assert_eq!(said(json!({}), "model"), "2 layers, 7850 parameters");
    }

    #[test]
    fn differences_are_named() {
        let [a, b] = [json!({}), json!({ "learning_rate": 0.3, "seed": 7 })].map(|change| settings(&experiment(change)));
        let names: Vec<&str> = differing(&[a.clone(), b.clone()]).into_iter().map(|index| a[index].0).collect();
        assert_eq!(names, ["learning rate", "seed"]);
        assert_eq!(difference(&b, &a), "learning rate 0.3, seed 7");
        assert_eq!(difference(&a, &a), "the same settings");
        assert!(differing(&[a]).is_empty() && differing(&[]).is_empty());
    }
}
