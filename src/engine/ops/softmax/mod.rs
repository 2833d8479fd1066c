//! `softmax(x) = exp(x) / sum exp(x)` and its logarithm, over dimension 1 of `x: [batch, channels, ...]`, as PyTorch's with `dim=1`.
//!
//! The largest number of a column is taken from all before the exponentials, so that none overflows.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expect_inputs, expect_same, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "softmax", examples };

/// `exp(x) / sum exp(x)` over the channels.
pub fn softmax(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Softmax { log: false }, &[x])
}

/// `x - log sum exp(x)` over the channels.
pub fn log_softmax(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(Softmax { log: true }, &[x])
}

#[derive(Clone, Copy, Debug)]
struct Sizes {
    batch: usize,
    channels: usize,
    inner: usize,
}

impl Sizes {
    fn of(x: &Shape) -> Self {
        Sizes { batch: x[0], channels: x[1], inner: x.dims()[2..].iter().product() }
    }
}

#[derive(Clone, Copy, Debug)]
struct Softmax {
    log: bool,
}

impl Op for Softmax {
    fn name(&self) -> &'static str {
        if self.log { "log_softmax" } else { "softmax" }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        if inputs[0].rank() < 2 || inputs[0].numel() == 0 {
            return Err(Error::shape(self.name(), format!("takes [batch, channels, ...], got {}", inputs[0])));
        }
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, _: &[NodeId], output: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let which = if self.log { Which::LogGradient } else { Which::Softmax };
        Ok(vec![Some(graph.apply(Derivative { which }, &[output, upstream])?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let which = if self.log { Which::LogTangent } else { Which::Softmax };
        tangents[0].map(|dx| graph.apply(Derivative { which }, &[output, dx])).transpose()
    }
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Softmax,
    LogGradient,
    LogTangent,
}

/// From y and an upstream gradient or a tangent of x: the gradient of x, or the tangent of y.
#[derive(Clone, Copy, Debug)]
struct Derivative {
    which: Which,
}

impl Op for Derivative {
    fn name(&self) -> &'static str {
        match self.which {
            Which::Softmax => "softmax_grad",
            Which::LogGradient => "log_softmax_grad",
            Which::LogTangent => "log_softmax_tangent",
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_same(self, inputs[0], inputs[1])?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

fn examples() -> Vec<Example> {
    vec![
        Example::new("softmax of rows", &[&[3, 5]], Filling::Normal, |graph, x| softmax(graph, x[0])),
        Example::new("softmax of images", &[&[2, 4, 2, 3]], Filling::Normal, |graph, x| softmax(graph, x[0])),
        Example::new("log_softmax of rows", &[&[3, 5]], Filling::Normal, |graph, x| log_softmax(graph, x[0])),
        Example::new("log_softmax of images", &[&[2, 4, 2, 3]], Filling::Normal, |graph, x| log_softmax(graph, x[0])),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_stay_finite() {
        let s = Sizes { batch: 1, channels: 3, inner: 1 };
        let mut y = [0.0; 3];
        cpu::forward(s, false, &[1000.0, 1000.0, -1000.0], &mut y);
        assert_eq!(y, [0.5, 0.5, 0.0]);
        cpu::forward(s, true, &[1000.0, 0.0, -1000.0], &mut y);
        assert_eq!(y, [0.0, -1000.0, -2000.0]);
    }
}
