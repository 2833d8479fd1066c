//! Where everything lies on the device that stays between runs.
//!
//! Knows sizes and offsets; knows nothing of what is computed.

use super::{Pixels, Settings};
use crate::graph::Element;
use crate::nn::{Buffer, Built, Parameter};
use crate::ops::SPREAD_LEN;
use crate::optim::control::CONTROL_LEN;
use crate::optim::groups::BLOCK;
use crate::plan::{ALIGNMENT, Memory, Span};
use crate::shape::Shape;

/// A tensor's place in an arena.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<T = Parameter> {
    /// The tensor.
    pub tensor: T,
    /// Its first number in the arena.
    pub offset: usize,
}

/// Something that has a shape.
pub trait Shaped {
    /// Its shape.
    fn shape(&self) -> &Shape;
}

impl Shaped for Parameter {
    fn shape(&self) -> &Shape {
        &self.shape
    }
}

impl Shaped for Buffer {
    fn shape(&self) -> &Shape {
        &self.shape
    }
}

impl<T: Shaped> Placed<T> {
    /// Where its numbers lie in the arena.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.tensor.shape().numel()
    }

    /// The part of an arena that is its own.
    pub(super) fn part(&self, arena: Span) -> Span {
        arena.part(self.offset, self.tensor.shape().numel())
    }
}

/// Steps whose metrics come back in one read.
pub const METRICS: usize = 8;

/// Numbers from one part of a probe to the next.
pub const PROBE_STRIDE: usize = SPREAD_LEN.next_multiple_of(ALIGNMENT);

/// Parts of a probe that each layer has: the spread of its output, that of its gradient, and the shares of its units that are
/// off and of its numbers that are saturated.
pub const LAYER_PARTS: usize = 3;

/// Parts of a probe that each parameter has: its spread, and the ratio of its update to it.
pub const PARAMETER_PARTS: usize = 2;

/// Where everything lies that stays.
pub(super) struct Places {
    pub parameters: Span,
    pub gradients: Span,
    pub states: Vec<Span>,
    pub control: Span,
    /// The optimizer's options, block by block.
    pub options: Span,
    /// Running statistics; what the last step measured for them; and how far each moves.
    pub running: Span,
    pub measured: Span,
    pub rates: Span,
    /// The parameters before a step, for the ratio of the update.
    pub before: Span,
    pub pixels: [Span; 2],
    pub labels: [Span; 2],
    /// The order of the training images in this epoch, and the test images one after the other.
    pub orders: [Span; 2],
    pub loss: Span,
    pub accuracy: Span,
    pub metrics: Span,
    pub probe: Span,
    /// Losses, then classes, of a test batch.
    pub tested: Span,
    pub image: Span,
    pub seen: Span,
}

impl Places {
    pub(super) fn new(
        memory: &mut Memory,
        settings: &Settings,
        parameters: &[Placed],
        buffers: &[Placed<Buffer>],
        layers: &[(usize, usize)],
    ) -> Self {
        let arena = arena(parameters);
        let running = arena_of(buffers);
        let seen = layers.last().map_or(ALIGNMENT, |&(offset, len)| (offset + len).next_multiple_of(ALIGNMENT));
        let size: usize = settings.model.input.iter().product();
        let (train, test) = (settings.train_images, settings.test_images);
        let element = match settings.pixels {
            Pixels::Bytes { .. } => Element::U8,
            Pixels::Floats => Element::F32,
        };
        let states = settings.optimizer.states().iter().map(|state| memory.add(state, arena, Element::F32)).collect();
        let probe = (LAYER_PARTS * layers.len() + PARAMETER_PARTS * parameters.len()) * PROBE_STRIDE;
        Places {
            parameters: memory.add("parameters", arena, Element::F32),
            gradients: memory.add("gradients", arena, Element::F32),
            states,
            control: memory.add("control", CONTROL_LEN, Element::F32),
            options: memory.add("optimizer's options", 2 * arena / BLOCK, Element::F32),
            running: memory.add("running statistics", running, Element::F32),
            measured: memory.add("measured statistics", running, Element::F32),
            rates: memory.add("rates of the statistics", 2 * running, Element::F32),
            before: memory.add("parameters before the step", arena, Element::F32),
            pixels: [memory.add("training images", train * size, element), memory.add("test images", test * size, element)],
            labels: [memory.add("training labels", train, Element::F32), memory.add("test labels", test, Element::F32)],
            orders: [memory.add("order", train, Element::F32), memory.add("test order", test, Element::F32)],
            loss: memory.add("loss", 1, Element::F32),
            accuracy: memory.add("accuracy", 1, Element::F32),
            metrics: memory.add("metrics", 2 * METRICS, Element::F32),
            probe: memory.add("probe", probe, Element::F32),
            tested: memory.add("test results", 2 * settings.test_batch, Element::F32),
            image: memory.add("image", size, Element::F32),
            seen: memory.add("layers", seen, Element::F32),
        }
    }
}

/// Numbers of an arena that holds at least one block.
fn arena(parameters: &[Placed]) -> usize {
    arena_of(parameters).max(ALIGNMENT)
}

fn arena_of<T: Shaped>(placed: &[Placed<T>]) -> usize {
    placed.last().map_or(0, |last| last.range().end.next_multiple_of(ALIGNMENT))
}

/// Tensors one after the other, each at a multiple of [`ALIGNMENT`].
pub(super) fn place<T: Shaped>(tensors: Vec<T>) -> Vec<Placed<T>> {
    let mut offset = 0;
    tensors
        .into_iter()
        .map(|tensor| {
            let placed = Placed { tensor, offset };
            offset = placed.range().end.next_multiple_of(ALIGNMENT);
            placed
        })
        .collect()
}

/// Offset and length of every layer's output for one image, each at a multiple of [`ALIGNMENT`].
pub(super) fn layer_places(outline: &Built) -> Vec<(usize, usize)> {
    let mut offset = 0;
    let mut places = Vec::with_capacity(outline.layers.len());
    for layer in &outline.layers {
        let len: usize = layer.output.iter().product();
        places.push((offset, len));
        offset += len.next_multiple_of(ALIGNMENT);
    }
    places
}
