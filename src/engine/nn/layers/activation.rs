//! Layers that act on every number by itself, or on a row of numbers: nonlinearities, dropout, softmax.

use crate::error::Result;
use crate::graph::NodeId;
use crate::nn::Mode;
use crate::nn::context::Context;
use crate::nn::layer::Module;
use crate::ops;
use serde::{Deserialize, Serialize};

macro_rules! plain {
    ($(#[$doc:meta])* $name:ident, $text:literal, $op:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {}

        impl Module for $name {
            fn describe(&self) -> String {
                $text.into()
            }

            fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
                $op(context.graph, x)
            }
        }
    };
}

plain!(
    /// `torch.nn.ReLU`: `max(x, 0)`.
    Relu,
    "ReLU()",
    ops::relu
);
plain!(
    /// `torch.nn.Tanh`.
    Tanh,
    "Tanh()",
    ops::tanh
);
plain!(
    /// `torch.nn.Sigmoid`: `1 / (1 + exp(-x))`.
    Sigmoid,
    "Sigmoid()",
    ops::sigmoid
);
plain!(
    /// `torch.nn.Softmax(dim=1)`: `exp(x) / sum exp(x)` over the channels.
    Softmax,
    "Softmax(dim=1)",
    ops::softmax
);
plain!(
    /// `torch.nn.LogSoftmax(dim=1)`: `x - log sum exp(x)` over the channels.
    LogSoftmax,
    "LogSoftmax(dim=1)",
    ops::log_softmax
);

fn slope() -> f32 {
    0.01
}

/// `torch.nn.LeakyReLU`: `x` where it is positive, `negative_slope * x` elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeakyRelu {
    /// The slope below 0.
    #[serde(default = "slope")]
    pub negative_slope: f32,
}

impl Module for LeakyRelu {
    fn describe(&self) -> String {
        format!("LeakyReLU({})", self.negative_slope)
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        ops::leaky_relu(context.graph, x, self.negative_slope)
    }
}

/// How [`Gelu`] is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approximation {
    /// By the error function.
    #[default]
    None,
    /// By a hyperbolic tangent.
    Tanh,
}

/// `torch.nn.GELU` (Hendrycks and Gimpel, 2016): `x Phi(x)`, Phi the normal distribution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gelu {
    /// How Phi is computed.
    #[serde(default)]
    pub approximate: Approximation,
}

impl Module for Gelu {
    fn describe(&self) -> String {
        match self.approximate {
            Approximation::None => "GELU()".into(),
            Approximation::Tanh => "GELU(approximate='tanh')".into(),
        }
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        match self.approximate {
            Approximation::None => ops::gelu(context.graph, x),
            Approximation::Tanh => ops::gelu_tanh(context.graph, x),
        }
    }
}

fn half() -> f32 {
    0.5
}

/// `torch.nn.Dropout` (Srivastava et al., 2014): in training every number is set to 0 with probability p and divided by 1 - p
/// otherwise; in use nothing happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// How probable it is that a number is dropped.
    #[serde(default = "half")]
    pub p: f32,
}

impl Module for Dropout {
    fn describe(&self) -> String {
        format!("Dropout({})", self.p)
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        match context.mode {
            Mode::Train => {
                let (control, stream) = context.random()?;
                ops::dropout(context.graph, x, control, self.p, stream)
            }
            Mode::Eval => Ok(x),
        }
    }
}
