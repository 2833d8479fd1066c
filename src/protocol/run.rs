//! What page and worker say of one run. Several runs share a worker, its device and its data; each has a number, which the page chooses.
//!
//! Knows the Experiment; knows nothing of Yew, of plots, of graphs or devices. Images travel as bytes (0 paper, 255 ink).

use crate::experiment::{Experiment, Stop};
use serde::{Deserialize, Serialize};
pub use stride_engine::nn::LayerSummary;
pub use stride_engine::optim::Optimizer;

/// Which run of the page; chosen by the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub u32);

/// What the page asks of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunCommand {
    /// Build this experiment anew, at step 0, paused. An experiment that makes no sense answers `RunTelemetry::Refused` and changes nothing.
    Start(Box<Experiment>),
    /// Train until told to stop.
    Run,
    /// Stop after the steps that are on their way; then test on the whole test set.
    Pause,
    /// Train one step, then pause.
    Step,
    /// Back to step 0 of the same experiment, paused: the same seed, so the same curve.
    Reset,
    /// Use this learning rate from the next step on.
    SetLearningRate(f32),
    /// Show what the network sees of this image of the test set after every layer.
    Watch {
        /// Which test image, counted from 0.
        index: usize,
    },
    /// Classify a drawing, 28 x 28, already centred and scaled as MNIST was; it is classified again as training goes on.
    Classify(#[serde(with = "serde_bytes")] Vec<u8>),
    /// Forget the drawing.
    ClearDrawing,
    /// Begin as another run is now: with its weights, what its optimizer remembers, its seed, its place in the order of the images. With
    /// nothing changed both go on the same, to the bit. What runs here already is given up; it may be the other run itself, which then
    /// goes on with what is changed.
    Fork {
        /// The run that splits.
        from: RunId,
        /// What differs; `None` for what the other runs, with its present learning rate.
        experiment: Option<Box<Experiment>>,
    },
    /// Go back, or forth again, to a step that is kept, and pause there. What lies after it is forgotten when training goes on.
    Rewind {
        /// One of those last told as `RunTelemetry::Kept`.
        step: u32,
    },
    /// Stop by these rules, from now on.
    SetStop(Stop),
    /// Give the weights and what the optimizer remembers as a file.
    Export,
    /// Give the run up, with all that it has on the device.
    Close,
}

/// What the worker tells of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunTelemetry {
    /// An experiment has been built; everything drawn so far belongs to an earlier run.
    Ready {
        /// What runs.
        experiment: Box<Experiment>,
        /// One row per layer.
        layers: Vec<LayerSummary>,
        /// Bytes the run takes on the device.
        memory_bytes: u64,
        /// How many steps make an epoch.
        steps_per_epoch: u32,
        /// Where it comes from, if it does not begin at step 0.
        from: Option<Split>,
    },
    /// Whether it runs.
    State(RunState),
    /// Finished training steps, oldest first.
    Steps {
        /// One point per step.
        points: Vec<StepPoint>,
        /// Speed over the last second or so.
        images_per_second: f32,
    },
    /// A test in the middle of a run, on the first images of the test set.
    Test(TestPoint),
    /// A test on the whole test set.
    Examined(Box<Examination>),
    /// Statistics of every layer at one step.
    Probe(Probe),
    /// What the network makes of the watched image.
    Seen(Box<Seen>),
    /// What the network makes of the drawing.
    Drawing(Guess),
    /// The weights of the convolutions, as filters.
    Filters(Vec<Filters>),
    /// The steps to which it can go back, rising.
    Kept(Vec<u32>),
    /// It is at this step, of those that are kept; what is told of the network from now on is of this step.
    Rewound {
        /// After how many steps.
        step: u32,
        /// The learning rate in force there.
        learning_rate: f32,
    },
    /// The learning rate from the next step on, where it was set on the way.
    LearningRate(f32),
    /// Training goes on from this step: what was told of later ones is no more.
    Cut {
        /// The last that is left.
        step: u32,
    },
    /// It stopped by a rule. One sentence that says which.
    Stopped(String),
    /// The weights and what the optimizer remembers.
    Exported {
        /// After how many steps.
        step: u32,
        /// A safetensors file, with PyTorch's names.
        #[serde(with = "serde_bytes")]
        file: Vec<u8>,
    },
    /// A command could not be carried out, and nothing was changed. One sentence.
    Refused(String),
    /// The run ended because something broke. One sentence.
    Failed(String),
}

/// Where a run split off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// From which run.
    pub run: RunId,
    /// After how many steps.
    pub step: u32,
}

