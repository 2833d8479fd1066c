//! Optimizers: how parameters move along their gradients. One file each, with the kernel and its twin.

mod adam;
pub mod control;
mod sgd;

use crate::error::{Error, Result};
use crate::kernel::Kernel;
use serde::{Deserialize, Serialize};

/// An optimizer with its constants, named as `torch.optim` names them. The learning rate is given per step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
pub enum Optimizer {
    /// Stochastic gradient descent, `torch.optim.SGD`.
    Sgd {
        /// How much of the last velocity stays; 0 is plain gradient descent.
        #[serde(default)]
        momentum: f32,
    },
    /// `torch.optim.Adam` (Kingma and Ba, 2015).
    Adam {
        /// Decay of the mean of the gradients.
        #[serde(default = "default_beta1")]
        beta1: f32,
        /// Decay of the mean of their squares.
        #[serde(default = "default_beta2")]
        beta2: f32,
        /// Added to the denominator, outside the root.
        #[serde(default = "default_eps")]
        eps: f32,
    },
}

fn default_beta1() -> f32 {
    0.9
}

fn default_beta2() -> f32 {
    0.999
}

fn default_eps() -> f32 {
    1e-8
}

/// The kernels of the optimizers: file name and text.
pub const SHADERS: &[(&str, &str)] = &[("adam.wgsl", adam::SHADER), ("sgd.wgsl", sgd::SHADER)];

impl Optimizer {
    /// SGD with this momentum.
    pub fn sgd(momentum: f32) -> Self {
        Optimizer::Sgd { momentum }
    }

    /// Adam with PyTorch's defaults.
    pub fn adam() -> Self {
        Optimizer::Adam { beta1: default_beta1(), beta2: default_beta2(), eps: default_eps() }
    }

    /// Fails where a constant is out of its range.
    pub fn check(&self) -> Result<()> {
        let unit = |name: &str, value: f32| {
            if (0.0..1.0).contains(&value) {
                Ok(())
            } else {
                Err(Error::model(format!("{name} is {value}; it must be at least 0 and below 1")))
            }
        };
        match *self {
            Optimizer::Sgd { momentum } => unit("momentum", momentum),
            Optimizer::Adam { beta1, beta2, eps } => {
                unit("beta1", beta1)?;
                unit("beta2", beta2)?;
                if eps > 0.0 && eps.is_finite() { Ok(()) } else { Err(Error::model(format!("eps is {eps}; it must be a positive number"))) }
            }
        }
    }

    /// How many numbers the optimizer keeps for each parameter.
    pub fn state_per_parameter(&self) -> usize {
        match self {
            Optimizer::Sgd { .. } => 1,
            Optimizer::Adam { .. } => 2,
        }
    }

    /// The kernel that moves `len` parameters at once: reads `gradients, control`, writes `parameters, state...`.
    pub fn kernel(&self, len: usize) -> Kernel {
        match *self {
            Optimizer::Sgd { momentum } => sgd::kernel(len, momentum),
            Optimizer::Adam { beta1, beta2, eps } => adam::kernel(len, beta1, beta2, eps),
        }
    }
}
