//! A set of golden values: a manifest, and tensors in safetensors files beside it.

use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// One case: what to compute, from which tensors, and how close it must come.
#[derive(Debug, Deserialize)]
pub struct Case {
    pub group: String,
    pub name: String,
    pub op: String,
    pub attrs: Map<String, Value>,
    /// Cases without tensors (initialisations) tell numbers of a formula, and have no tolerance of their own.
    #[serde(default = "of_a_formula")]
    pub rtol: f64,
    #[serde(default)]
    pub atol: f64,
    /// Role to key in the group's file.
    pub tensors: BTreeMap<String, String>,
}

fn of_a_formula() -> f64 {
    1e-6
}

#[derive(Deserialize)]
struct Manifest {
    torch: String,
    cases: Vec<Case>,
    #[serde(default)]
    parameter_counts: BTreeMap<String, BTreeMap<String, u64>>,
}

/// Numbers with a shape; whole numbers as floats.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// All cases of a set, with their tensors.
pub struct Set {
    pub torch: String,
    pub cases: Vec<Case>,
    pub parameter_counts: BTreeMap<String, BTreeMap<String, u64>>,
    files: HashMap<String, Vec<u8>>,
}

impl Set {
    /// A set from the texts of its files; `files` gives each group's.
    pub fn new(manifest: &str, files: HashMap<String, Vec<u8>>) -> Self {
        let Manifest { torch, cases, parameter_counts } = serde_json::from_str(manifest).expect("the manifest is what it should be");
        Set { torch, cases, parameter_counts, files }
    }

    /// The set in a directory.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read(directory: &std::path::Path) -> Self {
        let read = |name: &str| std::fs::read(directory.join(name)).unwrap_or_else(|error| panic!("{name} in {directory:?}: {error}"));
        let manifest = String::from_utf8(read("manifest.json")).expect("the manifest is text");
        let mut set = Set::new(&manifest, HashMap::new());
        for group in set.cases.iter().filter(|case| !case.tensors.is_empty()).map(|case| &case.group) {
            set.files.entry(group.clone()).or_insert_with(|| read(&format!("{group}.safetensors")));
        }
        set
    }

    /// The tensor that plays a role in a case.
    pub fn tensor(&self, case: &Case, role: &str) -> Result<Tensor, String> {
        let key = case.tensors.get(role).ok_or(format!("the case has no tensor '{role}'"))?;
        let file = self.files.get(&case.group).ok_or(format!("there is no file of group {}", case.group))?;
        let tensors = SafeTensors::deserialize(file).map_err(|error| error.to_string())?;
        let view = tensors.tensor(key).map_err(|error| error.to_string())?;
        let (words, _) = view.data().as_chunks::<4>();
        let values = match view.dtype() {
            Dtype::F32 => words.iter().map(|&word| f32::from_le_bytes(word)).collect(),
            Dtype::I32 => words.iter().map(|&word| i32::from_le_bytes(word) as f32).collect(),
            other => return Err(format!("{key} is of {other:?}")),
        };
        Ok(Tensor { shape: view.shape().to_vec(), values })
    }
}

impl Case {
    /// An argument as a number.
    pub fn number(&self, name: &str) -> Result<f64, String> {
        self.attrs.get(name).and_then(Value::as_f64).ok_or(format!("the case has no number '{name}'"))
    }

    /// Fails where a number is farther from what PyTorch gave than the case allows.
    pub fn compare(&self, what: &str, got: &[f32], want: &[f32]) -> Result<(), String> {
        self.compare_double(what, &widened(got), &widened(want))
    }

    /// The same in double precision.
    pub fn compare_double(&self, what: &str, got: &[f64], want: &[f64]) -> Result<(), String> {
        self.compare_within(what, got, want, 0.0)
    }

    /// The same with this much more room.
    pub fn compare_within(&self, what: &str, got: &[f64], want: &[f64], slack: f64) -> Result<(), String> {
        if got.len() != want.len() {
            return Err(format!("{what} has {} numbers, PyTorch {}", got.len(), want.len()));
        }
        for (index, (got, want)) in got.iter().zip(want).enumerate() {
            let close = (got - want).abs() <= slack + self.atol + self.rtol * want.abs();
            if !close && got != want {
                return Err(format!("{what}[{index}] is {got}, PyTorch has {want}"));
            }
        }
        Ok(())
    }
}

/// In double precision.
pub fn widened(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}
