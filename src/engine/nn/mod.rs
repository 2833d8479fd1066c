//! Models as data: a serialisable list of layers, from which shapes, parameter counts and graphs are derived.
//!
//! Knows graphs and initialisations; knows nothing of devices, data sets or training.

pub mod init;
mod layer;

pub use layer::{Layer, LayerKind};

use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// Layers applied one after the other, as in `torch.nn.Sequential`; parameters are named `NAME.weight`, `NAME.bias`,
/// where `NAME` is the layer's own name, or its index where it has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequential {
    /// The shape of one input without the batch dimension, for instance `[1, 28, 28]`.
    pub input: Vec<usize>,
    /// The layers, in the order in which they are applied.
    pub layers: Vec<Layer>,
}

/// What one layer of a model does to one input: the row of an architecture table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// The layer's name, as its parameters carry it.
    pub name: String,
    /// The layer in PyTorch's words, for instance `Conv2d(1, 6, kernel_size=5, padding=2)`.
    pub description: String,
    /// The shape of the layer's output for one input, without the batch dimension.
    pub output: Vec<usize>,
    /// How many numbers the layer learns.
    pub parameters: usize,
    /// Multiplications (each with its addition) for one input.
    pub multiply_adds: usize,
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
}

/// A model placed in a graph: the node of every layer's output, and the parameters it declared.
pub struct Built {
    /// The node of each layer's output, in the order of the layers; the last is the model's output.
    pub outputs: Vec<NodeId>,
}

impl Sequential {
    /// The name of layer `index`: its own, or its index, as `torch.nn.Sequential` does.
    pub fn name(&self, index: usize) -> String {
        let layer = &self.layers[index];
        layer.name.clone().unwrap_or_else(|| index.to_string())
    }

    /// One row per layer: output shape, parameters, multiply-adds. Fails where a layer does not fit what it is given.
    pub fn summary(&self) -> Result<Vec<LayerSummary>> {
        self.check_names()?;
        let mut shape = Shape::new(&self.input);
        let mut rows = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let name = self.name(index);
            let output = layer.kind.output(&shape).map_err(|e| e.at(&name))?;
            rows.push(LayerSummary {
                description: layer.kind.describe(),
                output: output.dims().to_vec(),
                parameters: layer.kind.parameters().iter().map(|(_, shape, _)| shape.numel()).sum(),
                multiply_adds: layer.kind.multiply_adds(&output),
                name,
            });
            shape = output;
        }
        Ok(rows)
    }

    /// Every parameter tensor in the order of the layers, with its initialisation.
    pub fn parameters(&self) -> Result<Vec<Parameter>> {
        self.check_names()?;
        let mut shape = Shape::new(&self.input);
        let mut parameters = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let name = self.name(index);
            for (role, shape, init) in layer.kind.parameters() {
                parameters.push(Parameter { name: format!("{name}.{role}"), shape, init });
            }
            shape = layer.kind.output(&shape).map_err(|e| e.at(&name))?;
        }
        Ok(parameters)
    }

    /// Adds the model to `graph`, applied to `input` of shape `[batch, ..self.input]`.
    pub fn build(&self, graph: &mut Graph, input: NodeId) -> Result<Built> {
        self.check_names()?;
        let mut node = input;
        let mut outputs = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let name = self.name(index);
            node = layer.kind.build(graph, node, &name).map_err(|e| e.at(&name))?;
            outputs.push(node);
        }
        Ok(Built { outputs })
    }

    fn check_names(&self) -> Result<()> {
        if self.layers.is_empty() {
            return Err(Error::model("the model has no layers; give it at least one"));
        }
        let mut seen = std::collections::HashSet::new();
        for index in 0..self.layers.len() {
            let name = self.name(index);
            if !seen.insert(name.clone()) {
                return Err(Error::model(format!("two layers are named '{name}'; every layer needs a name of its own")));
            }
        }
        Ok(())
    }
}
