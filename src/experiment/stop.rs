//! Rules by which a run stops of itself.
//!
//! Knows numbers; knows nothing of how they are measured.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// When a run stops; it stops by the first rule that holds, and without a rule it does not stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stop {
    /// After so many steps in all.
    pub steps: Option<u32>,
    /// When the training loss, as the mean of the last [`LOSS_STEPS`] steps, is below this.
    pub loss_below: Option<f32>,
    /// When a test finds a larger share classified correctly, from 0 to 1.
    pub accuracy_above: Option<f32>,
    /// When that mean of the training loss has not fallen below its least by a thousandth for so many steps.
    pub plateau_steps: Option<u32>,
}

/// So many steps' losses are averaged: one batch alone jumps about.
pub const LOSS_STEPS: usize = 20;

impl Stop {
    /// Whether there is no rule.
    pub fn is_never(&self) -> bool {
        *self == Stop::default()
    }

    /// As values, with null for a rule that there is not.
    pub(super) fn to_values(self) -> Value {
        let short = |number: Option<f32>| number.and_then(|number| number.to_string().parse::<f64>().ok());
        json!({
            "steps": self.steps,
            "loss_below": short(self.loss_below),
            "accuracy_above": short(self.accuracy_above),
            "plateau_steps": self.plateau_steps,
        })
    }

    /// Says in one sentence what makes no sense, if anything does.
    pub fn check(&self) -> Result<(), String> {
        if self.steps == Some(0) {
            return Err("stop.steps is 0; a run makes at least 1 step".into());
        }
        if let Some(loss) = self.loss_below.filter(|loss| !(loss.is_finite() && *loss > 0.0)) {
            return Err(format!("stop.loss_below is {loss}; it must be a positive number of nats"));
        }
        if let Some(share) = self.accuracy_above.filter(|share| !(0.0..1.0).contains(share)) {
            return Err(format!("stop.accuracy_above is {share}; it is a share, at least 0 and below 1"));
        }
        if let Some(steps) = self.plateau_steps.filter(|&steps| (steps as usize) < LOSS_STEPS) {
            return Err(format!(
                "stop.plateau_steps is {steps}; it must be at least {LOSS_STEPS}, the steps that the loss is averaged over"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_make_no_sense_are_told_in_a_sentence() {
        for (stop, reason) in [
            (Stop { steps: Some(0), ..Stop::default() }, "at least 1 step"),
            (Stop { loss_below: Some(f32::NAN), ..Stop::default() }, "positive number"),
            (Stop { loss_below: Some(0.0), ..Stop::default() }, "positive number"),
            (Stop { accuracy_above: Some(97.0), ..Stop::default() }, "is a share"),
            (Stop { plateau_steps: Some(3), ..Stop::default() }, "at least 20"),
        ] {
            assert!(stop.check().unwrap_err().contains(reason), "{stop:?}");
        }
        assert!(Stop::default().check().is_ok() && Stop::default().is_never());
    }

    #[test]
    fn only_rules_that_there_are_are_written() {
        let stop = Stop { accuracy_above: Some(0.97), ..Stop::default() };
        let toml = toml::to_string(&stop).unwrap();
        assert_eq!(toml, "accuracy_above = 0.97\n");
        assert_eq!(toml::from_str::<Stop>(&toml).unwrap(), stop);
        assert!(toml::from_str::<Stop>("loss = 3").is_err());
    }
}
