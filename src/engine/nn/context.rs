//! A model being laid out in a graph: where we are in it, and what its layers have declared so far.
//!
//! Knows graphs and names; knows nothing of what any layer computes.

use super::init::{Init, fans};
use super::layer::Layer;
use super::{Auxiliary, Buffer, Built, Initialization, LayerSummary, MOST, Measured, Mode, Parameter};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;
use std::collections::HashSet;

/// Handed to every layer as it is built.
pub(crate) struct Context<'a> {
    /// The graph that grows.
    pub graph: &'a mut Graph,
    /// Whether layers behave as in training.
    pub mode: Mode,
    /// The buffer of [`crate::optim::control`], which random layers read.
    control: Option<NodeId>,
    init: Initialization,
    /// The names from the model down to the present layer.
    path: Vec<String>,
    built: Built,
    names: HashSet<String>,
    /// Names of rows in the table of layers.
    rows: HashSet<String>,
    /// Parameters so far.
    declared: usize,
    /// Multiply-adds and parameters that the present layer has declared itself.
    own: Own,
}

#[derive(Clone, Copy, Default)]
struct Own {
    parameters: usize,
    multiply_adds: u64,
}

impl<'a> Context<'a> {
    pub(super) fn new(graph: &'a mut Graph, mode: Mode, control: Option<NodeId>, init: Initialization) -> Self {
        Context {
            graph,
            mode,
            control,
            init,
            path: Vec::new(),
            built: Built::default(),
            names: HashSet::new(),
            rows: HashSet::new(),
            declared: 0,
            own: Own::default(),
        }
    }

    /// What has been built, now that all is.
    pub(super) fn finish(self, output: NodeId) -> Built {
        Built { output: Some(output), ..self.built }
    }

    /// The weight of a linear layer or a convolution, filled as the model wants it; and its bias, if there is to be one.
    pub fn weight_and_bias(&mut self, weight: Shape, outputs: usize, bias: bool) -> Result<(NodeId, Option<NodeId>)> {
        let fans = fans(&weight);
        let node = self.parameter("weight", weight, self.init.weight, fans)?;
        let bias = if bias { Some(self.parameter("bias", Shape::new(&[outputs]), self.init.bias, fans)?) } else { None };
        Ok((node, bias))
    }

    /// A tensor that is learned; it becomes an input of the graph, named as PyTorch's `state_dict` names it.
    pub fn parameter(&mut self, role: &str, shape: Shape, init: Init, fans: (usize, usize)) -> Result<NodeId> {
        let name = self.claim(role)?;
        let size = shape.dims().iter().try_fold(1usize, |size, &dim| size.checked_mul(dim)).filter(|&size| size <= MOST);
        let Some(size) = size else {
            return Err(Error::shape(role, format!("it would be {shape}, more than {MOST} numbers")));
        };
        self.declared += size;
        if self.declared > MOST {
            return Err(Error::model(format!("up to '{name}' the model has {} parameters; {MOST} are the most", self.declared)));
        }
        self.own.parameters += size;
        let node = self.graph.input(&name, shape.clone(), crate::graph::Element::F32);
        self.built.parameters.push(Parameter { name, shape, init, fans, node });
        Ok(node)
    }

    /// A tensor that is kept from step to step but not learned; `momentum` is how far each step moves it to what the step measured.
    pub fn buffer(&mut self, role: &str, shape: Shape, initial: f32, momentum: f32) -> Result<NodeId> {
        let name = self.claim(role)?;
        let node = self.graph.input(&name, shape.clone(), crate::graph::Element::F32);
        self.built.buffers.push(Buffer { name, shape, initial, momentum, node, measured: None });
        Ok(node)
    }

    /// What this step measured for a buffer.
    pub fn measured(&mut self, buffer: NodeId, node: NodeId, factor: f32) {
        for found in self.built.buffers.iter_mut().filter(|found| found.node == buffer) {
            found.measured = Some(Measured { node, factor });
        }
    }

