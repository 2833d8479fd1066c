//! The maximum of every window: `y = max x`, its gradient and its tangent.
//!
//! The gradient goes to the window's first maximum in row-major order, and the tangent comes from there. A NaN counts as larger than any
//! number. Knows nothing of averages.

use super::{Pool2dSettings, expect_pooled};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::ops::{Op, expect_inputs, expect_same};
use crate::shape::Shape;

/// The maximum of every window; `x: [batch, c, h, w]`.
pub fn max_pool2d(graph: &mut Graph, x: NodeId, settings: Pool2dSettings) -> Result<NodeId> {
    graph.apply(MaxPool(settings), &[x])
}

#[derive(Debug)]
pub(super) struct MaxPool(pub(super) Pool2dSettings);

impl Op for MaxPool {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        self.0.output(self.name(), inputs[0])
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(graph.apply(MaxPoolGrad(self.0), &[inputs[0], upstream])?)])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| graph.apply(MaxPoolPick(self.0), &[inputs[0], dx])).transpose()
    }
}

/// From x and a `v` of its shape: of every window the number of v where x has its maximum. Linear in v, with [`MaxPoolGrad`] as
/// transpose; where the maximum is changes by nothing that could be differentiated.
#[derive(Debug)]
pub(super) struct MaxPoolPick(pub(super) Pool2dSettings);

impl Op for MaxPoolPick {
    fn name(&self) -> &'static str {
        "max_pool2d_pick"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_same(self, inputs[0], inputs[1])?;
        self.0.output(self.name(), inputs[0])
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let by_v = needed[1].then(|| graph.apply(MaxPoolGrad(self.0), &[inputs[0], upstream])).transpose()?;
        Ok(vec![None, by_v])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[1].map(|dv| graph.apply(MaxPoolPick(self.0), &[inputs[0], dv])).transpose()
    }
}

/// From x and the gradient of `y = max_pool2d(x)`: the gradient of x.
#[derive(Debug)]
pub(super) struct MaxPoolGrad(pub(super) Pool2dSettings);

impl Op for MaxPoolGrad {
    fn name(&self) -> &'static str {
        "max_pool2d_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        let pooled = self.0.output(self.name(), inputs[0])?;
        expect_pooled(self, inputs[1], &pooled)?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let by_gy = needed[1].then(|| graph.apply(MaxPoolPick(self.0), &[inputs[0], upstream])).transpose()?;
        Ok(vec![None, by_gy])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[1].map(|dgy| graph.apply(MaxPoolGrad(self.0), &[inputs[0], dgy])).transpose()
    }
}
