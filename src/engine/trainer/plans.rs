//! The four plans of a classifier: graphs built from the model, with their inputs and outputs bound to their places.
//!
//! Knows operations, autodiff and places; nothing runs here.

use super::places::{PROBE_STRIDE, Placed, Places};
use super::{Settings, Split};
use crate::autodiff;
use crate::error::{Error, Result};
use crate::graph::{Element, Graph, NodeId};
use crate::nn::Built;
use crate::ops::{self, Reduction, SPREAD_LEN};
use crate::optim::control;
use crate::plan::{Plan, Span};
use crate::shape::Shape;

pub(super) const TRAIN: usize = 0;
pub(super) const TRAIN_AND_PROBE: usize = 1;
pub(super) const TEST: usize = 2;
pub(super) const SEE: usize = 3;

/// Makes the plans.
pub(super) struct Planner<'a> {
    pub settings: &'a Settings,
    pub parameters: &'a [Placed],
    pub layers: &'a [(usize, usize)],
    pub places: &'a Places,
}

/// A graph under construction, with the places of its inputs.
struct Draft {
    graph: Graph,
    inputs: Vec<(NodeId, Span)>,
}

impl Draft {
    fn input(&mut self, name: &str, shape: &[usize], element: Element, place: Span) -> NodeId {
        let id = self.graph.input(name, Shape::new(shape), element);
        self.inputs.push((id, place));
        id
    }
}

impl Planner<'_> {
    /// All of them, in the order of their indices.
    pub(super) fn plans(&self) -> Result<Vec<Plan>> {
        Ok(vec![self.train(false)?, self.train(true)?, self.test()?, self.see()?])
    }

    /// A graph that draws a batch: images and labels.
    fn batch(&self, split: Split, batch: usize) -> Result<(Draft, NodeId, NodeId)> {
        let mut draft = Draft { graph: Graph::new(), inputs: Vec::new() };
        let count = self.places.labels[split as usize].len;
        let shape = Shape::new(&self.settings.model.input).batched(count);
        let control = draft.input("control", &[control::CONTROL_LEN], Element::F32, self.places.control);
        let order = draft.input("order", &[count], Element::F32, self.places.orders[split as usize]);
        let pixels = draft.input("images", shape.dims(), Element::U8, self.places.pixels[split as usize]);
        let classes = draft.input("labels", &[count], Element::F32, self.places.labels[split as usize]);
        let images = ops::gather_images(&mut draft.graph, pixels, order, control, batch, self.settings.mean, self.settings.std)?;
        let labels = ops::gather_labels(&mut draft.graph, classes, order, control, batch)?;
        Ok((draft, images, labels))
    }

    /// The model applied to `input`, and its parameters' nodes in order.
    fn model(&self, draft: &mut Draft, input: NodeId) -> Result<(Built, Vec<NodeId>)> {
        let nodes: Vec<NodeId> = self
            .parameters
            .iter()
            .map(|placed| {
                let shape = &placed.parameter.shape;
                let place = self.places.parameters.part(placed.offset, shape.numel());
                draft.input(&placed.parameter.name, shape.dims(), Element::F32, place)
            })
            .collect();
        Ok((self.settings.model.build(&mut draft.graph, input)?, nodes))
    }

    fn logits(&self, graph: &Graph, built: &Built) -> Result<NodeId> {
        match built.outputs.last() {
            Some(&logits) if graph.shape(logits).rank() == 2 => Ok(logits),
            Some(&other) => Err(Error::model(format!(
                "the model ends in shape {}; a classifier ends in a list of logits",
                Shape::new(&graph.shape(other).dims()[1..])
            ))),
            None => Err(Error::model("the model has no layers; give it at least one")),
        }
    }

    /// Forward, loss, backward, optimizer; with a probe also the spread of every layer's output and gradient.
    fn train(&self, probe: bool) -> Result<Plan> {
        let (mut draft, images, labels) = self.batch(Split::Train, self.settings.batch)?;
        let (built, parameters) = self.model(&mut draft, images)?;
        let graph = &mut draft.graph;
        let logits = self.logits(graph, &built)?;
        let loss = ops::cross_entropy(graph, logits, labels, Reduction::Mean)?;
        let accuracy = ops::accuracy(graph, logits, labels)?;
        let one = ops::fill(graph, Shape::scalar(), 1.0)?;
        let mut wanted = parameters;
        let trained = wanted.len();
        if probe {
            wanted.extend(&built.outputs);
        }
        let gradients = autodiff::backward(graph, loss, one, &wanted)?;
        let mut outputs = vec![(loss, self.places.loss), (accuracy, self.places.accuracy)];
        for (&gradient, placed) in gradients.iter().zip(self.parameters) {
            outputs.push((gradient, self.places.gradients.part(placed.offset, placed.parameter.shape.numel())));
        }
        if probe {
            for (index, (&output, &gradient)) in built.outputs.iter().zip(&gradients[trained..]).enumerate() {
                for (which, node) in [output, gradient].into_iter().enumerate() {
                    let spread = ops::spread(graph, node)?;
                    outputs.push((spread, self.places.probe.part((2 * index + which) * PROBE_STRIDE, SPREAD_LEN)));
                }
            }
        }
        let mut plan = Plan::new(if probe { "train and probe" } else { "train" }, graph, &draft.inputs, &outputs)?;
        let arena = self.places.parameters;
        let mut writes = vec![arena];
        writes.extend(&self.places.states);
        plan.push(self.settings.optimizer.kernel(arena.len), vec![self.places.gradients, self.places.control], writes);
        Ok(plan)
    }

    /// Loss and predicted class of every image of a batch of test images. Keeps no intermediates.
    fn test(&self) -> Result<Plan> {
        let (mut draft, images, labels) = self.batch(Split::Test, self.settings.test_batch)?;
        let (built, _) = self.model(&mut draft, images)?;
        let logits = self.logits(&draft.graph, &built)?;
        let losses = ops::cross_entropy(&mut draft.graph, logits, labels, Reduction::None)?;
        let classes = ops::argmax(&mut draft.graph, logits)?;
        let (tested, batch) = (self.places.tested, self.settings.test_batch);
        let outputs = [(losses, tested.part(0, batch)), (classes, tested.part(batch, batch))];
        Plan::new("test", &draft.graph, &draft.inputs, &outputs)
    }

    /// The outputs of all layers for one image.
    fn see(&self) -> Result<Plan> {
        let mut draft = Draft { graph: Graph::new(), inputs: Vec::new() };
        let shape = Shape::new(&self.settings.model.input).batched(1);
        let image = draft.input("image", shape.dims(), Element::F32, self.places.image);
        let (built, _) = self.model(&mut draft, image)?;
        let places = self.layers.iter().map(|&(offset, len)| self.places.seen.part(offset, len));
        let outputs: Vec<(NodeId, Span)> = built.outputs.iter().copied().zip(places).collect();
        Plan::new("see", &draft.graph, &draft.inputs, &outputs)
    }
}