    /// Multiplications, each with its addition, of the present layer for one input: so many for each of so many numbers.
    pub fn multiply_adds(&mut self, outputs: usize, each: usize) {
        let made = (outputs as u64).saturating_mul(each as u64);
        self.own.multiply_adds = self.own.multiply_adds.saturating_add(made);
    }

    /// The control buffer, and a number that no other random layer of the model has.
    pub fn random(&mut self) -> Result<(NodeId, u32)> {
        let control = self.control.ok_or_else(|| Error::model("a random layer needs the control buffer of a training step"))?;
        self.built.streams += 1;
        Ok((control, self.built.streams))
    }

    /// A head beside the main path, whose loss counts in training.
    pub fn auxiliary(&mut self, output: NodeId, weight: f32) {
        self.built.auxiliary.push(Auxiliary { name: self.path(), output, weight });
    }

    /// Applies layers one after the other, under the present path.
    pub fn sequence(&mut self, layers: &[Layer], mut x: NodeId) -> Result<NodeId> {
        unique(layers)?;
        for (index, layer) in layers.iter().enumerate() {
            x = self.layer(layer, index, x)?;
        }
        Ok(x)
    }

    /// Applies layers one after the other, under a name of their own.
    pub fn named_sequence(&mut self, name: &str, layers: &[Layer], x: NodeId) -> Result<NodeId> {
        self.path.push(name.into());
        let y = self.sequence(layers, x);
        self.path.pop();
        y
    }

    /// Applies one layer, the one at `index` among its siblings.
    pub fn layer(&mut self, layer: &Layer, index: usize, x: NodeId) -> Result<NodeId> {
        self.path.push(layer.label(index));
        let outer = std::mem::take(&mut self.own);
        let path = self.path();
        let y = layer.kind.module().build(self, x).map_err(|error| error.at(if path.is_empty() { "model" } else { &path }))?;
        let made = self.graph.shape(y).dims()[1..].iter().try_fold(1usize, |size, &dim| size.checked_mul(dim));
        if made.is_none_or(|made| made > MOST) {
            let shape = Shape::new(&self.graph.shape(y).dims()[1..]);
            return Err(Error::shape("output", format!("one input becomes {shape}, more than {MOST} numbers")).at(&path));
        }
        if layer.kind.is_step() {
            // What is measured of a layer is found by its name.
            if !self.rows.insert(path.clone()) {
                return Err(Error::model(format!("two layers are named '{path}'; every layer needs a name of its own")));
            }
            self.built.layers.push(LayerSummary {
                name: path,
                description: layer.kind.describe(),
                output: self.graph.shape(y).dims()[1..].to_vec(),
                parameters: self.own.parameters,
                multiply_adds: self.own.multiply_adds,
            });
            self.built.outputs.push(y);
            self.built.bounds.push(layer.kind.saturation());
        }
        self.own = outer;
        self.path.pop();
        Ok(y)
    }

    fn path(&self) -> String {
        self.join(None)
    }

    fn join(&self, role: Option<&str>) -> String {
        let parts: Vec<&str> = self.path.iter().map(String::as_str).chain(role).filter(|part| !part.is_empty()).collect();
        parts.join(".")
    }

    fn claim(&mut self, role: &str) -> Result<String> {
        let name = self.join(Some(role));
        if self.names.insert(name.clone()) {
            Ok(name)
        } else {
            Err(Error::model(format!("two tensors are named '{name}'; every layer needs a name of its own")))
        }
    }
}

/// Fails where two siblings have the same name.
fn unique(layers: &[Layer]) -> Result<()> {
    let mut seen = HashSet::new();
    for (index, layer) in layers.iter().enumerate() {
        let name = layer.label(index);
        if !name.is_empty() && !seen.insert(name.clone()) {
            return Err(Error::model(format!("two layers are named '{name}'; every layer needs a name of its own")));
        }
    }
    Ok(())
}
