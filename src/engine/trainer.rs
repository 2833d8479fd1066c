//! Training a classifier: graphs, plans and buffers for one model, and the work of every step.
//!
//! Knows models, optimizers and devices; knows nothing of files, pages, clocks or who looks at the numbers.

use crate::autodiff;
use crate::device::{Device, Machine, Work};
use crate::error::{Error, Result};
use crate::graph::{Element, Graph, NodeId};
use crate::nn::{Built, Parameter, Sequential};
use crate::ops::{self, Reduction, SPREAD_LEN};
use crate::optim::{Optimizer, control};
use crate::plan::{ALIGNMENT, Memory, Plan, Span};
use crate::rng::Rng;
use crate::shape::Shape;

/// What a trainer is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The network; its output is one logit per class.
    pub model: Sequential,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// Images per training step.
    pub batch: usize,
    /// Seed of the initial weights.
    pub seed: u64,
    /// Room for so many training images.
    pub train_images: usize,
    /// Room for so many test images.
    pub test_images: usize,
    /// Images per test batch, a multiple of 64; the room for test images is a multiple of it.
    pub test_batch: usize,
    /// Bytes become `(byte / 255 - mean) / std`.
    pub mean: f32,
    /// See `mean`.
    pub std: f32,
}

/// A part of the data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Trained on.
    Train,
    /// Tested on.
    Test,
}

/// Numbers that came back from the device.
#[derive(Debug, PartialEq)]
pub enum Report<'a> {
    /// Loss and accuracy of finished steps, from step `first` on (counted from 1): `[loss, accuracy]` each.
    Steps {
        /// The first step reported.
        first: u32,
        /// Two numbers a step.
        values: &'a [f32],
    },
    /// For every layer the spread of its output and of its gradient ([`SPREAD_LEN`] numbers each), in the step of this number.
    Probe {
        /// Counted from 1.
        step: u32,
        /// `layers x 2 x SPREAD_LEN`.
        values: &'a [f32],
    },
    /// Cross-entropy and predicted class of one batch of test images.
    Test {
        /// After how many steps.
        step: u32,
        /// Which batch.
        index: u32,
        /// The losses, then the classes.
        values: &'a [f32],
    },
    /// The outputs of all layers for one image; [`Trainer::layer_spans`] says where each lies.
    Seen {
        /// After how many steps.
        step: u32,
        /// What [`Trainer::see`] was called with.
        tag: u32,
        /// All layers' outputs.
        values: &'a [f32],
    },
    /// All parameters; [`Trainer::parameters`] says where each lies.
    Weights {
        /// After how many steps.
        step: u32,
        /// The arena.
        values: &'a [f32],
    },
}

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

const TRAIN: usize = 0;
const TRAIN_AND_PROBE: usize = 1;
const TEST: usize = 2;
const SEE: usize = 3;

/// A classifier in training on one device.
pub struct Trainer {
    machine: Box<dyn Machine>,
    settings: Settings,
    parameters: Vec<Placed>,
    layers: Vec<(usize, usize)>,
    places: Places,
    step: u32,
    /// The step of the last metrics that were asked for.
    reported: u32,
    work: Vec<Work>,
    tickets: Tickets,
}

/// Where everything lies that stays.
struct Places {
    parameters: Span,
    gradients: Span,
    states: Vec<Span>,
    control: Span,
    pixels: [Span; 2],
    labels: [Span; 2],
    /// The order of the training images in this epoch, and the test images one after the other.
    orders: [Span; 2],
    loss: Span,
    accuracy: Span,
    metrics: Span,
    probe: Span,
    /// Losses, then classes, of a test batch.
    tested: Span,
    image: Span,
    seen: Span,
}

/// What a ticket's numbers are: kind, step and tag in 64 bits, so that nothing is looked up.
#[derive(Clone, Copy)]
struct Tickets;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Steps = 0,
    Probe = 1,
    Test = 2,
    Seen = 3,
    Weights = 4,
}

impl Tickets {
    fn make(self, kind: Kind, step: u32, tag: u32) -> u64 {
        (kind as u64) << 56 | u64::from(tag & 0xff_ffff) << 32 | u64::from(step)
    }

    fn open(self, ticket: u64, values: &[f32]) -> Report<'_> {
        let (step, tag) = (ticket as u32, (ticket >> 32) as u32 & 0xff_ffff);
        match ticket >> 56 {
            kind if kind == Kind::Steps as u64 => Report::Steps { first: step, values },
            kind if kind == Kind::Probe as u64 => Report::Probe { step, values },
            kind if kind == Kind::Test as u64 => Report::Test { step, index: tag, values },
            kind if kind == Kind::Seen as u64 => Report::Seen { step, tag, values },
            _ => Report::Weights { step, values },
        }
    }
}

