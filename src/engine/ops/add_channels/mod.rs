//! A number a channel, for all images and all pixels alike: added to what is there, or spread over a shape.
//!
//! - `add_channels`: `y[n, c, ...] = x[n, c, ...] + b[c]`, the bias of a layer that does not add its own.
//! - `expand_channels`: `y[n, c, ...] = b[c]`, the transpose of `sum_channels`.
//!
//! `x, y: [batch, channels, ...]`, `b: [channels]`. Knows nothing of numbers that differ from image to image.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expect_inputs, sum_channels};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "add_channels", examples };

/// `y[n, c, ...] = x[n, c, ...] + b[c]`; `x: [batch, channels, ...]`, `b: [channels]`.
pub fn add_channels(graph: &mut Graph, x: NodeId, b: NodeId) -> Result<NodeId> {
    graph.apply(AddChannels, &[x, b])
}

/// `y[n, c, ...] = b[c]`; `b: [channels]`, `shape: [batch, channels, ...]`.
pub fn expand_channels(graph: &mut Graph, b: NodeId, shape: Shape) -> Result<NodeId> {
    graph.apply(ExpandChannels { shape }, &[b])
}

/// Fails unless `b` has a number for every channel of `shape`.
fn expect_channels(op: &dyn Op, shape: &Shape, b: &Shape) -> Result<()> {
    match shape.dims() {
        [_, channels, ..] if b.dims() == [*channels] => Ok(()),
        [_, channels, ..] => {
            Err(Error::shape(op.name(), format!("{shape} has {channels} channels: the numbers must be [{channels}], got {b}")))
        }
        _ => Err(Error::shape(op.name(), format!("takes [batch, channels, ...], got {shape}"))),
    }
}

/// Numbers of one channel of one image.
fn inner(y: &Shape) -> usize {
    y.dims()[2..].iter().product()
}

#[derive(Debug)]
struct AddChannels;

impl Op for AddChannels {
    fn name(&self) -> &'static str {
        "add_channels"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_channels(self, inputs[0], inputs[1])?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, upstream: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let by_b = needed[1].then(|| sum_channels(graph, upstream)).transpose()?;
        Ok(vec![Some(upstream), by_b])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        match (tangents[0], tangents[1]) {
            (Some(dx), Some(db)) => Ok(Some(add_channels(graph, dx, db)?)),
            (None, Some(db)) => Ok(Some(expand_channels(graph, db, graph.shape(output).clone())?)),
            (dx, None) => Ok(dx),
        }
    }
}

#[derive(Debug)]
struct ExpandChannels {
    shape: Shape,
}

impl Op for ExpandChannels {
    fn name(&self) -> &'static str {
        "expand_channels"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        expect_channels(self, &self.shape, inputs[0])?;
        Ok(self.shape.clone())
    }

    fn gradient(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(sum_channels(graph, upstream)?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|db| expand_channels(graph, db, self.shape.clone())).transpose()
    }
}

fn examples() -> Vec<Example> {
    vec![
        Example::new("to images", &[&[2, 3, 2, 5], &[3]], Filling::Normal, |graph, x| add_channels(graph, x[0], x[1])),
        Example::new("to rows", &[&[4, 7], &[7]], Filling::Normal, |graph, x| add_channels(graph, x[0], x[1])),
        Example::new("expanded to images", &[&[3]], Filling::Normal, |graph, x| expand_channels(graph, x[0], Shape::new(&[2, 3, 2, 2]))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Element;

    #[test]
    fn adds_and_expands_by_hand() {
        let mut y = [0.0; 8];
        cpu::add(&[1., 2., 3., 4., 5., 6., 7., 8.], &[10., 20.], &mut y, 2);
        assert_eq!(y, [11., 12., 23., 24., 15., 16., 27., 28.]);
        cpu::expand(&[1., 2.], &mut y, 2);
        assert_eq!(y, [1., 1., 2., 2., 1., 1., 2., 2.]);
    }

    #[test]
    fn channels_must_agree() {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(&[2, 3, 4]), Element::F32);
        let b = graph.input("b", Shape::new(&[4]), Element::F32);
        let error = add_channels(&mut graph, x, b).unwrap_err().to_string();
        assert_eq!(error, "add_channels: [2, 3, 4] has 3 channels: the numbers must be [3], got [4]");
        assert!(expand_channels(&mut graph, b, Shape::new(&[4])).is_err());
    }
}
