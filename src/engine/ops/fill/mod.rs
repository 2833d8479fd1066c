//! A constant tensor: the upstream gradient of a loss, for one.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Op, Registered, expect_inputs};
use crate::error::Result;
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "fill", examples };

/// A tensor of this shape with the same value everywhere.
pub fn fill(graph: &mut Graph, shape: Shape, value: impl Into<f64>) -> Result<NodeId> {
    graph.apply(Fill { shape, value: value.into() }, &[])
}

#[derive(Debug)]
struct Fill {
    shape: Shape,
    value: f64,
}

impl Op for Fill {
    fn name(&self) -> &'static str {
        "fill"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 0)?;
        Ok(self.shape.clone())
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(Vec::new())
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Ok(None)
    }

    fn value(&self, _: &[f64]) -> Option<f64> {
        Some(self.value)
    }
}

fn examples() -> Vec<Example> {
    vec![Example::new("with 2.5", &[], super::Filling::Normal, |graph, _| fill(graph, Shape::new(&[3, 4]), 2.5))]
}
