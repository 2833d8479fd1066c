//! Batches drawn from a data set that lies on the device: `row i of the batch = element order[first + i] of the set`, where
//! `first` stands in the control buffer, so that a step moves no images.

#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
pub(super) mod kernel;

use super::{Example, Op, Registered, expect_inputs, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "gather", examples };

/// `y[i] = (images[order[first + i]] / 255 - mean) / std`; `images: [count, ...]` bytes, `order: [..]` indices,
/// `y: [batch, ...]`. The bytes of one image must be a multiple of four.
pub fn gather_images(
    graph: &mut Graph,
    images: NodeId,
    order: NodeId,
    control: NodeId,
    batch: usize,
    mean: f32,
    std: f32,
) -> Result<NodeId> {
    graph.apply(GatherImages { batch, mean, std }, &[images, order, control])
}

/// `y[i] = rows[order[first + i]]`; `rows: [count, ...]` floats (labels, or images as numbers), `y: [batch, ...]`.
pub fn gather_rows(graph: &mut Graph, rows: NodeId, order: NodeId, control: NodeId, batch: usize) -> Result<NodeId> {
    graph.apply(GatherRows { batch }, &[rows, order, control])
}

#[derive(Debug)]
struct GatherImages {
    batch: usize,
    mean: f32,
    std: f32,
}

impl Op for GatherImages {
    fn name(&self) -> &'static str {
        "gather_images"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 3)?;
        let image = Shape::new(&inputs[0].dims()[1..]);
        if !image.numel().is_multiple_of(4) {
            return Err(Error::shape(
                self.name(),
                format!("an image of shape {image} has {} bytes; they must be a multiple of 4", image.numel()),
            ));
        }
        Ok(image.batched(self.batch))
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

#[derive(Debug)]
struct GatherRows {
    batch: usize,
}

impl Op for GatherRows {
    fn name(&self) -> &'static str {
        "gather_rows"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 3)?;
        Ok(Shape::new(&inputs[0].dims()[1..]).batched(self.batch))
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }
}

fn examples() -> Vec<Example> {
    let rows = |label: &str, shape: &[usize]| Example {
        label: label.into(),
        inputs: vec![Shape::new(shape), Shape::new(&[20]), Shape::new(&[8])],
        fills: vec![super::Filling::Labels(10), super::Filling::Labels(9), super::Filling::Labels(4)],
        build: Box::new(|graph, x| gather_rows(graph, x[0], x[1], x[2], 5)),
    };
    vec![rows("labels", &[9]), rows("images", &[9, 1, 2, 3])]
}