/// Whether a run runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunState {
    /// No experiment yet.
    #[default]
    Empty,
    /// The device is being made ready.
    Preparing,
    /// Ready, not running.
    Paused,
    /// Running.
    Running,
    /// Would run, but the next images have not arrived.
    WaitingForData,
    /// Ended by an error; `RunCommand::Reset` begins anew.
    Broken,
}

/// One finished training step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepPoint {
    /// Counted from 1: after how many steps.
    pub step: u32,
    /// Epochs gone by after it, with a fraction.
    pub epoch: f32,
    /// Mean cross-entropy of the batch, in nats, before the update.
    pub loss: f32,
    /// Share of the batch classified correctly, before the update.
    pub accuracy: f32,
    /// The learning rate of the update.
    pub learning_rate: f32,
}

/// A test in the middle of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestPoint {
    /// After how many steps.
    pub step: u32,
    /// Mean cross-entropy, in nats.
    pub loss: f32,
    /// Share classified correctly.
    pub accuracy: f32,
    /// On how many images.
    pub images: u32,
}

/// A test on the whole test set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// Loss, accuracy and number of images.
    pub point: TestPoint,
    /// `confusion[label * 10 + guess]`: how many images.
    pub confusion: Vec<u32>,
    /// The mistakes with the greatest loss, worst first.
    pub worst: Vec<Mistake>,
}

/// An image that the network got wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// Which test image.
    pub index: usize,
    /// What it is.
    pub label: u8,
    /// What the network took it for.
    pub guess: u8,
    /// Its cross-entropy, in nats.
    pub loss: f32,
    /// The image, 28 x 28.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
}

/// Statistics of every layer at one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// After how many steps.
    pub step: u32,
    /// One per layer, in the model's order (names as in `Ready`).
    pub layers: Vec<LayerProbe>,
    /// One per parameter, in the model's order.
    pub parameters: Vec<ParameterProbe>,
}

/// Statistics of a layer's output over one training batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerProbe {
    /// The layer's name.
    pub name: String,
    /// Of its output.
    pub activation: Distribution,
    /// Of the loss's gradient with respect to its output.
    pub gradient: Distribution,
    /// The share of its units (channels, or features) that are off for the whole batch, from 0 to 1; 0 where the layer has no such state.
    pub dead: f32,
    /// The share of its numbers that lie where its function is all but flat, from 0 to 1; 0 where the layer has no such place.
    pub saturated: f32,
}

/// Statistics of a parameter after one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterProbe {
    /// As in PyTorch's `state_dict`.
    pub name: String,
    /// Of its numbers.
    pub values: Distribution,
    /// The norm of the step's update by that of the parameter before it.
    pub update_ratio: f32,
}

/// How the numbers of a tensor are spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Their mean.
    pub mean: f32,
    /// Their standard deviation (divided by n).
    pub std: f32,
    /// The smallest.
    pub min: f32,
    /// The largest.
    pub max: f32,
    /// How many fell in each of equal bins from `min` to `max`.
    pub counts: Vec<u32>,
}

/// What the network makes of one image, layer by layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// After how many steps.
    pub step: u32,
    /// Which test image.
    pub index: usize,
    /// What it is.
    pub label: u8,
    /// The image, 28 x 28.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
    /// The output of every layer, in the model's order.
    pub layers: Vec<Activation>,
    /// The guess.
    pub guess: Guess,
}

/// One layer's output for one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activation {
    /// The layer's name.
    pub name: String,
    /// `[channels, height, width]` or `[features]`.
    pub shape: Vec<usize>,
    /// The numbers, row-major.
    #[serde(with = "floats")]
    pub values: Vec<f32>,
}

/// Ten probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    /// After how many steps.
    pub step: u32,
    /// The softmax of the ten logits.
    #[serde(with = "floats")]
    pub probabilities: Vec<f32>,
}

/// The weights of a convolution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filters {
    /// After how many steps.
    pub step: u32,
    /// The layer's name.
    pub name: String,
    /// `[out_channels, in_channels, height, width]`.
    pub shape: [usize; 4],
    /// The weights, row-major.
    #[serde(with = "floats")]
    pub weights: Vec<f32>,
}

/// Vectors of numbers as one array of little-endian bytes, which crosses to the page in one piece.
mod floats {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    const SIZE: usize = size_of::<f32>();

    pub fn serialize<S: Serializer>(numbers: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
        let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
        let (numbers, rest) = bytes.as_chunks::<SIZE>();
        if rest.is_empty() {
            Ok(numbers.iter().map(|&number| f32::from_le_bytes(number)).collect())
        } else {
            Err(D::Error::invalid_length(bytes.len(), &"four bytes for every number"))
        }
    }
}
