//! A control: a value that a reader sets once and that prose, widgets and experiments name.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

/// What a value is set with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// What stands beside it.
    pub label: String,
    /// What it is counted in; empty for a plain number.
    #[serde(default)]
    pub unit: String,
    /// What it is at the start.
    pub value: Value,
    /// What it may be.
    pub range: Range,
}

/// What a control may be set to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Range {
    /// A number.
    Slider {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
        /// From one position to the next; 0: as fine as a slider can be set. On a log scale, in decades.
        step: f64,
        /// Whether equal ratios are equal distances.
        log: bool,
    },
    /// One of these.
    Choice(Vec<Value>),
    /// Yes or no.
    Switch,
}

impl Control {
    /// Says in one sentence why a value does not fit, if it does not.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        match (&self.range, value) {
            (Range::Slider { min, max, .. }, Value::Number(number)) => match number.as_f64() {
                Some(given) if (*min..=*max).contains(&given) => Ok(()),
                _ => Err(format!("it is {number}; it must be from {min} to {max}")),
            },
            (Range::Slider { min, max, .. }, other) => Err(format!("it is {other}; it must be a number from {min} to {max}")),
            (Range::Choice(choices), given) if choices.contains(given) => Ok(()),
            (Range::Choice(choices), given) => {
                let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
                Err(format!("it is {given}; it must be one of {}", choices.join(", ")))
            }
            (Range::Switch, Value::Bool(_)) => Ok(()),
            (Range::Switch, other) => Err(format!("it is {other}; it must be true or false")),
        }
    }
}

/// A number as a value: whole where it is whole, so that it may stand where a count is wanted.
pub fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        Value::Number(Number::from(value as i64))
    } else {
        Number::from_f64(value).map_or(Value::Null, Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_does_not_fit_is_told_what_would() {
        let slider = |min, max| Control {
            label: "Width".into(),
            unit: String::new(),
            value: number(min),
            range: Range::Slider { min, max, step: 1.0, log: false },
        };
        assert_eq!(slider(1.0, 5.0).check(&number(5.0)), Ok(()));
        assert_eq!(slider(1.0, 5.0).check(&number(7.5)), Err("it is 7.5; it must be from 1 to 5".into()));
        assert_eq!(slider(1.0, 5.0).check(&Value::Bool(true)), Err("it is true; it must be a number from 1 to 5".into()));
        let choice = Control { range: Range::Choice(vec!["adam".into(), "sgd".into()]), ..slider(0.0, 1.0) };
        assert_eq!(choice.check(&"sgd".into()), Ok(()));
        assert_eq!(choice.check(&"lion".into()), Err("it is \"lion\"; it must be one of \"adam\", \"sgd\"".into()));
        assert!(Control { range: Range::Switch, ..choice }.check(&number(1.0)).is_err());
    }

    #[test]
    fn whole_numbers_stay_whole() {
        assert_eq!(number(3.0).to_string(), "3");
        assert_eq!(number(0.5).to_string(), "0.5");
        assert_eq!(number(f64::NAN), Value::Null);
    }
}
