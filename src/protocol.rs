//! `Command` and `Telemetry`: the only words that page and worker share.
//!
//! Here is what concerns the worker and all its runs, in `run` what concerns one of them. Knows nothing of Yew, of plots, of graphs or
//! devices.

mod run;

pub use crate::bench::Workload;
pub use run::*;
use serde::{Deserialize, Serialize};

/// What the page asks of the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Choose a device and fetch the data. Sent once, first. `base` is the page's address without query and hash.
    Open {
        /// The address under which `data/` lies, ending in `/`.
        base: String,
        /// The reader's wish, from `?device=`.
        device: DeviceWish,
    },
    /// Choose a device and fetch nothing: time is to be measured. Sent once, first, in the place of `Open`.
    OpenDevice(DeviceWish),
    /// Measure this, after what was to be measured before.
    Measure(Measurement),
    /// Give up whatever is being measured or waits for it.
    StopMeasuring,
    /// Train on the reader's own IDX files; each is an address that `fetch` understands (a `blob:` one) and the file's name.
    UseFiles(Vec<NamedFile>),
    /// Fetch the data set again after a failure.
    RetryData,
    /// Go on with digits drawn by the browser itself.
    UseSynthetic,
    /// What concerns one run only.
    Of {
        /// Which. A run begins to be with its first `Start`.
        run: RunId,
        /// What is asked of it.
        command: RunCommand,
    },
}

/// A file the reader dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedFile {
    /// The file's name, for messages.
    pub name: String,
    /// An object URL.
    pub url: String,
}

/// Which device the reader asked for in the page's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceWish {
    /// The GPU if it is a real one, the CPU otherwise.
    #[default]
    Best,
    /// `?device=cpu`.
    Cpu,
    /// `?device=webgpu`: a software adapter will do.
    WebGpu,
}

/// What the worker tells the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Telemetry {
    /// Which device runs, and why.
    Device(DeviceReport),
    /// How far the data is.
    Data(DataStatus),
    /// How far a measurement is.
    Measuring(Progress),
    /// A measurement is over.
    Measured(Measured),
    /// What concerns one run only.
    Of {
        /// Which.
        run: RunId,
        /// What is told of it.
        telemetry: RunTelemetry,
    },
    /// A command could not be carried out, and nothing was changed. One sentence.
    Refused(String),
    /// The worker broke, and all runs with it. One sentence.
    Failed(String),
}

/// What is to be measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Chosen by the page; what is told of the measurement carries it.
    pub id: u32,
    /// What is done again and again.
    pub workload: Workload,
    /// How often, at most.
    pub steps: u32,
    /// For how long, in milliseconds, if not for ever; two steps are done however long they take.
    pub budget_ms: Option<f64>,
}

/// How far a measurement is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Which.
    pub id: u32,
    /// Timed steps that are done.
    pub steps: u32,
    /// Milliseconds since the first was submitted.
    pub ms: f64,
}

/// The end of a measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Which.
    pub id: u32,
    /// What was found, or in one sentence why nothing was.
    pub outcome: Result<Speed, String>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// How many steps were timed.
    pub steps: u32,
    /// Milliseconds a step, from the first submission until the last loss was read back.
    pub ms_per_step: f64,
    /// The loss of the last step; of a matrix product, the mean of its first row.
    pub loss: f32,
    /// Bytes on the device.
    pub memory_bytes: u64,
}

/// Which device runs, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Whether kernels run on a GPU through WebGPU.
    pub kind: DeviceKind,
    /// The adapter's name, or what the CPU engine is.
    pub name: String,
    /// One sentence: why this one.
    pub why: String,
}

/// The two devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeviceKind {
    /// WebGPU.
    Gpu,
    /// Rust in WebAssembly.
    Cpu,
}

/// How far the data is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataStatus {
    /// The data set's name, for a heading: `MNIST`, `synthetic digits`, or a file's name.
    pub name: String,
    /// Training images that are in.
    pub train_images: usize,
    /// Training images there will be.
    pub train_total: usize,
    /// Test images that are in.
    pub test_images: usize,
    /// Bytes fetched.
    pub bytes: u64,
    /// Bytes there will be.
    pub bytes_total: u64,
    /// What went wrong, in one sentence that says what to do; retry and synthetic are then offered.
    pub problem: Option<String>,
}
