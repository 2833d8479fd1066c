//! Mean squared error, `torch.nn.functional.mse_loss`: the mean of `(x - target)^2` over all numbers, composed of other operations.

use super::{add, dot, expect_shapes, scaled};
use crate::error::Result;
use crate::graph::{Graph, NodeId};

/// The mean of `(x - target)^2`, a scalar; both of one shape.
pub fn mse_loss(graph: &mut Graph, x: NodeId, target: NodeId) -> Result<NodeId> {
    expect_shapes("mse_loss", graph.shape(x), graph.shape(target))?;
    let numbers = graph.shape(x).numel();
    let minus = scaled(graph, target, -1.0)?;
    let difference = add(graph, x, minus)?;
    let sum = dot(graph, difference, difference)?;
    scaled(graph, sum, 1.0 / numbers as f32)
}
