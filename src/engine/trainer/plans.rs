//! The four plans of a classifier: graphs built from the model, with their inputs and outputs bound to their places.
//!
//! Knows operations, autodiff and places; nothing runs here.

use super::places::{LAYER_PARTS, PARAMETER_PARTS, PROBE_STRIDE, Placed, Places};
use super::{Pixels, Settings, Split};
use crate::autodiff;
use crate::error::{Error, Result};
use crate::graph::{Element, Graph, NodeId};
use crate::nn::{Buffer, Built, Mode};
use crate::ops::{self, Reduction, SPREAD_LEN};
use crate::optim::control::CONTROL_LEN;
use crate::plan::{Plan, Span};
use crate::shape::Shape;

pub(super) const TRAIN: usize = 0;
pub(super) const TRAIN_AND_PROBE: usize = 1;
pub(super) const TEST: usize = 2;
pub(super) const SEE: usize = 3;

/// Makes the plans.
pub(super) struct Planner<'a> {
    pub settings: &'a Settings,
    pub outline: &'a Built,
    pub parameters: &'a [Placed],
    pub buffers: &'a [Placed<Buffer>],
    pub layers: &'a [(usize, usize)],
    pub places: &'a Places,
}

/// A graph under construction, with the places of its inputs.
struct Draft {
    graph: Graph,
    inputs: Vec<(NodeId, Span)>,
}

impl Draft {
    fn new() -> Self {
        Draft { graph: Graph::new(), inputs: Vec::new() }
    }

    fn input(&mut self, name: &str, shape: &[usize], element: Element, place: Span) -> NodeId {
        let id = self.graph.input(name, Shape::new(shape), element);
        self.inputs.push((id, place));
        id
    }
}

/// A batch drawn from the data set: images, labels, and the control buffer.
struct Batch {
    images: NodeId,
    labels: NodeId,
    control: NodeId,
}

