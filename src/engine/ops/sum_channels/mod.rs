//! Sums over everything but the channel: the gradient of a bias.
//!
//! `y[c] = sum over n and all later dimensions of x[n, c, ...]`; its transpose is `expand_channels`. Knows nothing of averages.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expand_channels, expect_inputs};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "sum_channels", examples };

/// `y[c] = sum over n and all later dimensions of x[n, c, ...]`; `x: [batch, channels, ...]`, `y: [channels]`.
pub fn sum_channels(graph: &mut Graph, x: NodeId) -> Result<NodeId> {
    graph.apply(SumChannels, &[x])
}

#[derive(Debug)]
struct SumChannels;

impl Op for SumChannels {
    fn name(&self) -> &'static str {
        "sum_channels"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        if inputs[0].rank() < 2 {
            return Err(Error::shape(self.name(), format!("takes [batch, channels, ...], got {}", inputs[0])));
        }
        Ok(Shape::new(&[inputs[0][1]]))
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let shape = graph.shape(inputs[0]).clone();
        Ok(vec![Some(expand_channels(graph, upstream, shape)?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| sum_channels(graph, dx)).transpose()
    }
}

/// From how many channels on rows are summed by an invocation each.
const MANY: usize = 1024;

fn examples() -> Vec<Example> {
    let large = |label: &str, shape: &[usize]| Example {
        label: label.into(),
        inputs: vec![Shape::new(shape)],
        // Too many numbers for finite differences; whole ones, so that every order of summing gives the same.
        fills: vec![Filling::Labels(7)],
        build: Box::new(|graph, x| sum_channels(graph, x[0])),
    };
    vec![
        Example::new("of images", &[&[3, 5, 4, 6]], Filling::Normal, |graph, x| sum_channels(graph, x[0])),
        Example::new("of nothing", &[&[2, 3, 0]], Filling::Normal, |graph, x| sum_channels(graph, x[0])),
        Example::new("of rows", &[&[70, 3]], Filling::Normal, |graph, x| sum_channels(graph, x[0])),
        large("of large images", &[2, 3, 9, 11]),
        large("of wide rows", &[3, MANY + 1]),
        large("of more channels than workgroups in a dimension", &[1, 66_000, 2]),
    ]
}
