//! Whether a run has come to where its rules say that it stops.
//!
//! Knows the numbers that come back; knows nothing of how a run is stopped. When it holds depends on the numbers alone, so that the same
//! run stops by the same rule at the same step's number, however late that comes back.

use crate::experiment::{LOSS_STEPS, Stop};
use std::collections::VecDeque;

/// By how much the loss falls at least, as a share of the least so far, if it is not to count as standing still.
const PROGRESS: f64 = 1e-3;

/// A run's rules and how near they are.
#[derive(Debug, Default)]
pub(super) struct Ending {
    rules: Stop,
    /// The losses of the last steps.
    losses: VecDeque<f32>,
    /// The least mean so far, and after how many steps.
    least: Option<(f64, u32)>,
    /// Why the run stops, once it does.
    reason: Option<String>,
    /// The rules have stopped it, and hold no more.
    spent: bool,
}

impl Ending {
    pub(super) fn new(rules: Stop) -> Self {
        Ending { rules, ..Ending::default() }
    }

    /// The same rules, from the start or from where the run has gone back to.
    pub(super) fn again(&mut self) {
        *self = Ending::new(self.rules);
    }

    /// A step's loss is back.
    pub(super) fn step(&mut self, step: u32, loss: f32) {
        self.losses.push_back(loss);
        if self.losses.len() > LOSS_STEPS {
            self.losses.pop_front();
        }
        if self.losses.len() < LOSS_STEPS {
            return;
        }
        let mean = self.losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / LOSS_STEPS as f64;
        if let Some(bound) = self.rules.loss_below.filter(|&bound| mean < f64::from(bound)) {
            self.end(format!("It stopped after {step} steps: the training loss, over the last {LOSS_STEPS}, is below {bound}."));
        }
        match self.least {
            Some((least, at)) if mean.is_nan() || mean >= least * (1.0 - PROGRESS) => {
                if let Some(steps) = self.rules.plateau_steps.filter(|&steps| step - at >= steps) {
                    self.end(format!("It stopped after {step} steps: the training loss has not fallen for {steps} steps."));
                }
            }
            _ => self.least = Some((mean, step)),
        }
    }

    /// A test's result is back.
    pub(super) fn test(&mut self, step: u32, accuracy: f32) {
        if let Some(bound) = self.rules.accuracy_above.filter(|&bound| accuracy > bound) {
            self.end(format!("It stopped after {step} steps: the test accuracy is above {} %.", 100.0 * bound));
        }
    }

    /// Why no more than so many steps are made, if so.
    pub(super) fn reached(&mut self, steps: u32) -> Option<&str> {
        if let Some(most) = self.rules.steps.filter(|&most| steps >= most) {
            self.end(format!("It stopped after {steps} steps, as the rule of {most} says."));
        }
        self.reason.as_deref()
    }

    /// The reason, which is told once; then the reader may go on beyond it.
    pub(super) fn take(&mut self) -> Option<String> {
        let reason = self.reason.take();
        self.spent |= reason.is_some();
        reason
    }

    fn end(&mut self, reason: String) {
        if !self.spent {
            self.reason.get_or_insert(reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_low_when_its_mean_is() {
        let mut ending = Ending::new(Stop { loss_below: Some(0.5), ..Stop::default() });
        (1..=19).for_each(|step| ending.step(step, 0.1));
        assert_eq!(ending.take(), None, "too few steps for a mean");
        ending.step(20, 0.1);
        assert!(ending.take().is_some_and(|reason| reason.contains("after 20 steps") && reason.contains("below 0.5")));
        ending.step(21, 0.1);
        assert_eq!(ending.take(), None, "it is told once, and the reader may go on");
    }

    #[test]
    fn a_plateau_is_as_long_as_the_rule_says() {
        let mut ending = Ending::new(Stop { plateau_steps: Some(30), ..Stop::default() });
        for step in 1..=100 {
            ending.step(step, 1.0 / step as f32);
        }
        assert_eq!(ending.take(), None, "it falls");
        let stopped = (101..1000).find(|&step| {
            ending.step(step, 0.5);
            ending.reached(step).is_some()
        });
        assert_eq!(stopped, Some(130));
        let mut ending = Ending::new(Stop { plateau_steps: Some(30), ..Stop::default() });
        (1..=20).for_each(|step| ending.step(step, 1.0));
        (21..=60).for_each(|step| ending.step(step, f32::NAN));
        assert!(ending.take().is_some(), "what is no number does not fall");
    }

    #[test]
    fn steps_and_accuracy_are_bounds() {
        let mut ending = Ending::new(Stop { steps: Some(5), accuracy_above: Some(0.9), ..Stop::default() });
        ending.test(3, 0.9);
        assert_eq!(ending.reached(4), None);
        assert!(ending.reached(5).is_some_and(|reason| reason.contains("rule of 5")));
        ending.take();
        assert_eq!(ending.reached(6), None);
        ending.again();
        ending.test(3, 0.95);
        assert!(ending.take().is_some_and(|reason| reason.contains("90 %")));
    }
}
