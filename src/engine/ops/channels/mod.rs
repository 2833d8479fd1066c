//! Channels scaled and shifted, and the inner products that are the gradients of that. `x: [batch, channels, ...]`.
//!
//! - `channel_affine`: `y[n, c, ..] = x[n, c, ..] * factor[c] + shift[c]`, as the second half of batch normalisation.
//! - `channel_scale`: `y[n, c, ..] = x[n, c, ..] * factor[n, c]`, as in squeeze and excitation (Hu et al., 2018).
//! - `channel_dot`: `y[c] = sum a b` over all but the channels; `row_dot`: `y[n, c] = sum a b` over all but image and channel.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Filling, Op, Registered, expect_inputs, expect_same, fill, not_differentiable, sum_channels, sum_tangents};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "channels", examples };

/// `y[n, c, ..] = x[n, c, ..] * factor[c] + shift[c]`; `factor, shift: [channels]`.
pub fn channel_affine(graph: &mut Graph, x: NodeId, factor: NodeId, shift: NodeId) -> Result<NodeId> {
    graph.apply(Affine, &[x, factor, shift])
}

/// `y[n, c, ..] = x[n, c, ..] * factor[n, c]`; `factor: [batch, channels]`.
pub fn channel_scale(graph: &mut Graph, x: NodeId, factor: NodeId) -> Result<NodeId> {
    graph.apply(Scale, &[x, factor])
}

/// `y[n, c] = sum a[n, c, ..] * b[n, c, ..]`.
pub fn row_dot(graph: &mut Graph, a: NodeId, b: NodeId) -> Result<NodeId> {
    graph.apply(RowDot, &[a, b])
}

/// The sum of all products `a * b`, a scalar.
pub fn dot(graph: &mut Graph, a: NodeId, b: NodeId) -> Result<NodeId> {
    let row = Shape::new(&[1, 1, graph.shape(a).numel()]);
    let (a, b) = (graph.view(a, row.clone())?, graph.view(b, row)?);
    let sum = row_dot(graph, a, b)?;
    graph.view(sum, Shape::scalar())
}

/// How the numbers lie: `[batch, channels, inner]`.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    batch: usize,
    channels: usize,
    inner: usize,
}

impl Sizes {
    fn new(op: &dyn Op, x: &Shape) -> Result<Self> {
        if x.rank() < 2 || x.numel() == 0 {
            return Err(Error::shape(op.name(), format!("takes [batch, channels, ...], got {x}")));
        }
        Ok(Sizes::of(x))
    }

    fn of(x: &Shape) -> Self {
        Sizes { batch: x[0], channels: x[1], inner: x.dims()[2..].iter().product() }
    }
}

#[derive(Debug)]
struct Affine;

impl Op for Affine {
    fn name(&self) -> &'static str {
        "channel_affine"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 3)?;
        let channels = Sizes::new(self, inputs[0])?.channels;
        if inputs[1].dims() != [channels] || inputs[2].dims() != [channels] {
            let message = format!("{} has {channels} channels; the factors have shape {}, the shifts {}", inputs[0], inputs[1], inputs[2]);
            return Err(Error::shape(self.name(), message));
        }
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let mut gradients = vec![None; 3];
        if needed[0] {
            let zero = fill(graph, graph.shape(inputs[1]).clone(), 0.0)?;
            gradients[0] = Some(channel_affine(graph, gy, inputs[1], zero)?);
        }
        if needed[1] {
            gradients[1] = Some(graph.apply(ChannelDot, &[inputs[0], gy])?);
        }
        if needed[2] {
            gradients[2] = Some(sum_channels(graph, gy)?);
        }
        Ok(gradients)
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let channels = graph.shape(inputs[1]).clone();
        let by_x = match tangents[0] {
            Some(dx) => {
                let zero = fill(graph, channels.clone(), 0.0)?;
                Some(channel_affine(graph, dx, inputs[1], zero)?)
            }
            None => None,
        };
        let by_factors = match (tangents[1], tangents[2]) {
            (None, None) => None,
            (factor, shift) => {
                let factor = factor.map_or_else(|| fill(graph, channels.clone(), 0.0), Ok)?;
                let shift = shift.map_or_else(|| fill(graph, channels, 0.0), Ok)?;
                Some(channel_affine(graph, inputs[0], factor, shift)?)
            }
        };
        sum_tangents(graph, &[by_x, by_factors])
    }
}

