//! Stochastic gradient descent, as `torch.optim.SGD` computes it. With `g` the gradient plus `weight_decay * p`:
//! `v = momentum * v + (1 - dampening) * g` (in the first step `v = g`), then `p = p - lr * v`, or with Nesterov's momentum
//! `p = p - lr * (g + momentum * v)` (Sutskever et al., 2013).

use super::control::{Control, decimal};
use super::groups::{BLOCK, moving};
use super::{Rule, at_least_zero, below_one, share};
use crate::error::{Error, Result};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use serde::{Deserialize, Serialize};

pub(super) const SHADER: &str = concat!(include_str!("prelude.wgsl"), include_str!("sgd.wgsl"));

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

impl Sgd {
    fn constants(&self) -> (f32, f32) {
        (self.momentum, (1.0 - decimal(self.dampening)) as f32)
    }
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

    fn kernel(&self, len: usize) -> Kernel {
        let (momentum, rest) = self.constants();
        let nesterov = self.nesterov;
        let plain = self.momentum == 0.0;
        let constants = vec![
            ("n", len as f64),
            ("momentum", f64::from(momentum)),
            ("rest", f64::from(rest)),
            ("nesterov", f64::from(u8::from(nesterov))),
        ];
        let entry = if plain { "plain" } else { "with_momentum" };
        let cpu: CpuKernel = Box::new(move |reads, writes| {
            let (gradients, control, table) = (reads.f32(0), Control::read(reads.f32(1)), reads.f32(2));
            match writes {
                [parameters] => step_plain(&control, table, gradients, parameters),
                [parameters, velocity] => step(momentum, rest, nesterov, &control, table, gradients, parameters, velocity),
                _ => {}
            }
        });
        let gpu = GpuKernel { source: SHADER, entry, constants, workgroups: grid(len, BLOCK) };
        Kernel { label: "sgd".into(), gpu, cpu }
    }
}

/// Twin of `plain` in `sgd.wgsl`.
fn step_plain(control: &Control, table: &[f32], gradients: &[f32], parameters: &mut [f32]) {
    for (block, rate, decay) in moving(table, control.learning_rate, parameters.len()) {
        for (p, g) in parameters[block.clone()].iter_mut().zip(&gradients[block]) {
            *p -= rate * (g + decay * *p);
        }
    }
}

/// Twin of `with_momentum` in `sgd.wgsl`.
#[allow(clippy::too_many_arguments)]
fn step(
    momentum: f32,
    rest: f32,
    nesterov: bool,
    control: &Control,
    table: &[f32],
    gradients: &[f32],
    parameters: &mut [f32],
    velocity: &mut [f32],
) {
    for (block, rate, decay) in moving(table, control.learning_rate, parameters.len()) {
        let state = velocity[block.clone()].iter_mut();
        for ((p, v), g) in parameters[block.clone()].iter_mut().zip(state).zip(&gradients[block]) {
            let g = g + decay * *p;
            *v = if control.step == 1 { g } else { momentum * *v + rest * g };
            *p -= rate * if nesterov { g + momentum * *v } else { *v };
        }
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
