//! `y = x W^T + b`.

use super::{bounded, switch, yes};
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::nn::context::Context;
use crate::nn::layer::Module;
use crate::ops;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// `torch.nn.Linear`: `weight: [out_features, in_features]`, `bias: [out_features]`; `[batch, in]` becomes `[batch, out]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linear {
    /// Numbers in.
    pub in_features: usize,
    /// Numbers out.
    pub out_features: usize,
    /// Whether a learned constant is added to every output.
    #[serde(default = "yes")]
    pub bias: bool,
}

impl Linear {
    /// With a bias.
    pub fn new(in_features: usize, out_features: usize) -> Self {
        Linear { in_features, out_features, bias: true }
    }
}

impl Module for Linear {
    fn describe(&self) -> String {
        format!("Linear({}, {}{})", self.in_features, self.out_features, switch("bias", self.bias, true))
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        bounded("in_features", self.in_features, 1, 1 << 20)?;
        bounded("out_features", self.out_features, 1, 1 << 20)?;
        let input = context.graph.shape(x);
        if input.rank() != 2 {
            let got = Shape::new(&input.dims()[1..]);
            let wanted = self.in_features;
            return Err(Error::shape(
                "Linear",
                format!("takes a list of {wanted} numbers, got shape {got}; put a flatten layer before it"),
            ));
        }
        let shape = Shape::new(&[self.out_features, self.in_features]);
        let (weight, bias) = context.weight_and_bias(shape, self.out_features, self.bias)?;
        let y = ops::linear(context.graph, x, weight, bias)?;
        context.multiply_adds(self.out_features, self.in_features);
        Ok(y)
    }
}
