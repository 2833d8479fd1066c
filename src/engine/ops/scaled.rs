//! A tensor times a constant, composed of other operations.

use super::{channel_scale, fill};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

/// `y = factor * x`; `x` of any shape.
pub fn scaled(graph: &mut Graph, x: NodeId, factor: f32) -> Result<NodeId> {
    let shape = graph.shape(x).clone();
    let flat = graph.view(x, Shape::new(&[1, 1, shape.numel()]))?;
    let factor = fill(graph, Shape::new(&[1, 1]), factor)?;
    let y = channel_scale(graph, flat, factor)?;
    graph.view(y, shape)
}
