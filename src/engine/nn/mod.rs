//! Models as data: a serialisable description, from which shapes, parameter counts, names and graphs are derived.
//!
//! Knows graphs and initialisations; knows nothing of devices, data sets or training.

mod context;
pub mod init;
mod layer;
mod layers;
mod pair;
pub mod zoo;

pub use layer::{Layer, LayerKind};
pub use layers::*;
pub use pair::Pair;

use crate::error::{Error, Result};
use crate::graph::{Element, Graph, NodeId};
use crate::optim::control::CONTROL_LEN;
use crate::packed::written;
use crate::shape::Shape;
use context::Context;
use serde::{Deserialize, Serialize};

/// A network: layers applied one after the other to inputs of one shape, as a `torch.nn.Sequential`.
///
/// Tensors are named as PyTorch's `state_dict` names them: the names from the model down to the layer, then `weight`, `bias`,
/// `running_mean` and so on, joined by dots. A layer that has no name goes by its index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Model {
    /// The shape of one input without the batch dimension, for instance `[1, 28, 28]`.
    pub input: Vec<usize>,
    /// The layers, in the order in which they are applied.
    pub layers: Vec<Layer>,
    /// How linear layers and convolutions are filled before the first step.
    #[serde(default, skip_serializing_if = "Initialization::is_default")]
    pub init: Initialization,
}

written!(
    Model,
    |model: &Model, serializer| Serialize::serialize(&(&model.input, &model.layers, &model.init), serializer),
    |deserializer| {
        <(Vec<usize>, Vec<Layer>, Initialization) as Deserialize>::deserialize(deserializer).map(|(input, layers, init)| Model {
            input,
            layers,
            init,
        })
    }
);

/// How linear layers and convolutions are filled before the first step; PyTorch's defaults if nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Initialization {
    /// Their weights.
    pub weight: init::Init,
    /// Their biases.
    pub bias: init::Init,
}

impl Initialization {
    fn is_default(&self) -> bool {
        *self == Initialization::default()
    }
}

/// Whether layers behave as in training (batch statistics, dropout) or as in use; PyTorch's `train()` and `eval()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In training.
    Train,
    /// In use.
    Eval,
}

/// What one layer of a model does to one input: the row of an architecture table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// The layer's name, as its parameters carry it: `C1`, or `3.conv1` for a layer inside another.
    pub name: String,
    /// The layer in PyTorch's words, for instance `Conv2d(1, 6, kernel_size=5, padding=2)`.
    pub description: String,
    /// The shape of the layer's output for one input, without the batch dimension.
    pub output: Vec<usize>,
    /// How many numbers the layer learns itself (layers inside it have rows of their own).
    pub parameters: usize,
    /// Multiplications (each with its addition) for one input.
    pub multiply_adds: u64,
}

/// One parameter tensor of a model, with the rule that fills it before the first step.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name that PyTorch's `state_dict` would give it.
    pub name: String,
    /// Its shape in PyTorch's layout.
    pub shape: Shape,
    /// Its initialisation.
    pub init: init::Init,
    /// Inputs of one output and outputs of one input, for the initialisation.
    pub fans: (usize, usize),
    /// Its input node in the graph it was built into.
    pub node: NodeId,
}

/// A tensor that is kept from step to step but not learned: a running mean or variance.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    /// The name that PyTorch's `state_dict` would give it.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// What every number of it is before the first step.
    pub initial: f32,
    /// A training step sets it to `(1 - momentum) * it + momentum * factor * measured`.
    pub momentum: f32,
    /// Its input node.
    pub node: NodeId,
    /// What the step measures; only in [`Mode::Train`].
    pub measured: Option<Measured>,
}

/// What a step measures for a buffer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The measurement.
    pub node: NodeId,
    /// Its factor: `n / (n - 1)` for a variance that was divided by n.
    pub factor: f32,
}

/// A head beside the main path (Szegedy et al., 2015), whose loss counts in training.
#[derive(Clone, Debug, PartialEq)]
pub struct Auxiliary {
    /// The layer's name.
    pub name: String,
    /// Its logits.
    pub output: NodeId,
    /// How much its loss counts.
    pub weight: f32,
}

