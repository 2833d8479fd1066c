//! Layers that change only how numbers are arranged.

use crate::error::Result;
use crate::graph::NodeId;
use crate::nn::context::Context;
use crate::nn::layer::Module;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// `torch.nn.Flatten`: all dimensions but the batch become one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flatten {}

impl Module for Flatten {
    fn describe(&self) -> String {
        "Flatten()".into()
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        let input = context.graph.shape(x);
        let flat = Shape::new(&[input[0], input.dims()[1..].iter().product()]);
        context.graph.view(x, flat)
    }
}
