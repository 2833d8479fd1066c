//! The average of every window: `y = sum x / n`, and its gradient, which gives every number of the window `1 / n` of the window's.
//!
//! Both are linear and each is the other's transpose. Knows nothing of maxima.

use super::{Pool2dSettings, expect_pooled};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::ops::{Op, expect_inputs};
use crate::shape::Shape;

/// The average of every window; `x: [batch, c, h, w]`.
pub fn avg_pool2d(graph: &mut Graph, x: NodeId, settings: Pool2dSettings) -> Result<NodeId> {
    graph.apply(AvgPool(settings), &[x])
}

#[derive(Debug)]
pub(super) struct AvgPool(pub(super) Pool2dSettings);

impl Op for AvgPool {
    fn name(&self) -> &'static str {
        "avg_pool2d"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        self.0.output(self.name(), inputs[0])
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let image = graph.shape(inputs[0]).clone();
        Ok(vec![Some(graph.apply(AvgPoolGrad { settings: self.0, image }, &[upstream])?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| avg_pool2d(graph, dx, self.0)).transpose()
    }
}

/// From the gradient of `y = avg_pool2d(x)`: the gradient of x, of shape `image`.
#[derive(Debug)]
pub(super) struct AvgPoolGrad {
    pub(super) settings: Pool2dSettings,
    image: Shape,
}

impl Op for AvgPoolGrad {
    fn name(&self) -> &'static str {
        "avg_pool2d_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        let pooled = self.settings.output(self.name(), &self.image)?;
        expect_pooled(self, inputs[0], &pooled)?;
        Ok(self.image.clone())
    }

    fn gradient(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(avg_pool2d(graph, upstream, self.settings)?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let (settings, image) = (self.settings, self.image.clone());
        tangents[0].map(|dgy| graph.apply(AvgPoolGrad { settings, image }, &[dgy])).transpose()
    }
}
