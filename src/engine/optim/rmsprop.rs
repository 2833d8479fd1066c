//! RMSprop (Hinton, 2012), as `torch.optim.RMSprop` computes it. With `g` the gradient plus `weight_decay * p`:
//! `s = alpha * s + (1 - alpha) * g^2`, `p = p - lr * g / (sqrt(s) + eps)`; with momentum
//! `v = momentum * v + g / (sqrt(s) + eps)`, `p = p - lr * v`. Centered (Graves, 2013), the root is that of `s - a^2`, where
//! `a = alpha * a + (1 - alpha) * g`.

#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Rule, at_least_zero, below_one, positive};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// `torch.optim.RMSprop`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RmsProp {
    /// Decay of the mean of the squared gradients.
    pub alpha: f32,
    /// Added to the denominator, outside the root.
    pub eps: f32,
    /// How much of the last velocity stays.
    pub momentum: f32,
    /// This many times the parameter is added to its gradient.
    pub weight_decay: f32,
    /// Whether the gradients' standard deviation divides, rather than the root of their mean square. Where rounding makes the variance
    /// negative it counts as 0 (PyTorch's root is then no number).
    pub centered: bool,
}

impl Default for RmsProp {
    fn default() -> Self {
        RmsProp { alpha: 0.99, eps: 1e-8, momentum: 0.0, weight_decay: 0.0, centered: false }
    }
}

impl Rule for RmsProp {
    fn check(&self) -> Result<()> {
        below_one("alpha", self.alpha)?;
        below_one("momentum", self.momentum)?;
        positive("eps", self.eps)?;
        at_least_zero("weight_decay", self.weight_decay)
    }

    fn weight_decay(&self) -> f32 {
        self.weight_decay
    }

    fn states(&self) -> &'static [&'static str] {
        match (self.momentum != 0.0, self.centered) {
            (false, false) => &["square_avg"],
            (true, false) => &["square_avg", "momentum_buffer"],
            (false, true) => &["square_avg", "grad_avg"],
            (true, true) => &["square_avg", "momentum_buffer", "grad_avg"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::tests::{Steps, steps};

    const FEED: Steps = Steps { rate: 0.5, start: &[0.0], gradients: &[&[4.0], &[2.0]], options: &[1.0, 0.0] };

    fn close(got: &[Vec<f32>], want: &[f32]) {
        assert!(got.iter().flatten().zip(want).all(|(got, want)| (got - want).abs() < 1e-5), "{got:?} is not {want:?}");
    }

    #[test]
    fn two_steps_by_hand() {
        // s = 4, step 0.5 * 4 / 2; then s = 3 + 1 = 4, step 0.5 * 2 / 2.
        let rule = RmsProp { alpha: 0.75, eps: 1e-12, ..RmsProp::default() };
        assert_eq!(steps(&rule, &FEED), [vec![-1.0], vec![-1.5]]);
        // The same with half of the velocity: 2, then 1 + 1.
        let rule = RmsProp { momentum: 0.5, ..rule };
        assert_eq!(steps(&rule, &FEED), [vec![-1.0], vec![-2.0]]);
    }

    #[test]
    fn centered_by_hand() {
        // s = 4, a = 1: variance 3, step 0.5 * 4 / sqrt(3). Then s = 4, a = 1 + (2 - 1) / 4: variance 4 - 1.5625, step 0.5 * 2 / 1.5612.
        let rule = RmsProp { alpha: 0.75, eps: 1e-12, centered: true, ..RmsProp::default() };
        let (first, second) = (4.0 / 3f32.sqrt(), 2.0 / 2.4375f32.sqrt());
        close(&steps(&rule, &FEED), &[-0.5 * first, -0.5 * (first + second)]);
        let rule = RmsProp { momentum: 0.5, ..rule };
        close(&steps(&rule, &FEED), &[-0.5 * first, -0.5 * (1.5 * first + second)]);
    }

    #[test]
    fn epsilon_stands_outside_the_root_and_decay_is_part_of_the_gradient() {
        // g = 3 + 0.5 * 2 = 4, s = 4, step 4 / (2 + 2).
        let rule = RmsProp { alpha: 0.75, eps: 2.0, ..RmsProp::default() };
        let feed = Steps { rate: 1.0, start: &[2.0], gradients: &[&[3.0]], options: &[1.0, 0.5] };
        assert_eq!(steps(&rule, &feed), [vec![1.0]]);
    }

    #[test]
    fn a_variance_that_rounding_makes_negative_is_no_trouble() {
        // With so short a memory the variance of equal gradients is 0 but for rounding, on either side.
        let rule = RmsProp { alpha: 1e-7, eps: 1.0, centered: true, ..RmsProp::default() };
        let gradient: Vec<f32> = (1..=64).map(|i| i as f32 / 48.0).collect();
        let got = steps(&rule, &Steps { rate: 1e-3, start: &[0.0; 64], gradients: &[gradient.as_slice(); 4], options: &[1.0, 0.0] });
        assert!(got.iter().flatten().all(|p| p.is_finite()), "{:?}", got.last());
    }
}