impl Planner<'_> {
    /// All of them, in the order of their indices.
    pub(super) fn plans(&self) -> Result<Vec<Plan>> {
        Ok(vec![self.train(false)?, self.train(true)?, self.test()?, self.see()?])
    }

    /// How far each running statistic moves in a step, and the factor of what was measured: two numbers each. The factor depends on the
    /// batch, so the model is laid out for the real one.
    pub(super) fn rates(&self) -> Result<Vec<f32>> {
        let mut draft = Draft::new();
        let Batch { images, control, .. } = self.batch(&mut draft, Split::Train, self.settings.batch)?;
        let built = self.model(&mut draft, images, Mode::Train, Some(control))?;
        let mut rates = vec![0.0; self.places.rates.len];
        for (placed, buffer) in self.buffers.iter().zip(&built.buffers) {
            let factor = buffer.measured.map_or(1.0, |measured| measured.factor);
            for i in placed.range() {
                rates[2 * i..2 * i + 2].copy_from_slice(&[buffer.momentum, factor]);
            }
        }
        Ok(rates)
    }

    fn batch(&self, draft: &mut Draft, split: Split, batch: usize) -> Result<Batch> {
        let count = self.places.labels[split as usize].len;
        let shape = Shape::new(&self.settings.model.input).batched(count);
        let (pixels, labels) = (self.places.pixels[split as usize], self.places.labels[split as usize]);
        let control = draft.input("control", &[CONTROL_LEN], Element::F32, self.places.control);
        let order = draft.input("order", &[count], Element::F32, self.places.orders[split as usize]);
        let classes = draft.input("labels", &[count], Element::F32, labels);
        let images = match self.settings.pixels {
            Pixels::Bytes { mean, std } => {
                let bytes = draft.input("images", shape.dims(), Element::U8, pixels);
                ops::gather_images(&mut draft.graph, bytes, order, control, batch, mean, std)?
            }
            Pixels::Floats => {
                let floats = draft.input("images", shape.dims(), Element::F32, pixels);
                ops::gather_rows(&mut draft.graph, floats, order, control, batch)?
            }
        };
        let labels = ops::gather_rows(&mut draft.graph, classes, order, control, batch)?;
        Ok(Batch { images, labels, control })
    }

    /// The model applied to `input`.
    fn model(&self, draft: &mut Draft, input: NodeId, mode: Mode, control: Option<NodeId>) -> Result<Built> {
        let built = self.settings.model.build(&mut draft.graph, input, mode, control)?;
        // In use a model may have fewer tensors than in training, so they are found by name.
        for parameter in &built.parameters {
            let placed = self.parameters.iter().find(|placed| placed.tensor.name == parameter.name);
            draft.inputs.extend(placed.map(|placed| (parameter.node, placed.part(self.places.parameters))));
        }
        for buffer in &built.buffers {
            let placed = self.buffers.iter().find(|placed| placed.tensor.name == buffer.name);
            draft.inputs.extend(placed.map(|placed| (buffer.node, placed.part(self.places.running))));
        }
        Ok(built)
    }

    fn logits(&self, graph: &Graph, built: &Built) -> Result<NodeId> {
        match built.output {
            Some(logits) if graph.shape(logits).rank() == 2 => Ok(logits),
            Some(other) => Err(Error::model(format!(
                "the model ends in shape {}; a classifier ends in a list of logits",
                Shape::new(&graph.shape(other).dims()[1..])
            ))),
            None => Err(Error::model("the model has no layers; give it at least one")),
        }
    }

    /// Forward, loss, backward, optimizer, running statistics; with a probe also how the numbers of every layer and parameter are spread.
    fn train(&self, probe: bool) -> Result<Plan> {
        let mut draft = Draft::new();
        let Batch { images, labels, control } = self.batch(&mut draft, Split::Train, self.settings.batch)?;
        let (mean, std) = self.settings.pixels.normalisation();
        let images = ops::augment(&mut draft.graph, images, control, self.settings.augmentation, mean, std)?;
        let built = self.model(&mut draft, images, Mode::Train, Some(control))?;
        let graph = &mut draft.graph;
        let logits = self.logits(graph, &built)?;
        let smoothing = self.settings.label_smoothing;
        let loss = ops::cross_entropy(graph, logits, labels, Reduction::Mean, smoothing)?;
        let accuracy = ops::accuracy(graph, logits, labels)?;
        let mut total = loss;
        for head in &built.auxiliary {
            let own = ops::cross_entropy(graph, head.output, labels, Reduction::Mean, smoothing)?;
            let own = ops::scaled(graph, own, head.weight)?;
            total = ops::add(graph, total, own)?;
        }
        let one = ops::fill(graph, Shape::scalar(), 1.0)?;
        let mut wanted: Vec<NodeId> = built.parameters.iter().map(|parameter| parameter.node).collect();
        if probe {
            wanted.extend(&built.outputs);
        }
        let gradients = autodiff::backward(graph, total, one, &wanted)?;
        let (by_parameter, by_output) = gradients.split_at(built.parameters.len());
        let mut outputs = vec![(loss, self.places.loss), (accuracy, self.places.accuracy)];
        outputs.extend(by_parameter.iter().zip(self.parameters).map(|(&gradient, placed)| (gradient, placed.part(self.places.gradients))));
        for (buffer, placed) in built.buffers.iter().zip(self.buffers) {
            outputs.extend(buffer.measured.map(|measured| (measured.node, placed.part(self.places.measured))));
        }
        if probe {
            for (index, (&output, &gradient)) in built.outputs.iter().zip(by_output).enumerate() {
                let part = |which: usize| (LAYER_PARTS * index + which) * PROBE_STRIDE;
                for (which, node) in [output, gradient].into_iter().enumerate() {
                    let spread = ops::spread(graph, node)?;
                    outputs.push((spread, self.places.probe.part(part(which), SPREAD_LEN)));
                }
                let (low, high) = built.bounds[index];
                let units = ops::units(graph, output, low, high)?;
                outputs.push((units, self.places.probe.part(part(2), 2)));
            }
        }
        let mut plan = Plan::new(if probe { "train and probe" } else { "train" }, graph, &draft.inputs, &outputs)?;
        self.update(&mut plan, probe);
        if self.places.running.len > 0 {
            let kernel = ops::running_kernel(self.places.running.len);
            let ranges = ops::running_ranges(self.places.running.len);
            plan.push_ranges(kernel, ranges, vec![self.places.measured, self.places.rates], vec![self.places.running]);
        }
        if probe {
            self.probe_parameters(&mut plan);
        }
        Ok(plan)
    }

    /// The optimizer's one dispatch over all parameters.
    fn update(&self, plan: &mut Plan, probe: bool) {
        let (places, optimizer, len) = (self.places, &self.settings.optimizer, self.places.parameters.len);
        if probe {
            plan.push_ranges(ops::copy_kernel(len), ops::copy_ranges(len), vec![places.parameters], vec![places.before]);
        }
        let mut writes = vec![places.parameters];
        writes.extend(&places.states);
        plan.push_ranges(optimizer.kernel(len), optimizer.ranges(len), vec![places.gradients, places.control, places.options], writes);
    }

    /// After the update: how every parameter is spread, and how large its update was beside it.
    fn probe_parameters(&self, plan: &mut Plan) {
        for (index, placed) in self.parameters.iter().enumerate() {
            let part = |which: usize| (LAYER_PARTS * self.layers.len() + PARAMETER_PARTS * index + which) * PROBE_STRIDE;
            let (before, after) = (placed.part(self.places.before), placed.part(self.places.parameters));
            let (spread, ratio) = (self.places.probe.part(part(0), SPREAD_LEN), self.places.probe.part(part(1), 1));
            plan.push_ranges(ops::spread_kernel(), ops::spread_ranges(after.len), vec![after], vec![spread]);
            plan.push_ranges(ops::update_ratio_kernel(), ops::update_ratio_ranges(after.len), vec![before, after], vec![ratio]);
        }
    }

    /// Loss and predicted class of every image of a batch of test images. Keeps no intermediates.
    fn test(&self) -> Result<Plan> {
        let mut draft = Draft::new();
        let Batch { images, labels, .. } = self.batch(&mut draft, Split::Test, self.settings.test_batch)?;
        let built = self.model(&mut draft, images, Mode::Eval, None)?;
        let logits = self.logits(&draft.graph, &built)?;
        let losses = ops::cross_entropy(&mut draft.graph, logits, labels, Reduction::None, 0.0)?;
        let classes = ops::argmax(&mut draft.graph, logits)?;
        let (tested, batch) = (self.places.tested, self.settings.test_batch);
        let outputs = [(losses, tested.part(0, batch)), (classes, tested.part(batch, batch))];
        Plan::new("test", &draft.graph, &draft.inputs, &outputs)
    }

    /// The outputs of all layers for one image.
    fn see(&self) -> Result<Plan> {
        let mut draft = Draft::new();
        let shape = Shape::new(&self.settings.model.input).batched(1);
        let image = draft.input("image", shape.dims(), Element::F32, self.places.image);
        let built = self.model(&mut draft, image, Mode::Eval, None)?;
        let mut outputs: Vec<(NodeId, Span)> = Vec::with_capacity(built.outputs.len());
        for (layer, &output) in built.layers.iter().zip(&built.outputs) {
            let index = self.outline.layers.iter().position(|outlined| outlined.name == layer.name);
            outputs.extend(index.map(|index| (output, self.places.seen.part(self.layers[index].0, self.layers[index].1))));
        }
        Plan::new("see", &draft.graph, &draft.inputs, &outputs)
    }
}
