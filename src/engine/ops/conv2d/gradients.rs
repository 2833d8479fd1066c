//! The two convolutions that are the gradients of a convolution: with respect to the images and with respect to the weights.
//!
//! `y = w * x` is linear in both, and so are these: the derivative of each is one of the three again, for the same sizes. Knows nothing
//! of biases.

use super::product;
use super::sizes::Sizes;
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::ops::{Op, expect_inputs, fill, sum_tangents};
use crate::shape::Shape;

/// Fails unless the inputs have these shapes.
pub(super) fn expect_shapes(op: &dyn Op, inputs: &[&Shape], wanted: &[Shape]) -> Result<()> {
    expect_inputs(op, inputs, wanted.len())?;
    match inputs.iter().zip(wanted).find(|(got, want)| **got != *want) {
        None => Ok(()),
        Some((got, want)) => Err(Error::shape(op.name(), format!("an input has shape {got}, it must be {want}"))),
    }
}

/// From the weights and the gradient of y: the gradient of x. Called for its own sake it is the transposed convolution.
pub(in crate::ops) fn input_grad(graph: &mut Graph, name: &'static str, sizes: Sizes, weight: NodeId, gy: NodeId) -> Result<NodeId> {
    graph.apply(InputGrad { name, sizes }, &[weight, gy])
}

/// From x and the gradient of y: the gradient of the weights.
pub(super) fn weight_grad(graph: &mut Graph, sizes: Sizes, x: NodeId, gy: NodeId) -> Result<NodeId> {
    graph.apply(WeightGrad { sizes }, &[x, gy])
}

/// `weight: [out, in / groups, kernel_h, kernel_w]`, `gy: [batch, out, h', w']`, `gx: [batch, in, h, w]`.
#[derive(Debug)]
pub(super) struct InputGrad {
    /// What it is used for.
    pub(super) name: &'static str,
    pub(super) sizes: Sizes,
}

impl Op for InputGrad {
    fn name(&self) -> &'static str {
        self.name
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_shapes(self, inputs, &[self.sizes.weight(), self.sizes.y()])?;
        Ok(self.sizes.x())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, ggx: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let (weight, gy) = (inputs[0], inputs[1]);
        if self.sizes.pixels() == 0 {
            // Of a transposed convolution whose padding cuts everything off: nothing depends on anything.
            let zeros = |graph: &mut Graph, id: NodeId| fill(graph, graph.shape(id).clone(), 0.0);
            return inputs.iter().zip(needed).map(|(&id, needed)| needed.then(|| zeros(graph, id)).transpose()).collect();
        }
        let by_weight = needed[0].then(|| weight_grad(graph, self.sizes, ggx, gy)).transpose()?;
        let by_gy = needed[1].then(|| product(graph, self.sizes, ggx, weight)).transpose()?;
        Ok(vec![by_weight, by_gy])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let by_weight = tangents[0].map(|dw| input_grad(graph, self.name, self.sizes, dw, inputs[1])).transpose()?;
        let by_gy = tangents[1].map(|dgy| input_grad(graph, self.name, self.sizes, inputs[0], dgy)).transpose()?;
        sum_tangents(graph, &[by_weight, by_gy])
    }
}

/// `x: [batch, in, h, w]`, `gy: [batch, out, h', w']`, `gw: [out, in / groups, kernel_h, kernel_w]`.
#[derive(Debug)]
pub(super) struct WeightGrad {
    pub(super) sizes: Sizes,
}

impl Op for WeightGrad {
    fn name(&self) -> &'static str {
        "conv2d_weight_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_shapes(self, inputs, &[self.sizes.x(), self.sizes.y()])?;
        Ok(self.sizes.weight())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, ggw: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let (x, gy) = (inputs[0], inputs[1]);
        let by_x = needed[0].then(|| input_grad(graph, "conv2d_input_grad", self.sizes, ggw, gy)).transpose()?;
        let by_gy = needed[1].then(|| product(graph, self.sizes, x, ggw)).transpose()?;
        Ok(vec![by_x, by_gy])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let by_x = tangents[0].map(|dx| weight_grad(graph, self.sizes, dx, inputs[1])).transpose()?;
        let by_gy = tangents[1].map(|dgy| weight_grad(graph, self.sizes, inputs[0], dgy)).transpose()?;
        sum_tangents(graph, &[by_x, by_gy])
    }
}
