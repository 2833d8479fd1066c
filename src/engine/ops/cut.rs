//! How an operation may be cut into parts: along which dimension, what each part reads of every input, and where it writes.
//!
//! A device binds only so many numbers at once. What is larger is computed by the same operation of smaller tensors, part by part
//! (`plan/arrange`). Knows dimensions; knows nothing of devices, memory, or how large a part is.

use super::Op;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What a part reads of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// All of it.
    Whole,
    /// A stretch of this dimension.
    Along(usize),
    /// All of it, by the first part; the others are computed without it.
    Once,
}

/// What a part writes of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// A stretch of this dimension.
    Along(usize),
    /// A term of every number: the parts are added up in order. Then, if asked, what is below 0 becomes 0.
    Sum {
        /// Whether a ReLU follows.
        relu: bool,
    },
    /// Some of the numbers, wherever they are; all parts together write each of them once.
    Some,
}

/// The operation that computes a part.
pub type Part = Box<dyn Fn(&Range<usize>) -> Arc<dyn Op>>;

/// The constants that a part's kernels have besides those of their sizes.
pub type Constants = Box<dyn Fn(&Range<usize>) -> Vec<(&'static str, f64)>>;

/// One way to cut an operation: everything that is taken or put `Along` a dimension has as many steps there.
pub struct Cut {
    /// What each input gives to a part.
    pub inputs: Vec<Take>,
    /// What becomes of a part.
    pub output: Put,
    /// Whether every tensor is one row of numbers, of which `Along(0)` takes a stretch.
    pub flat: bool,
    /// How many steps there are along the dimensions, if they are not of one number each: groups of channels.
    pub steps: Option<usize>,
    /// The operation of a part; if none the same one, which learns all it knows from the shapes.
    pub part: Option<Part>,
    /// What a part's kernels must know of the whole: where it begins, or how much it is.
    pub constants: Option<Constants>,
}

impl fmt::Debug for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cut({:?} to {:?}{})", self.inputs, self.output, if self.flat { ", flat" } else { "" })
    }
}

impl Cut {
    /// A cut that the same operation computes.
    pub fn new(inputs: impl Into<Vec<Take>>, output: Put) -> Self {
        Cut { inputs: inputs.into(), output, flat: false, steps: None, part: None, constants: None }
    }

    /// Of an operation on numbers by themselves: anywhere.
    pub fn flat(inputs: usize) -> Self {
        Cut { flat: true, ..Cut::new(vec![Take::Along(0); inputs], Put::Along(0)) }
    }

    /// The first dimension of these inputs and of the output; the others are read whole.
    pub fn rows(inputs: impl IntoIterator<Item = bool>) -> Self {
        let take = |cut: bool| if cut { Take::Along(0) } else { Take::Whole };
        Cut::new(inputs.into_iter().map(take).collect::<Vec<_>>(), Put::Along(0))
    }

    /// Of an operation on the planes of images, all inputs: by images and by channels.
    pub fn planes(inputs: usize) -> Vec<Self> {
        [0, 1].map(|dim| Cut::new(vec![Take::Along(dim); inputs], Put::Along(dim))).into()
    }

    /// The same with parts that are another operation.
    pub fn by(self, part: impl Fn(&Range<usize>) -> Arc<dyn Op> + 'static) -> Self {
        Cut { part: Some(Box::new(part)), ..self }
    }

    /// The same with constants.
    pub fn knowing(self, constants: impl Fn(&Range<usize>) -> Vec<(&'static str, f64)> + 'static) -> Self {
        Cut { constants: Some(Box::new(constants)), ..self }
    }

    /// The same with one constant, a size of the whole.
    pub fn of(self, name: &'static str, whole: usize) -> Self {
        self.knowing(move |_| vec![(name, whole as f64)])
    }
}
