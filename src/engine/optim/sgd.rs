//! Stochastic gradient descent, as `torch.optim.SGD` computes it. With `g` the gradient plus `weight_decay * p`:
//! `v = momentum * v + (1 - dampening) * g` (in the first step `v = g`), then `p = p - lr * v`, or with Nesterov's momentum
//! `p = p - lr * (g + momentum * v)` (Sutskever et al., 2013).

#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Rule, at_least_zero, below_one, share};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// `torch.optim.SGD`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sgd {
    /// How much of the last velocity stays; 0 is plain gradient descent.
    pub momentum: f32,
    /// How much of the gradient is kept out of the velocity.
    pub dampening: f32,
    /// Whether the step is taken from where the velocity leads.
    pub nesterov: bool,
    /// This many times the parameter is added to its gradient.
    pub weight_decay: f32,
}

impl Rule for Sgd {
    fn check(&self) -> Result<()> {
        below_one("momentum", self.momentum)?;
        // A dampening of 1 leaves the velocity of the first step to die out; PyTorch allows it.
        share("dampening", self.dampening)?;
        at_least_zero("weight_decay", self.weight_decay)?;
        if self.nesterov && (self.momentum == 0.0 || self.dampening != 0.0) {
            return Err(Error::model("nesterov needs a momentum above 0 and no dampening"));
        }
        Ok(())
    }

    fn weight_decay(&self) -> f32 {
        self.weight_decay
    }

    fn states(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { &["momentum_buffer"] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::tests::{Steps, steps};

    #[test]
    fn momentum_by_hand() {
        let rule = Sgd { momentum: 0.5, ..Sgd::default() };
        let got = steps(&rule, &Steps { rate: 0.25, start: &[1.0, -2.0], gradients: &[&[4.0, 8.0], &[2.0, -4.0]], options: &[1.0, 0.0] });
        assert_eq!(got, [vec![0.0, -4.0], vec![-1.0, -4.0]]);
    }

    #[test]
    fn without_momentum_only_the_gradient_counts() {
        let got = steps(&Sgd::default(), &Steps { rate: 0.5, start: &[1.0], gradients: &[&[1.0], &[0.5]], options: &[1.0, 0.0] });
        assert_eq!(got, [vec![0.5], vec![0.25]]);
    }

    #[test]
    fn nesterov_dampening_and_decay_by_hand() {
        let nesterov = Sgd { momentum: 0.5, nesterov: true, ..Sgd::default() };
        // v = 4, step 4 + 2; then v = 2 + 2 = 4, step 2 + 2.
        let got = steps(&nesterov, &Steps { rate: 0.5, start: &[0.0], gradients: &[&[4.0], &[2.0]], options: &[1.0, 0.0] });
        assert_eq!(got, [vec![-3.0], vec![-5.0]]);
        let dampened = Sgd { momentum: 0.5, dampening: 0.5, ..Sgd::default() };
        // v = 4 undampened, then 2 + 1.
        let got = steps(&dampened, &Steps { rate: 1.0, start: &[0.0], gradients: &[&[4.0], &[2.0]], options: &[1.0, 0.0] });
        assert_eq!(got, [vec![-4.0], vec![-7.0]]);
        // g = 1 + 0.5 * 2.
        let got = steps(&Sgd::default(), &Steps { rate: 0.5, start: &[2.0], gradients: &[&[1.0]], options: &[1.0, 0.5] });
        assert_eq!(got, [vec![1.0]]);
    }
}