impl Trainer {
    /// Builds graphs and plans, loads them on the device, and sets the initial weights. The error says what does not fit.
    pub async fn new(device: &Device, settings: Settings) -> Result<Trainer> {
        check(&settings)?;
        let parameters = place(settings.model.parameters()?);
        let layers = layer_places(&settings)?;
        let mut memory = Memory::new();
        let places = Places::new(&mut memory, &settings, &parameters, &layers);
        let plans = Planner { settings: &settings, parameters: &parameters, layers: &layers, places: &places }.plans()?;
        let machine = device.load(&memory, plans).await?;
        let mut trainer = Trainer {
            machine,
            settings,
            parameters,
            layers,
            places,
            step: 0,
            reported: 0,
            work: Vec::with_capacity(256),
            tickets: Tickets,
        };
        let identity: Vec<f32> = (0..trainer.settings.test_images).map(|i| i as f32).collect();
        trainer.machine.write(trainer.places.orders[1], &identity);
        trainer.reset();
        Ok(trainer)
    }

    /// Back to step 0: the initial weights of the seed, and an optimizer that remembers nothing.
    pub fn reset(&mut self) {
        let mut arena = vec![0.0; self.places.parameters.len];
        for (index, placed) in self.parameters.iter().enumerate() {
            let values = &mut arena[placed.offset..placed.offset + placed.parameter.shape.numel()];
            placed.parameter.init.fill(&mut Rng::new(self.settings.seed, index as u64), values);
        }
        self.set_weights(&arena);
        arena.fill(0.0);
        for &state in &self.places.states {
            self.machine.write(state, &arena);
        }
        self.step = 0;
        self.reported = 0;
    }

    /// Replaces all parameters; `arena` as in [`Report::Weights`].
    pub fn set_weights(&mut self, arena: &[f32]) {
        self.machine.write(self.places.parameters, arena);
    }

    /// Stores images and their labels from image `first` on; `pixels` as bytes, one image after the other.
    pub fn store(&mut self, split: Split, first: usize, pixels: &[u8], labels: &[u8]) -> Result<()> {
        let size = self.image_size();
        let room = self.places.labels[split as usize].len;
        if pixels.len() != labels.len() * size || first + labels.len() > room {
            return Err(Error::shape(
                "store",
                format!("{} bytes and {} labels for images {first}.. of {room}, {size} bytes each", pixels.len(), labels.len()),
            ));
        }
        let labels: Vec<f32> = labels.iter().map(|&label| f32::from(label)).collect();
        self.machine.write_bytes(self.places.pixels[split as usize].part(first * size, pixels.len()), pixels);
        self.machine.write(self.places.labels[split as usize].part(first, labels.len()), &labels);
        Ok(())
    }

    /// The order in which training images are drawn: batch b of the epoch takes `order[b * batch ..][..batch]`.
    pub fn set_order(&mut self, order: &[u32]) -> Result<()> {
        let room = self.settings.train_images;
        if order.len() > room || order.iter().any(|&index| index as usize >= room) {
            return Err(Error::model(format!("an order of {} images for a set of {room}", order.len())));
        }
        let order: Vec<f32> = order.iter().map(|&index| index as f32).collect();
        self.machine.write(self.places.orders[0].part(0, order.len()), &order);
        Ok(())
    }

    /// Submits one training step on the images from `first` on in the present order. It does not wait; its metrics come back at
    /// [`Trainer::poll`] with those of the next step that is to `report`, at the latest after [`METRICS`] steps.
    pub fn train(&mut self, first: usize, learning_rate: f32, probe: bool, report: bool) -> Result<()> {
        self.step += 1;
        self.write_control(first, learning_rate);
        let slot = (self.step as usize - 1) % METRICS;
        self.work.clear();
        self.work.push(Work::Run(if probe { TRAIN_AND_PROBE } else { TRAIN }));
        self.work.push(Work::Copy { from: self.places.loss, to: self.places.metrics.part(2 * slot, 1) });
        self.work.push(Work::Copy { from: self.places.accuracy, to: self.places.metrics.part(2 * slot + 1, 1) });
        if probe {
            self.work.push(Work::Read { ticket: self.tickets.make(Kind::Probe, self.step, 0), span: self.places.probe });
        }
        if report || slot == METRICS - 1 {
            self.push_metrics();
        }
        self.machine.submit(&self.work)
    }

    /// Asks for the metrics of the steps that have not been reported yet, though fewer than [`METRICS`].
    pub fn flush(&mut self) -> Result<()> {
        self.work.clear();
        self.push_metrics();
        if self.work.is_empty() { Ok(()) } else { self.machine.submit(&self.work) }
    }

    fn push_metrics(&mut self) {
        let count = (self.step - self.reported) as usize;
        if count > 0 {
            let first = self.reported as usize % METRICS;
            let ticket = self.tickets.make(Kind::Steps, self.reported + 1, 0);
            self.work.push(Work::Read { ticket, span: self.places.metrics.part(2 * first, 2 * count) });
            self.reported = self.step;
        }
    }