/// A model placed in a graph.
#[derive(Clone, Debug, Default)]
pub struct Built {
    /// The model's output.
    pub output: Option<NodeId>,
    /// One row for every layer, in the order of computation.
    pub layers: Vec<LayerSummary>,
    /// The output of each of them.
    pub outputs: Vec<NodeId>,
    /// From where on down and from where on up a number of each of them is saturated; the smallest and the largest number where there is no such thing.
    pub bounds: Vec<(f32, f32)>,
    /// Every parameter, in the order of the layers.
    pub parameters: Vec<Parameter>,
    /// Every buffer, in the order of the layers.
    pub buffers: Vec<Buffer>,
    /// The heads beside the main path; only in [`Mode::Train`].
    pub auxiliary: Vec<Auxiliary>,
    /// How many layers draw random numbers.
    pub streams: u32,
}

/// The most numbers that one input may have, and one layer may make of it: what is larger is a mistake, and is refused before
/// anything is computed from it.
const MOST: usize = 1 << 28;

impl Model {
    /// A model with PyTorch's initialisation.
    pub fn new(input: &[usize], layers: Vec<Layer>) -> Self {
        Model { input: input.to_vec(), layers, init: Initialization::default() }
    }

    /// One row for every layer: output shape, parameters, multiply-adds. Fails where a layer does not fit what it is given.
    pub fn summary(&self) -> Result<Vec<LayerSummary>> {
        Ok(self.outline()?.layers)
    }

    /// The model laid out for one input in training mode, for its names, shapes and counts.
    pub fn outline(&self) -> Result<Built> {
        let mut graph = Graph::new();
        // Two inputs, because there is no batch normalisation of one number.
        let input = graph.input("input", Shape::new(&self.input).batched(2), Element::F32);
        let control = graph.input("control", Shape::new(&[CONTROL_LEN]), Element::F32);
        self.build(&mut graph, input, Mode::Train, Some(control))
    }

    /// Adds the model to `graph`, applied to `input` of shape `[batch, ..self.input]`. Layers that draw random numbers read `control`.
    pub fn build(&self, graph: &mut Graph, input: NodeId, mode: Mode, control: Option<NodeId>) -> Result<Built> {
        if self.layers.is_empty() {
            return Err(Error::model("the model has no layers; give it at least one"));
        }
        let size = self.input.iter().try_fold(1usize, |size, &dim| size.checked_mul(dim));
        if self.input.is_empty() || !size.is_some_and(|size| (1..=MOST).contains(&size)) {
            let input = Shape::new(&self.input);
            return Err(Error::model(format!("the model's input has shape {input}; it must hold from 1 to {MOST} numbers")));
        }
        self.init.weight.check()?;
        self.init.bias.check()?;
        let mut context = Context::new(graph, mode, control, self.init);
        let output = context.sequence(&self.layers, input)?;
        let built = context.finish(output);
        for head in &built.auxiliary {
            let (own, main) = (graph.shape(head.output), graph.shape(output));
            if own != main {
                let of = |shape: &Shape| Shape::new(&shape.dims()[1..]);
                let message = format!("it ends in shape {} and the model in {}; they learn the same labels", of(own), of(main));
                return Err(Error::shape("auxiliary head", message).at(&head.name));
            }
        }
        Ok(built)
    }

    /// The shape of the output for one input, without the batch dimension.
    pub fn output(&self) -> Result<Vec<usize>> {
        let mut graph = Graph::new();
        let input = graph.input("input", Shape::new(&self.input).batched(1), Element::F32);
        let built = self.build(&mut graph, input, Mode::Eval, None)?;
        Ok(built.output.map(|output| graph.shape(output).dims()[1..].to_vec()).unwrap_or_default())
    }

    /// How many numbers the model learns.
    pub fn parameter_count(&self) -> Result<usize> {
        Ok(self.outline()?.parameters.iter().map(|parameter| parameter.shape.numel()).sum())
    }
}
