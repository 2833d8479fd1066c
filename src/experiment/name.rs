//! What to call an experiment beside another: by what differs.
//!
//! Knows experiments; knows nothing of who shows the name.

use super::Experiment;
use serde_json::Value;
use stride_engine::optim::Optimizer;

/// What differs, in a few words each, the most telling first: `lr 0.3`, `SGD`. Empty for the same experiment.
pub fn differences(original: &Experiment, changed: &Experiment) -> Vec<String> {
    let mut words = Vec::new();
    let mut when = |differs: bool, word: String| {
        if differs {
            words.push(word);
        }
    };
    when(original.learning_rate != changed.learning_rate, format!("lr {}", changed.learning_rate));
    if original.optimizer != changed.optimizer {
        optimizer(&original.optimizer, &changed.optimizer).into_iter().for_each(|word| when(true, word));
    }
    when(original.batch_size != changed.batch_size, format!("batch {}", changed.batch_size));
    when(original.seed != changed.seed, format!("seed {}", changed.seed));
    when(
        original.schedule != changed.schedule || original.schedule_by != changed.schedule_by,
        match kind(&changed.schedule) {
            Some(kind) => format!("schedule {}", spaced(&kind)),
            None => "another schedule".into(),
        },
    );
    when(original.label_smoothing != changed.label_smoothing, format!("label smoothing {}", changed.label_smoothing));
    when(original.augmentation != changed.augmentation, "other augmentation".into());
    when(original.groups != changed.groups, "other parameter groups".into());
    layers(original, changed).into_iter().for_each(|word| when(true, word));
    words
}

/// The same as one text, `lr 0.3, SGD`; of the same experiment `as it was`.
pub fn name(original: &Experiment, changed: &Experiment) -> String {
    let words = differences(original, changed);
    if words.is_empty() { "as it was".into() } else { words.join(", ") }
}

fn optimizer(original: &Optimizer, changed: &Optimizer) -> Vec<String> {
    let name = match changed {
        Optimizer::Sgd(sgd) if sgd.momentum > 0.0 => format!("SGD, momentum {}", sgd.momentum),
        Optimizer::Sgd(_) => "SGD".into(),
        Optimizer::Rmsprop(_) => "RMSprop".into(),
        Optimizer::Adam(_) => "Adam".into(),
        Optimizer::Adamw(_) => "AdamW".into(),
    };
    if std::mem::discriminant(original) != std::mem::discriminant(changed) {
        return vec![name];
    }
    let (Ok(Value::Object(before)), Ok(Value::Object(after))) = (serde_json::to_value(original), serde_json::to_value(changed)) else {
        return vec![name];
    };
    let changed_fields = after.iter().filter(|(field, value)| before.get(*field) != Some(value));
    changed_fields.map(|(field, value)| format!("{} {}", spaced(field), number(value))).collect()
}

/// A number as it is written, though it came by way of double precision.
fn number(value: &Value) -> String {
    match value.as_f64() {
        Some(number) => (number as f32).to_string(),
        None => value.to_string(),
    }
}

fn spaced(field: &str) -> String {
    field.replace('_', " ")
}

/// What kind a table says that it is.
fn kind<T: serde::Serialize>(table: &T) -> Option<String> {
    serde_json::to_value(table).ok()?.get("name")?.as_str().map(Into::into)
}

/// Kinds of layers that one network has and the other lacks, or that the networks differ.
fn layers(original: &Experiment, changed: &Experiment) -> Vec<String> {
    if original.model == changed.model {
        return Vec::new();
    }
    let count = |experiment: &Experiment| {
        let mut kinds = std::collections::BTreeMap::<String, usize>::new();
        if let Ok(model) = serde_json::to_value(&experiment.model) {
            count_layers(&model, &mut kinds);
        }
        kinds
    };
    let (before, after) = (count(original), count(changed));
    let gone = before.keys().filter(|kind| !after.contains_key(*kind)).map(|kind| format!("no {}", short(kind)));
    let new = after.keys().filter(|kind| !before.contains_key(*kind)).map(|kind| format!("with {}", short(kind)));
    let words: Vec<String> = gone.chain(new).collect();
    if words.is_empty() { vec!["another network".into()] } else { words }
}

fn count_layers(value: &Value, kinds: &mut std::collections::BTreeMap<String, usize>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(kind)) = fields.get("layer") {
                *kinds.entry(kind.clone()).or_default() += 1;
            }
            fields.values().for_each(|value| count_layers(value, kinds));
        }
        Value::Array(values) => values.iter().for_each(|value| count_layers(value, kinds)),
        _ => {}
    }
}

fn short(kind: &str) -> String {
    match kind {
        "batch_norm1d" | "batch_norm2d" => "BN".into(),
        other => spaced(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stride_engine::optim::Sgd;

    fn experiment(layers: &str) -> Experiment {
        let toml = format!(
            "batch_size = 8\nlearning_rate = 0.1\noptimizer = {{ name = 'adam' }}\n[model]\ninput = [1, 28, 28]\nlayers = [{layers} {{ layer = 'flatten' }}, {{ layer = 'linear', in_features = 784, out_features = 10 }}]"
        );
        Experiment::from_values(&toml::from_str(&toml).unwrap()).unwrap()
    }

    #[test]
    fn a_run_is_called_by_what_differs() {
        let original = experiment("");
        let named = |changed: &Experiment| name(&original, changed);
        assert_eq!(named(&original), "as it was");
        assert_eq!(named(&Experiment { learning_rate: 0.3, optimizer: Optimizer::sgd(0.0), ..original.clone() }), "lr 0.3, SGD");
        assert_eq!(named(&Experiment { seed: 7, batch_size: 32, ..original.clone() }), "batch 32, seed 7");
        assert_eq!(named(&Experiment { optimizer: Optimizer::sgd(0.9), ..original.clone() }), "SGD, momentum 0.9");
        assert_eq!(named(&Experiment { label_smoothing: 0.1, ..original.clone() }), "label smoothing 0.1");
    }

    #[test]
    fn a_constant_of_the_same_optimizer_is_named() {
        let original = Experiment { optimizer: Optimizer::sgd(0.9), ..experiment("") };
        let changed = Optimizer::Sgd(Sgd { momentum: 0.9, weight_decay: 0.001, ..Sgd::default() });
        assert_eq!(name(&original, &Experiment { optimizer: changed, ..original.clone() }), "weight decay 0.001");
    }

    #[test]
    fn a_layer_that_is_missing_is_named() {
        let with = experiment("{ layer = 'batch_norm2d', num_features = 1 },");
        let without = experiment("");
        assert_eq!(name(&with, &without), "no BN");
        assert_eq!(name(&without, &with), "with BN");
        assert_eq!(name(&without, &experiment("{ layer = 'flatten' },")), "another network");
    }
}
