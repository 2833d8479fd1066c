//! Normalisations: by the statistics of the batch, and by the neighbouring channels.

use super::{bounded, switch, yes};
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::nn::Mode;
use crate::nn::context::Context;
use crate::nn::init::Init;
use crate::nn::layer::Module;
use crate::ops::{self, BatchNormOutput};
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

fn eps() -> f32 {
    1e-5
}

fn momentum() -> f32 {
    0.1
}

fn alpha() -> f32 {
    1e-4
}

fn beta() -> f32 {
    0.75
}

fn k() -> f32 {
    1.0
}

macro_rules! batch_norm {
    ($(#[$doc:meta])* $name:ident, $text:literal, $ranks:pat, $wanted:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Channels.
            pub num_features: usize,
            /// Added to the variance under the root.
            #[serde(default = "eps")]
            pub eps: f32,
            /// How far a step moves the running statistics to those of its batch.
            #[serde(default = "momentum")]
            pub momentum: f32,
            /// Whether every channel has a learned scale and shift.
            #[serde(default = "yes")]
            pub affine: bool,
        }

        impl $name {
            /// With PyTorch's defaults.
            pub fn new(num_features: usize) -> Self {
                $name { num_features, eps: eps(), momentum: momentum(), affine: true }
            }
        }

        impl Module for $name {
            fn describe(&self) -> String {
                format!(concat!($text, "({}{})"), self.num_features, switch("affine", self.affine, true))
            }

            fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
                let input = context.graph.shape(x);
                if !matches!(input.rank(), $ranks) {
                    let got = Shape::new(&input.dims()[1..]);
                    return Err(Error::shape($text, format!(concat!("takes ", $wanted, ", got shape {}"), got)));
                }
                batch_norm(context, x, self.num_features, self.eps, self.momentum, self.affine)
            }
        }
    };
}

batch_norm!(
    /// `torch.nn.BatchNorm1d`: `[batch, features]` or `[batch, channels, length]`.
    BatchNorm1d,
    "BatchNorm1d",
    2 | 3,
    "a list of features or channels of signals"
);
batch_norm!(
    /// `torch.nn.BatchNorm2d`: `[batch, channels, height, width]`.
    BatchNorm2d,
    "BatchNorm2d",
    4,
    "images"
);

/// Normalises every channel: in training by the mean and variance of the batch, which move the running ones; in use by those.
fn batch_norm(context: &mut Context<'_>, x: NodeId, features: usize, eps: f32, momentum: f32, affine: bool) -> Result<NodeId> {
    bounded("num_features", features, 1, 1 << 20)?;
    if !(eps > 0.0 && eps.is_finite()) {
        return Err(Error::model(format!("eps is {eps}; it must be a positive number")));
    }
    if !(0.0..=1.0).contains(&momentum) {
        return Err(Error::model(format!("momentum is {momentum}; it must be from 0 to 1")));
    }
    let shape = Shape::new(&[features]);
    let affine = if affine {
        let weight = context.parameter("weight", shape.clone(), Init::Constant { value: 1.0 }, (1, 1))?;
        Some((weight, context.parameter("bias", shape.clone(), Init::Constant { value: 0.0 }, (1, 1))?))
    } else {
        None
    };
    let mean = context.buffer("running_mean", shape.clone(), 0.0, momentum)?;
    let variance = context.buffer("running_var", shape, 1.0, momentum)?;
    match context.mode {
        Mode::Train => {
            let output: BatchNormOutput = ops::batch_norm(context.graph, x, affine, eps)?;
            context.measured(mean, output.mean, 1.0);
            context.measured(variance, output.variance, output.unbiased);
            Ok(output.y)
        }
        Mode::Eval => ops::batch_norm_eval(context.graph, x, mean, variance, affine, eps),
    }
}

/// `torch.nn.LocalResponseNorm` (Krizhevsky et al., 2012).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalResponseNorm {
    /// Over how many neighbouring channels.
    pub size: usize,
    /// The factor of their mean square.
    #[serde(default = "alpha")]
    pub alpha: f32,
    /// The exponent.
    #[serde(default = "beta")]
    pub beta: f32,
    /// The constant.
    #[serde(default = "k")]
    pub k: f32,
}

impl Module for LocalResponseNorm {
    fn describe(&self) -> String {
        format!("LocalResponseNorm({}, alpha={}, beta={}, k={})", self.size, self.alpha, self.beta, self.k)
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        bounded("size", self.size, 1, 1 << 16)?;
        ops::local_response_norm(context.graph, x, self.size, self.alpha, self.beta, self.k)
    }
}
