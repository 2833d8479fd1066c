//! Adam (Kingma and Ba, 2015), as `torch.optim.Adam` computes it:
//! `m = beta1 * m + (1 - beta1) * g`, `v = beta2 * v + (1 - beta2) * g^2`,
//! `p = p - lr * (m / c1) / (sqrt(v) / c2 + eps)`, where m and v are 0 before the first step and
//! `c1 = 1 - beta1^t`, `c2 = sqrt(1 - beta2^t)` come from the host.
//!
//! Weight decay is added to the gradient (L2, `Adam`) or taken from the parameter beforehand, `p = p - lr * weight_decay * p`
//! (decoupled, `AdamW`; Loshchilov and Hutter, 2019). AMSGrad (Reddi et al., 2018) divides by the largest v so far.

#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::control::decimal;
use super::{Rule, at_least_zero, below_one, positive};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// `torch.optim.Adam`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adam {
    /// Decay of the mean of the gradients.
    pub beta1: f32,
    /// Decay of the mean of their squares.
    pub beta2: f32,
    /// Added to the denominator, outside the root.
    pub eps: f32,
    /// This many times the parameter is added to its gradient.
    pub weight_decay: f32,
    /// Whether the largest mean of squares so far divides, rather than the present one.
    pub amsgrad: bool,
}

/// `torch.optim.AdamW`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamW {
    /// Decay of the mean of the gradients.
    pub beta1: f32,
    /// Decay of the mean of their squares.
    pub beta2: f32,
    /// Added to the denominator, outside the root.
    pub eps: f32,
    /// The learning rate times this many times the parameter is taken from it in every step.
    pub weight_decay: f32,
    /// Whether the largest mean of squares so far divides, rather than the present one.
    pub amsgrad: bool,
}

impl Default for Adam {
    fn default() -> Self {
        Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0, amsgrad: false }
    }
}

impl Default for AdamW {
    fn default() -> Self {
        AdamW { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.01, amsgrad: false }
    }
}

macro_rules! rule {
    ($name:ident) => {
        impl Rule for $name {
            fn check(&self) -> Result<()> {
                below_one("beta1", self.beta1)?;
                below_one("beta2", self.beta2)?;
                positive("eps", self.eps)?;
                at_least_zero("weight_decay", self.weight_decay)
            }

            fn weight_decay(&self) -> f32 {
                self.weight_decay
            }

            fn states(&self) -> &'static [&'static str] {
                if self.amsgrad { &["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] } else { &["exp_avg", "exp_avg_sq"] }
            }

            /// In single precision `1 - beta2^step` would lose most of its digits in the first steps, when `beta2^step` is almost 1.
            fn corrections(&self, step: u32) -> [f32; 2] {
                let missing = |beta: f32| 1.0 - decimal(beta).powf(f64::from(step));
                [missing(self.beta1) as f32, missing(self.beta2).sqrt() as f32]
            }
        }
    };
}

rule!(Adam);
rule!(AdamW);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::tests::{Steps, steps};

    fn close(got: &[f32], want: &[f32]) {
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-5), "{got:?} is not {want:?}");
    }

    #[test]
    fn two_steps_by_hand() {
        let adam = Adam { beta1: 0.5, beta2: 0.75, ..Adam::default() };
        let got = steps(&adam, &Steps { rate: 0.1, start: &[1.0, 1.0], gradients: &[&[4.0, -1e-3], &[0.0, 0.0]], options: &[1.0, 0.0] });
        // The first step is the learning rate, whatever the gradient's size.
        close(&got[0], &[0.9, 1.1]);
        // m = 1, v = 3, c1 = 3/4, c2^2 = 7/16: (1 / 0.75) / sqrt(3 / (7/16)) = 0.509175.
        close(&got[1][..1], &[0.9 - 0.0509175]);
    }

    #[test]
    fn the_two_kinds_of_decay_by_hand() {
        // Added to the gradient, it is lost in the first step's sign; decoupled, it takes a tenth of a half of the parameter.
        let with = |options| Steps { rate: 0.1, start: &[2.0], gradients: &[&[4.0]], options };
        close(&steps(&Adam::default(), &with(&[1.0, 0.5]))[0], &[1.9]);
        close(&steps(&AdamW::default(), &with(&[1.0, 0.5]))[0], &[2.0 - 0.1 - 0.1]);
        // Half the learning rate halves the decoupled decay too.
        close(&steps(&AdamW::default(), &with(&[0.5, 0.5]))[0], &[2.0 - 0.05 - 0.05]);
    }

    #[test]
    fn amsgrad_remembers_the_largest() {
        let rule = Adam { beta1: 0.0, beta2: 0.5, eps: 1e-12, amsgrad: true, ..Adam::default() };
        // v = 8, c2^2 = 1/2: step 4 / 4 = 1. Then v = 4 + 2 = 6 < 8, c2^2 = 3/4: step 2 / sqrt(8 / 0.75) = 0.612372.
        let got = steps(&rule, &Steps { rate: 1.0, start: &[0.0], gradients: &[&[4.0], &[2.0]], options: &[1.0, 0.0] });
        close(&got[1], &[-1.612372]);
    }

    #[test]
    fn corrections_by_hand() {
        let adam = Adam::default();
        assert_eq!(adam.corrections(1), [0.1, 0.001f64.sqrt() as f32]);
        assert_eq!(adam.corrections(2), [0.19, 0.001999f64.sqrt() as f32]);
        assert_eq!(adam.corrections(1_000_000), [1.0, 1.0]);
    }
}