    /// Submits the test of one batch of test images: batch `index` of them.
    pub fn test(&mut self, index: usize) -> Result<()> {
        self.write_control(index * self.settings.test_batch, 0.0);
        let ticket = self.tickets.make(Kind::Test, self.step, index as u32);
        self.machine.submit(&[Work::Run(TEST), Work::Read { ticket, span: self.places.tested }])
    }

    /// Submits one image, as bytes, through the network as it is; the outputs of all layers come back with this tag.
    pub fn see(&mut self, pixels: &[u8], tag: u32) -> Result<()> {
        if pixels.len() != self.image_size() {
            return Err(Error::shape("see", format!("got {} pixels, an image has {}", pixels.len(), self.image_size())));
        }
        let (mean, std) = (self.settings.mean, self.settings.std);
        let values: Vec<f32> = pixels.iter().map(|&byte| (f32::from(byte) / 255.0 - mean) / std).collect();
        self.machine.write(self.places.image, &values);
        self.work.clear();
        self.work.push(Work::Run(SEE));
        self.work.push(Work::Read { ticket: self.tickets.make(Kind::Seen, self.step, tag), span: self.places.seen });
        self.machine.submit(&self.work)
    }

    /// Asks for all parameters.
    pub fn read_weights(&mut self) -> Result<()> {
        let ticket = self.tickets.make(Kind::Weights, self.step, 0);
        self.machine.submit(&[Work::Read { ticket, span: self.places.parameters }])
    }

    /// Hands over what has come back, in order. Never waits.
    pub fn poll(&mut self, take: &mut dyn FnMut(Report<'_>)) -> Result<()> {
        let tickets = self.tickets;
        self.machine.poll(&mut |ticket, values| take(tickets.open(ticket, values)))
    }

    /// How many reads are on their way.
    pub fn pending(&self) -> usize {
        self.machine.pending()
    }

    /// How many steps have been submitted.
    pub fn step(&self) -> u32 {
        self.step
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> u64 {
        self.machine.bytes()
    }

    /// The parameters and their places in the arena.
    pub fn parameters(&self) -> &[Placed] {
        &self.parameters
    }

    /// Offset and length of every layer's output in [`Report::Seen`].
    pub fn layer_spans(&self) -> &[(usize, usize)] {
        &self.layers
    }

    /// What it was made for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    fn image_size(&self) -> usize {
        self.settings.model.input.iter().product()
    }

    fn write_control(&mut self, first_image: usize, learning_rate: f32) {
        let mut values = [0.0; control::CONTROL_LEN];
        let [correction1, correction2] = self.settings.optimizer.corrections(self.step);
        values[control::LEARNING_RATE] = learning_rate;
        values[control::STEP] = self.step as f32;
        values[control::FIRST_IMAGE] = first_image as f32;
        values[control::CORRECTION1] = correction1;
        values[control::CORRECTION2] = correction2;
        self.machine.write(self.places.control, &values);
    }
}

fn check(settings: &Settings) -> Result<()> {
    settings.optimizer.check()?;
    if settings.batch == 0 || settings.test_batch == 0 {
        return Err(Error::model("a batch must hold at least one image"));
    }
    if settings.train_images < settings.batch {
        return Err(Error::model(format!(
            "a batch of {} needs as many training images; there are {}",
            settings.batch, settings.train_images
        )));
    }
    if !settings.test_batch.is_multiple_of(ALIGNMENT) {
        return Err(Error::model(format!("the test batch is {}; it must be a multiple of {ALIGNMENT}", settings.test_batch)));
    }
    if settings.test_images < settings.test_batch || !settings.test_images.is_multiple_of(settings.test_batch) {
        let (images, batch) = (settings.test_images, settings.test_batch);
        return Err(Error::model(format!("{images} test images are no multiple of the test batch of {batch}")));
    }
    Ok(())
}

/// Parameters one after the other, each at a multiple of [`ALIGNMENT`].
fn place(parameters: Vec<Parameter>) -> Vec<Placed> {
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
fn layer_places(settings: &Settings) -> Result<Vec<(usize, usize)>> {
    let mut offset = 0;
    let mut places = Vec::new();
    for layer in settings.model.summary()? {
        let len: usize = layer.output.iter().product();
        places.push((offset, len));
        offset += len.next_multiple_of(ALIGNMENT);
    }
    Ok(places)
}

impl Places {
    fn new(memory: &mut Memory, settings: &Settings, parameters: &[Placed], layers: &[(usize, usize)]) -> Self {
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

/// Numbers from one layer's probe to the next: activation and gradient, each with its padding.
pub const PROBE_STRIDE: usize = SPREAD_LEN.next_multiple_of(ALIGNMENT);

/// Makes the plans.
struct Planner<'a> {
    settings: &'a Settings,
    parameters: &'a [Placed],
    layers: &'a [(usize, usize)],
    places: &'a Places,
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
    fn plans(&self) -> Result<Vec<Plan>> {
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
