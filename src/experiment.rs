//! An Experiment: plain data that says everything a run depends on, and its TOML form.
//!
//! Knows the engine's descriptions of models and optimizers; knows nothing of pages, workers or devices.

pub mod name;
mod stop;

use serde::{Deserialize, Serialize};
use serde_json::Value;
pub use stop::{LOSS_STEPS, Stop};
use stride_engine::nn::Model;
use stride_engine::ops::Augmentation;
use stride_engine::optim::{Optimizer, ParameterGroup, Schedule};

/// Everything a run depends on. The same experiment on the same device gives the same numbers, bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Seed of the initial weights and of the order of the images.
    #[serde(default)]
    pub seed: u32,
    /// Images per step.
    pub batch_size: usize,
    /// The learning rate at the start; a reader may change it while the run runs.
    pub learning_rate: f32,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// What becomes of the learning rate as time goes by.
    #[serde(default)]
    pub schedule: Schedule,
    /// What the schedule counts.
    #[serde(default)]
    pub schedule_by: Unit,
    /// Parameters that move differently; the others follow the optimizer.
    #[serde(default)]
    pub groups: Vec<ParameterGroup>,
    /// What is done to training images.
    #[serde(default)]
    pub augmentation: Augmentation,
    /// How much of every label is shared among all classes.
    #[serde(default)]
    pub label_smoothing: f32,
    /// The network.
    pub model: Model,
    /// What is measured on the way.
    #[serde(default)]
    pub measure: Measure,
    /// When it stops of itself. No rule changes a step that is made.
    #[serde(default)]
    pub stop: Stop,
}

/// What a schedule counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Whole epochs gone by.
    #[default]
    Epoch,
    /// Steps gone by.
    Step,
}

/// What is measured on the way. None of it changes the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Measure {
    /// A test on the first images of the test set every so many steps.
    pub test_every: u32,
    /// How many images that test takes.
    pub test_images: usize,
    /// Statistics of every layer every so many steps.
    pub probe_every: u32,
}

impl Default for Measure {
    fn default() -> Self {
        Measure { test_every: 50, test_images: 1000, probe_every: 10 }
    }
}

/// The largest batch that an experiment may ask for.
pub const MAX_BATCH: usize = 1024;

impl Experiment {
    /// Reads an experiment from the values of a lesson's cell or of a link; the error is one sentence.
    pub fn from_values(values: &Value) -> Result<Self, String> {
        let experiment = Experiment::deserialize(values).map_err(|error| error.to_string())?;
        experiment.check()?;
        Ok(experiment)
    }

    /// The same as values, which [`Experiment::from_values`] reads back to the same experiment.
    pub fn to_values(&self) -> Value {
        // It cannot fail: an experiment is numbers, texts, lists, and tables by text.
        let mut values = serde_json::to_value(self).unwrap_or_default();
        shorten(&mut values);
        // That there is no rule is said: a reader may take a rule of the lesson's away, and a change is told by what it says.
        if let Value::Object(fields) = &mut values {
            fields.insert("stop".into(), self.stop.to_values());
        }
        values
    }

    /// The same as TOML, as lessons have it.
    pub fn to_toml(&self) -> Result<String, String> {
        let mut values = self.to_values();
        if let Value::Object(fields) = &mut values {
            if let Some(Value::Object(rules)) = fields.get_mut("stop") {
                rules.retain(|_, rule| !rule.is_null());
            }
            fields.retain(|name, field| name != "stop" || field.as_object().is_none_or(|rules| !rules.is_empty()));
        }
        toml::to_string(&values).map_err(|e| e.to_string())
    }

