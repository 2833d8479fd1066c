//! Training a classifier: graphs, plans and buffers for one model, and the work of every step.
//!
//! Knows models, optimizers and devices; knows nothing of files, pages, clocks or who looks at the numbers.

mod layout;
mod places;
mod plans;
mod state;
mod tickets;

pub use layout::{Footprint, footprint};
pub use places::{LAYER_PARTS, METRICS, PARAMETER_PARTS, PROBE_STRIDE, Placed};
pub use state::Arenas;

use crate::device::{Device, Machine, Work};
use crate::error::{Error, Result};
use crate::nn::{Buffer, LayerSummary, Model, Parameter};
use crate::ops::Augmentation;
use crate::optim::control::Control;
use crate::optim::{Optimizer, ParameterGroup};
use crate::rng::Rng;
use layout::Layout;
use places::Places;
use plans::{SEE, TEST, TRAIN, TRAIN_AND_PROBE};
use tickets::{Kind, Tickets};

/// What a trainer is made for.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The network; its output is one logit per class.
    pub model: Model,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// Parameters that move differently.
    pub groups: Vec<ParameterGroup>,
    /// What is done to training images.
    pub augmentation: Augmentation,
    /// How much of every label is shared among all classes.
    pub label_smoothing: f32,
    /// Images per training step.
    pub batch: usize,
    /// Seed of the initial weights, and of what is drawn while training.
    pub seed: u32,
    /// Room for so many training images.
    pub train_images: usize,
    /// Room for so many test images.
    pub test_images: usize,
    /// Images per test batch, a multiple of 64; the room for test images is a multiple of it.
    pub test_batch: usize,
    /// How the images are stored.
    pub pixels: Pixels,
}

/// How images are stored on the device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pixels {
    /// A byte a pixel, which becomes `(byte / 255 - mean) / std`.
    Bytes {
        /// The mean of the data set.
        mean: f32,
        /// Its standard deviation.
        std: f32,
    },
    /// A float a pixel, used as it is.
    Floats,
}

impl Pixels {
    /// Mean and standard deviation by which intensities from 0 to 1 are normalised.
    fn normalisation(self) -> (f32, f32) {
        match self {
            Pixels::Bytes { mean, std } => (mean, std),
            Pixels::Floats => (0.0, 1.0),
        }
    }
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
    /// How the numbers are spread in the step of this number: for every layer [`LAYER_PARTS`] (its output, its gradient, the share of
    /// units that are off and that of saturated numbers), then for every parameter [`PARAMETER_PARTS`] (its values after the update, the norm of the update by that of the
    /// parameter before it). A part begins every [`PROBE_STRIDE`] numbers; a spread is [`crate::ops::SPREAD_LEN`] long.
    Probe {
        /// Counted from 1.
        step: u32,
        /// All parts.
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
    /// A part of what the run goes on from, for [`Arenas::take`].
    State {
        /// After how many steps.
        step: u32,
        /// Which part.
        part: usize,
        /// Its numbers.
        values: &'a [f32],
    },
}

/// A classifier in training on one device.
pub struct Trainer {
    machine: Box<dyn Machine>,
    settings: Settings,
    parameters: Vec<Placed>,
    buffers: Vec<Placed<Buffer>>,
    rows: Vec<LayerSummary>,
    layers: Vec<(usize, usize)>,
    places: Places,
    step: u32,
    /// Of the steps so far, those before the optimizer's averages began.
    began: u32,
    /// The step of the last metrics that were asked for.
    reported: u32,
    work: Vec<Work>,
    tickets: Tickets,
}

impl Trainer {
    /// Builds graphs and plans, loads them on the device, and sets the initial weights. The error says what does not fit.
    pub async fn new(device: &Device, settings: Settings) -> Result<Trainer> {
        let Layout { outline, parameters, buffers, layers, memory, places, plans, rates, options } = Layout::new(&settings)?;
        let machine = device.load(&memory, plans).await?;
        let mut trainer = Trainer {
            machine,
            settings,
            parameters,
            buffers,
            rows: outline.layers,
            layers,
            places,
            step: 0,
            began: 0,
            reported: 0,
            work: Vec::with_capacity(256),
            tickets: Tickets,
        };
        let identity: Vec<f32> = (0..trainer.settings.test_images).map(|i| i as f32).collect();
        trainer.machine.write(trainer.places.orders[1], &identity);
        trainer.machine.write(trainer.places.options, &options);
        trainer.machine.write(trainer.places.rates, &rates);
        trainer.reset();
        Ok(trainer)
    }

    /// Back to step 0: the initial weights of the seed, and an optimizer that remembers nothing.
    pub fn reset(&mut self) {
        let mut arena = vec![0.0; self.places.parameters.len];
        for (index, placed) in self.parameters.iter().enumerate() {
            let Parameter { init, fans, .. } = &placed.tensor;
            init.fill(*fans, &mut Rng::new(u64::from(self.settings.seed), index as u64), &mut arena[placed.range()]);
        }
        self.set_weights(&arena);
        arena.fill(0.0);
        for &state in &self.places.states {
            self.machine.write(state, &arena);
        }
        let mut running = vec![0.0; self.places.running.len];
        for placed in &self.buffers {
            running[placed.range()].fill(placed.tensor.initial);
        }
        self.machine.write(self.places.running, &running);
        self.count_from(0, 0);
    }

    /// Replaces all parameters; `arena` as in [`Report::Weights`].
    pub fn set_weights(&mut self, arena: &[f32]) {
        self.machine.write(self.places.parameters, arena);
    }

    /// Stores images and their labels from image `first` on; `pixels` as bytes, one image after the other.
    pub fn store(&mut self, split: Split, first: usize, pixels: &[u8], labels: &[u8]) -> Result<()> {
        self.store_labels(split, first, pixels.len(), labels)?;
        if self.settings.pixels == Pixels::Floats {
            return Err(Error::model("this run takes images as floats; they were given as bytes"));
        }
        self.machine.write_bytes(self.places.pixels[split as usize].part(first * self.image_size(), pixels.len()), pixels);
        Ok(())
    }

    /// The same with images as floats.
    pub fn store_floats(&mut self, split: Split, first: usize, pixels: &[f32], labels: &[u8]) -> Result<()> {
        self.store_labels(split, first, pixels.len(), labels)?;
        if self.settings.pixels != Pixels::Floats {
            return Err(Error::model("this run takes images as bytes; they were given as floats"));
        }
        self.machine.write(self.places.pixels[split as usize].part(first * self.image_size(), pixels.len()), pixels);
        Ok(())
    }

    fn store_labels(&mut self, split: Split, first: usize, pixels: usize, labels: &[u8]) -> Result<()> {
        let size = self.image_size();
        let room = self.places.labels[split as usize].len;
        if pixels != labels.len() * size || first + labels.len() > room {
            return Err(Error::shape(
                "store",
                format!("{pixels} pixels and {} labels for images {first}.. of {room}, {size} pixels each", labels.len()),
            ));
        }
        let labels: Vec<f32> = labels.iter().map(|&label| f32::from(label)).collect();
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
        let (mean, std) = self.settings.pixels.normalisation();
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

    /// One row for every layer, in the order of [`Trainer::layer_spans`] and of [`Report::Probe`].
    pub fn layers(&self) -> &[LayerSummary] {
        &self.rows
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
        let control = Control {
            learning_rate,
            step: self.step,
            first_image: first_image as u32,
            corrections: self.settings.optimizer.corrections(self.step - self.began),
            seed: self.settings.seed,
        };
        self.machine.write(self.places.control, &control.values());
    }
}
