//! The layers: for each its arguments, named as `torch.nn` names them, its tensors, and the operations it is made of.

mod activation;
mod block;
mod conv;
mod linear;
mod norm;
mod pool;
mod shape;

pub use activation::{Approximation, Dropout, Gelu, LeakyRelu, LogSoftmax, Relu, Sigmoid, Softmax, Tanh};
pub use block::{AuxiliaryHead, Branches, Residual, Sequential, SqueezeExcitation};
pub use conv::{Conv1d, Conv2d, ConvTranspose2d};
pub use linear::Linear;
pub use norm::{BatchNorm1d, BatchNorm2d, LocalResponseNorm};
pub use pool::{AdaptiveAvgPool2d, AvgPool2d, MaxPool2d};
pub use shape::Flatten;

use super::Pair;
use crate::error::{Error, Result};
use std::fmt::Display;

fn one() -> usize {
    1
}

fn same() -> Pair {
    Pair([1, 1])
}

fn none() -> Pair {
    Pair([0, 0])
}

fn yes() -> bool {
    true
}

/// Fails unless an argument lies from `least` to `most`.
fn bounded(what: &str, value: usize, least: usize, most: usize) -> Result<()> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(Error::model(format!("{what} is {value}; it must be from {least} to {most}")))
    }
}

/// The same for an argument of two numbers.
fn both_bounded(what: &str, pair: Pair, least: usize, most: usize) -> Result<()> {
    pair.0.iter().try_for_each(|&value| bounded(what, value, least, most))
}

/// An argument as PyTorch prints it: nothing where it is the default.
fn argument<T: PartialEq + Display>(name: &str, value: T, default: T) -> String {
    if value == default { String::new() } else { format!(", {name}={value}") }
}

/// The same for a switch.
fn switch(name: &str, value: bool, default: bool) -> String {
    let text = if value { "True" } else { "False" };
    if value == default { String::new() } else { format!(", {name}={text}") }
}
