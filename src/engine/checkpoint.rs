//! A network's tensors by name, and their form as a safetensors file, which PyTorch reads and writes too.
//!
//! Knows names, shapes and numbers; knows nothing of layers, optimizers or devices.

use crate::error::{Error, Result};
use crate::shape::Shape;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{HashMap, HashSet};

/// A tensor with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// As in PyTorch's `state_dict`; what an optimizer remembers is called `optimizer.STATE.NAME`.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// Its numbers, row-major.
    pub values: Vec<f32>,
}

/// Everything that a run goes on from: weights, running statistics, what the optimizer remembers, and how many steps were made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// Training steps so far; 0 for weights from elsewhere.
    pub step: u32,
    /// All tensors.
    pub tensors: Vec<NamedTensor>,
}

/// What the names of an optimizer's tensors begin with.
pub const OPTIMIZER: &str = "optimizer.";

/// The key of the step in the file's metadata.
const STEP: &str = "step";

impl Checkpoint {
    /// The tensor of this name.
    pub fn tensor(&self, name: &str) -> Option<&NamedTensor> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// The numbers of the tensor of this name, which must have this shape.
    pub fn values(&self, name: &str, shape: &Shape) -> Result<&[f32]> {
        let tensor = self.tensor(name).ok_or_else(|| {
            let some: Vec<&str> = self.tensors.iter().map(|tensor| tensor.name.as_str()).take(6).collect();
            Error::model(format!("the file has no tensor '{name}'; it has {} others, such as {}", self.tensors.len(), some.join(", ")))
        })?;
        if tensor.shape == *shape {
            Ok(&tensor.values)
        } else {
            Err(Error::model(format!("the file's '{name}' has shape {}; the model's has {shape}", tensor.shape)))
        }
    }

    /// The network alone, without what the optimizer remembers: the tensors of PyTorch's `state_dict` that are floats.
    pub fn weights(mut self) -> Self {
        let names: HashSet<String> = self.tensors.iter().map(|tensor| tensor.name.clone()).collect();
        // A layer may be called `optimizer`: only what is remembered of a tensor of the file is left out.
        self.tensors.retain(|tensor| {
            let remembered = tensor.name.strip_prefix(OPTIMIZER).and_then(|rest| rest.split_once('.'));
            remembered.is_none_or(|(_, name)| !names.contains(name))
        });
        self.step = 0;
        self
    }

    /// The bytes of a safetensors file.
    pub fn to_safetensors(&self) -> Result<Vec<u8>> {
        let bytes: Vec<Vec<u8>> =
            self.tensors.iter().map(|tensor| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
        let mut views = Vec::with_capacity(self.tensors.len());
        for (tensor, bytes) in self.tensors.iter().zip(&bytes) {
            let view = TensorView::new(Dtype::F32, tensor.shape.dims().to_vec(), bytes).map_err(|error| unwritten(&tensor.name, error))?;
            views.push((tensor.name.as_str(), view));
        }
        let metadata = HashMap::from([(STEP.to_string(), self.step.to_string())]);
        safetensors::serialize(views, Some(metadata)).map_err(|error| unwritten("the file", error))
    }

    /// Reads a safetensors file. Tensors of whole numbers, such as `num_batches_tracked`, are left out; other kinds of floats are refused.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self> {
        let unread = |error: safetensors::SafeTensorError| Error::model(format!("this is no safetensors file: {error}"));
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(unread)?;
        let step = match metadata.metadata().as_ref().and_then(|texts| texts.get(STEP)) {
            Some(text) => text.parse().map_err(|_| Error::model(format!("the file's step is '{text}'; it must be a whole number")))?,
            None => 0,
        };
        let file = SafeTensors::deserialize(bytes).map_err(unread)?;
        let mut tensors = Vec::with_capacity(file.len());
        for (name, view) in file.tensors() {
            match view.dtype() {
                Dtype::F32 => {
                    let (words, _) = view.data().as_chunks::<4>();
                    let values = words.iter().map(|&word| f32::from_le_bytes(word)).collect();
                    tensors.push(NamedTensor { name, shape: Shape::new(view.shape()), values });
                }
                Dtype::I64 | Dtype::I32 | Dtype::U8 | Dtype::BOOL => {}
                other => return Err(Error::model(format!("the file's '{name}' is of {other:?}; save it as float32"))),
            }
        }
        tensors.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Checkpoint { step, tensors })
    }
}

fn unwritten(what: &str, error: safetensors::SafeTensorError) -> Error {
    Error::model(format!("{what} cannot be written as safetensors: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let tensor =
            |name: &str, dims: &[usize], values: &[f32]| NamedTensor { name: name.into(), shape: Shape::new(dims), values: values.into() };
        let tensors = vec![tensor("0.bias", &[2], &[0.5, f32::MIN_POSITIVE]), tensor("0.weight", &[2, 1], &[-1.0, f32::INFINITY])];
        Checkpoint { step: 77, tensors }
    }

    #[test]
    fn what_is_written_is_read_to_the_bit() {
        let bytes = checkpoint().to_safetensors().unwrap();
        assert_eq!(Checkpoint::from_safetensors(&bytes).unwrap(), checkpoint());
    }

    #[test]
    fn a_file_that_is_none_is_refused_in_a_sentence() {
        let bytes = checkpoint().to_safetensors().unwrap();
        for broken in [&b""[..], b"hello, I am a text", &bytes[..bytes.len() - 3], &bytes[..20]] {
            let error = Checkpoint::from_safetensors(broken).unwrap_err().to_string();
            assert!(error.starts_with("this is no safetensors file"), "{error}");
        }
    }

    #[test]
    fn what_is_missing_or_of_another_shape_is_named() {
        let error = checkpoint().values("1.weight", &Shape::new(&[2])).unwrap_err().to_string();
        assert_eq!(error, "the file has no tensor '1.weight'; it has 2 others, such as 0.bias, 0.weight");
        let error = checkpoint().values("0.bias", &Shape::new(&[3])).unwrap_err().to_string();
        assert_eq!(error, "the file's '0.bias' has shape [2]; the model's has [3]");
    }
}
