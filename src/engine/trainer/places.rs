//! Where everything lies on the device that stays between runs.
//!
//! Knows sizes and offsets; knows nothing of what is computed.

use super::Settings;
use crate::error::Result;
use crate::graph::Element;
use crate::nn::Parameter;
use crate::ops::SPREAD_LEN;
use crate::optim::control;
use crate::plan::{ALIGNMENT, Memory, Span};

/// A parameter's place in the arena.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Name, shape, initialisation.
    pub parameter: Parameter,
    /// Its first number in the arena.
    pub offset: usize,
}

/// Steps whose metrics come back in one read.
pub const METRICS: usize = 8;

/// Numbers from one layer's probe to the next: activation and gradient, each with its padding.
pub const PROBE_STRIDE: usize = SPREAD_LEN.next_multiple_of(ALIGNMENT);

/// Where everything lies that stays.
pub(super) struct Places {
    pub parameters: Span,
    pub gradients: Span,
    pub states: Vec<Span>,
    pub control: Span,
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
    pub(super) fn new(memory: &mut Memory, settings: &Settings, parameters: &[Placed], layers: &[(usize, usize)]) -> Self {
        let end = |offset: usize, len: usize| (offset + len).next_multiple_of(ALIGNMENT);
        let arena = parameters.last().map_or(ALIGNMENT, |last| end(last.offset, last.parameter.shape.numel()));
        let seen = layers.last().map_or(ALIGNMENT, |&(offset, len)| end(offset, len));
        let size: usize = settings.model.input.iter().product();
        let (train, test) = (settings.train_images, settings.test_images);
        let states = (0..settings.optimizer.state_per_parameter()).map(|_| memory.add("optimizer's state", arena, Element::F32)).collect();
        Places {
            parameters: memory.add("parameters", arena, Element::F32),
            gradients: memory.add("gradients", arena, Element::F32),
            states,
            control: memory.add("control", control::CONTROL_LEN, Element::F32),
            pixels: [memory.add("training images", train * size, Element::U8), memory.add("test images", test * size, Element::U8)],
            labels: [memory.add("training labels", train, Element::F32), memory.add("test labels", test, Element::F32)],
            orders: [memory.add("order", train, Element::F32), memory.add("test order", test, Element::F32)],
            loss: memory.add("loss", 1, Element::F32),
            accuracy: memory.add("accuracy", 1, Element::F32),
            metrics: memory.add("metrics", 2 * METRICS, Element::F32),
            probe: memory.add("probe", layers.len() * 2 * SPREAD_LEN.next_multiple_of(ALIGNMENT), Element::F32),
            tested: memory.add("test results", 2 * settings.test_batch, Element::F32),
            image: memory.add("image", size, Element::F32),
            seen: memory.add("layers", seen, Element::F32),
        }
    }
}

/// Parameters one after the other, each at a multiple of [`ALIGNMENT`].
pub(super) fn place(parameters: Vec<Parameter>) -> Vec<Placed> {
    let mut offset = 0;
    parameters
        .into_iter()
        .map(|parameter| {
            let placed = Placed { offset, parameter };
            offset += placed.parameter.shape.numel().next_multiple_of(ALIGNMENT);
            placed
        })
        .collect()
}

/// Offset and length of every layer's output for one image, each at a multiple of [`ALIGNMENT`].
pub(super) fn layer_places(settings: &Settings) -> Result<Vec<(usize, usize)>> {
    let mut offset = 0;
    let mut places = Vec::new();
    for layer in settings.model.summary()? {
        let len: usize = layer.output.iter().product();
        places.push((offset, len));
        offset += len.next_multiple_of(ALIGNMENT);
    }
    Ok(places)
}