#[derive(Debug)]
struct Scale;

impl Op for Scale {
    fn name(&self) -> &'static str {
        "channel_scale"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        Sizes::new(self, inputs[0])?;
        if inputs[1].dims() != &inputs[0].dims()[..2] {
            let wanted = Shape::new(&inputs[0].dims()[..2]);
            return Err(Error::shape(self.name(), format!("the factors of {} have shape {}; it must be {wanted}", inputs[0], inputs[1])));
        }
        Ok(inputs[0].clone())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let by_x = if needed[0] { Some(channel_scale(graph, gy, inputs[1])?) } else { None };
        let by_factor = if needed[1] { Some(row_dot(graph, inputs[0], gy)?) } else { None };
        Ok(vec![by_x, by_factor])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let by_x = tangents[0].map(|dx| channel_scale(graph, dx, inputs[1])).transpose()?;
        let by_factor = tangents[1].map(|df| channel_scale(graph, inputs[0], df)).transpose()?;
        sum_tangents(graph, &[by_x, by_factor])
    }
}

#[derive(Debug)]
struct RowDot;

impl Op for RowDot {
    fn name(&self) -> &'static str {
        "row_dot"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_same(self, inputs[0], inputs[1])?;
        let sizes = Sizes::new(self, inputs[0])?;
        Ok(Shape::new(&[sizes.batch, sizes.channels]))
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let by_a = if needed[0] { Some(channel_scale(graph, inputs[1], gy)?) } else { None };
        let by_b = if needed[1] { Some(channel_scale(graph, inputs[0], gy)?) } else { None };
        Ok(vec![by_a, by_b])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let by_a = tangents[0].map(|da| row_dot(graph, da, inputs[1])).transpose()?;
        let by_b = tangents[1].map(|db| row_dot(graph, inputs[0], db)).transpose()?;
        sum_tangents(graph, &[by_a, by_b])
    }
}

/// `y[c] = sum over n and all later dimensions of a * b`: the gradient of a factor by channel.
#[derive(Debug)]
struct ChannelDot;

impl Op for ChannelDot {
    fn name(&self) -> &'static str {
        "channel_dot"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        expect_same(self, inputs[0], inputs[1])?;
        Ok(Shape::new(&[Sizes::new(self, inputs[0])?.channels]))
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let by_a = tangents[0].map(|da| graph.apply(ChannelDot, &[da, inputs[1]])).transpose()?;
        let by_b = tangents[1].map(|db| graph.apply(ChannelDot, &[inputs[0], db])).transpose()?;
        sum_tangents(graph, &[by_a, by_b])
    }
}

fn examples() -> Vec<Example> {
    let normal = Filling::Normal;
    vec![
        Example::new("affine", &[&[2, 3, 2, 4], &[3], &[3]], normal, |graph, x| channel_affine(graph, x[0], x[1], x[2])),
        Example::new("affine of features", &[&[5, 3], &[3], &[3]], normal, |graph, x| channel_affine(graph, x[0], x[1], x[2])),
        Example::new("scale", &[&[2, 3, 2, 4], &[2, 3]], normal, |graph, x| channel_scale(graph, x[0], x[1])),
        Example::new("row dot", &[&[2, 3, 70], &[2, 3, 70]], normal, |graph, x| row_dot(graph, x[0], x[1])),
        Example::new("dot", &[&[4, 3], &[4, 3]], normal, |graph, x| dot(graph, x[0], x[1])),
    ]
}