    /// Says in one sentence what makes no sense, if anything does.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=MAX_BATCH).contains(&self.batch_size) {
            return Err(format!("batch_size is {}; it must be from 1 to {MAX_BATCH}", self.batch_size));
        }
        check_learning_rate(self.learning_rate)?;
        self.optimizer.check().map_err(|e| e.to_string())?;
        self.schedule.check().map_err(|e| e.to_string())?;
        self.augmentation.check().map_err(|e| e.to_string())?;
        if !(0.0..=1.0).contains(&self.label_smoothing) {
            return Err(format!("label_smoothing is {}; it must be from 0 to 1", self.label_smoothing));
        }
        if self.measure.test_every == 0 || self.measure.probe_every == 0 {
            return Err("test_every and probe_every count steps; they must be 1 or more".into());
        }
        self.stop.check()?;
        // In training too, where there may be heads that are not there in use.
        self.model.outline().map_err(|e| e.to_string())?;
        // Every data set there is has images of 28 x 28 in ten classes.
        let (input, output) = (&self.model.input, self.model.output().map_err(|e| e.to_string())?);
        if *input != [1, 28, 28] || output != [10] {
            return Err(format!("the model goes from {input:?} to {output:?}; the images are [1, 28, 28] and there are [10] classes"));
        }
        Ok(())
    }
}

/// Makes 0.1 of what is, in double precision, the single-precision number nearest to 0.1, and leaves out what is not set.
fn shorten(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let single = number.as_f64().filter(|_| number.is_f64()).map(|double| (double, double as f32));
            if let Some((double, single)) = single
                && f64::from(single) == double
                && let Some(short) = single.to_string().parse().ok().and_then(serde_json::Number::from_f64)
            {
                *number = short;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(shorten);
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Says in one sentence why a number is no learning rate, if it is none.
pub fn check_learning_rate(rate: f32) -> Result<(), String> {
    if rate.is_finite() && (0.0..=100.0).contains(&rate) {
        Ok(())
    } else {
        Err(format!("the learning rate is {rate}; it must be a number from 0 to 100"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOML: &str = r#"
        seed = 7
        batch_size = 16
        learning_rate = 0.1
        optimizer = { name = "adam", beta2 = 0.95 }
        schedule = { name = "step", step_size = 3, gamma = 0.7 }

        [model]
        input = [1, 28, 28]
        layers = [
            { layer = "flatten" },
            { layer = "linear", in_features = 784, out_features = 10 },
        ]
    "#;

    #[test]
    fn values_and_toml_say_the_same() {
        let values: Value = toml::from_str(TOML).unwrap();
        let experiment = Experiment::from_values(&values).unwrap();
        let written = experiment.to_values();
        assert_eq!(written["learning_rate"].to_string(), "0.1");
        assert_eq!(Experiment::from_values(&written).unwrap(), experiment);
        let text = experiment.to_toml().unwrap();
        assert!(text.contains("learning_rate = 0.1\n") && text.find("seed") < text.find("[model]"), "{text}");
        assert_eq!(Experiment::from_values(&toml::from_str(&text).unwrap()).unwrap(), experiment);
    }

    #[test]
    fn rules_are_written_where_there_are_some() {
        let experiment = Experiment::from_values(&toml::from_str(TOML).unwrap()).unwrap();
        assert!(!experiment.to_toml().unwrap().contains("stop"));
        assert!(experiment.to_values()["stop"]["steps"].is_null());
        let stop = Stop { accuracy_above: Some(0.97), ..Stop::default() };
        let text = Experiment { stop, ..experiment }.to_toml().unwrap();
        assert!(text.contains("[stop]\naccuracy_above = 0.97\n"), "{text}");
    }

    #[test]
    fn what_makes_no_sense_is_said_in_a_sentence() {
        let mut values: Value = toml::from_str(TOML).unwrap();
        values["batch_size"] = 0.into();
        assert_eq!(Experiment::from_values(&values).unwrap_err(), "batch_size is 0; it must be from 1 to 1024");
        values["batch_sise"] = 8.into();
        assert!(Experiment::from_values(&values).unwrap_err().contains("unknown field `batch_sise`"));
    }
}
