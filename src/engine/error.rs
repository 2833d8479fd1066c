//! What can go wrong in the engine, in sentences for a student: the layer, the operation, the shapes.

use std::fmt;

/// The engine's result.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of the engine. It is displayed as one sentence that says what was wrong and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    /// The layer in which it happened, if one is to blame.
    layer: Option<String>,
    message: String,
}

/// What an [`Error`] is about, for code that must act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Shapes that do not fit each other.
    Shape,
    /// A model, optimizer or experiment that makes no sense.
    Model,
    /// A device that is missing, too small, or broken.
    Device,
}

impl Error {
    /// Shapes that do not fit: `op` names the operation, `message` the shapes it got and wanted.
    pub fn shape(op: &str, message: impl fmt::Display) -> Self {
        Error { kind: ErrorKind::Shape, layer: None, message: format!("{op}: {message}") }
    }

    /// A description that makes no sense.
    pub fn model(message: impl Into<String>) -> Self {
        Error { kind: ErrorKind::Model, layer: None, message: message.into() }
    }

    /// A device that cannot do what is asked.
    pub fn device(message: impl Into<String>) -> Self {
        Error { kind: ErrorKind::Device, layer: None, message: message.into() }
    }

    /// The same error, said of a layer.
    pub fn at(mut self, layer: &str) -> Self {
        self.layer.get_or_insert_with(|| layer.to_string());
        self
    }

    /// What the error is about.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.layer {
            Some(layer) => write!(f, "layer '{layer}': {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}
