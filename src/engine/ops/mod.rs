//! The operations: what each does to shapes, how it is differentiated, and the kernels that compute it.
//!
//! An operation with kernels of its own is a folder (`mod.rs` the rules, `kernel.rs` how it is computed, `*.wgsl` the kernels, `cpu.rs`
//! their twins); one that is composed of others is a file. [`OPS`] lists them all. Without the feature `kernels` there are the rules and
//! nothing else. Knows graphs and shapes; knows nothing of devices or memory.

mod activation;
mod adaptive_avg_pool2d;
mod add_channels;
mod augment;
mod batch_norm;
mod binary;
mod channels;
mod classify;
mod concat;
mod conv1d;
mod conv2d;
mod conv_transpose2d;
#[cfg(feature = "kernels")]
mod copy;
mod cross_entropy;
#[cfg(feature = "kernels")]
mod cut;
mod dropout;
mod fill;
mod gather;
#[cfg(feature = "kernels")]
mod kernels;
mod local_response_norm;
mod matmul;
mod mse_loss;
mod nll_loss;
mod pool2d;
#[cfg(feature = "kernels")]
mod random;
mod scaled;
mod softmax;
#[cfg(test)]
mod split_tests;
mod spread;
mod sum_channels;
#[cfg(feature = "kernels")]
mod sums;
#[cfg(test)]
mod tests;
mod unary;

pub use activation::{gelu, gelu_tanh, leaky_relu, relu, sigmoid, tanh};
pub use adaptive_avg_pool2d::adaptive_avg_pool2d;
pub use add_channels::{add_channels, expand_channels};
pub use augment::{Augmentation, augment};
pub use batch_norm::{BatchNormOutput, batch_norm, batch_norm_eval};
pub use binary::{Binary, add, binary, div, mul};
pub use channels::{channel_affine, channel_scale, dot, row_dot};
pub use classify::{accuracy, argmax};
pub use concat::{concat, slice_channels};
pub use conv_transpose2d::{ConvTranspose2dSettings, conv_transpose2d};
pub use conv1d::{Conv1dSettings, conv1d};
pub use conv2d::{Conv2dSettings, conv2d};
pub use cross_entropy::{Reduction, cross_entropy};
pub use dropout::dropout;
pub use fill::fill;
pub use gather::{gather_images, gather_rows};
pub use local_response_norm::local_response_norm;
pub use matmul::{linear, matmul};
pub use mse_loss::mse_loss;
pub use nll_loss::nll_loss;
pub use pool2d::{Pool2dSettings, avg_pool2d, max_pool2d};
pub use scaled::scaled;
pub use softmax::{log_softmax, softmax};
pub use spread::{BINS, SPREAD_LEN, spread, units};
pub use sum_channels::sum_channels;
pub use unary::{Unary, neg, unary};

#[cfg(feature = "kernels")]
pub use batch_norm::kernel::{running_kernel, running_ranges};
#[cfg(feature = "kernels")]
pub use copy::{SLICES, copy_kernel, copy_ranges};
#[cfg(feature = "kernels")]
pub use cut::{Cut, Put, Take};
#[cfg(feature = "kernels")]
pub use kernels::{Kernels, SHADERS};
#[cfg(feature = "kernels")]
pub use spread::kernel::{spread_kernel, spread_ranges, update_ratio_kernel, update_ratio_ranges};

use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;
use std::fmt::Debug;

/// How operations are computed, which without the feature `kernels` none is.
#[cfg(not(feature = "kernels"))]
pub trait Kernels {}

#[cfg(not(feature = "kernels"))]
impl<T> Kernels for T {}

/// An operation: one output from some inputs, all floats.
pub trait Op: Kernels + Debug + Send + Sync + 'static {
    /// Its name, as PyTorch's functional form has it where there is one.
    fn name(&self) -> &'static str;

    /// The shape of the output; an error names both shapes where the inputs do not fit.
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape>;

    /// Adds to `graph` the gradients of `sum(upstream * output)` with respect to each input for which `needed` is true; `None` for
    /// the others, and where the gradient is zero everywhere. An operation without a useful derivative is an error.
    fn gradient(
        &self,
        graph: &mut Graph,
        inputs: &[NodeId],
        output: NodeId,
        upstream: NodeId,
        needed: &[bool],
    ) -> Result<Vec<Option<NodeId>>>;

    /// Adds to `graph` the tangent of the output: its derivative along the inputs' tangents, where `None` is zero. `None` where the
    /// tangent is zero everywhere. An operation without a useful derivative is an error.
    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], output: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>>;

    /// For operations that mean something on single numbers: the output of these inputs in double precision.
    fn value(&self, _inputs: &[f64]) -> Option<f64> {
        None
    }

    /// Whether it sets what is below 0 to 0 and does nothing else.
    fn is_relu(&self) -> bool {
        false
    }
}

/// An operation in the list: what tests and documentation need to know of it.
pub struct Registered {
    /// The folder's name.
    pub name: &'static str,
    /// Small cases on which its gradient is checked against finite differences, on every device.
    pub examples: fn() -> Vec<Example>,
}

/// Builds an operation's output from inputs of given shapes.
pub type Build = Box<dyn Fn(&mut Graph, &[NodeId]) -> Result<NodeId>>;

/// A small case of an operation.
pub struct Example {
    /// Says which case it is.
    pub label: String,
    /// The shapes of the inputs.
    pub inputs: Vec<Shape>,
    /// How each input is filled.
    pub fills: Vec<Filling>,
    /// Applies the operation.
    pub build: Build,
}

/// How an input of an [`Example`] is filled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filling {
    /// Normal random numbers; the gradient with respect to it is checked.
    Normal,
    /// A random permutation of evenly spaced numbers in [-1, 1], none of them 0, so that no kink or tie is within the step of a
    /// finite difference; the gradient with respect to it is checked.
    Spaced,
    /// Random class labels from 0 to the number - 1; no gradient.
    Labels(usize),
}

impl Example {
    /// An example whose inputs are all filled alike.
    pub fn new(
        label: impl Into<String>,
        shapes: &[&[usize]],
        filling: Filling,
        build: impl Fn(&mut Graph, &[NodeId]) -> Result<NodeId> + 'static,
    ) -> Self {
        Example {
            label: label.into(),
            inputs: shapes.iter().map(|dims| Shape::new(dims)).collect(),
            fills: vec![filling; shapes.len()],
            build: Box::new(build),
        }
    }
}

/// Every operation that has kernels, and those composed of others that are examples of settings of their own.
pub const OPS: &[Registered] = &[
    activation::REGISTERED,
    adaptive_avg_pool2d::REGISTERED,
    add_channels::REGISTERED,
    augment::REGISTERED,
    batch_norm::REGISTERED,
    binary::REGISTERED,
    channels::REGISTERED,
    classify::REGISTERED,
    concat::REGISTERED,
    conv1d::REGISTERED,
    conv2d::REGISTERED,
    conv_transpose2d::REGISTERED,
    cross_entropy::REGISTERED,
    dropout::REGISTERED,
    fill::REGISTERED,
    gather::REGISTERED,
    local_response_norm::REGISTERED,
    matmul::REGISTERED,
    nll_loss::REGISTERED,
    pool2d::REGISTERED,
    softmax::REGISTERED,
    spread::REGISTERED,
    sum_channels::REGISTERED,
    unary::REGISTERED,
];

/// Fails unless there are as many inputs as the operation takes.
pub(crate) fn expect_inputs(op: &dyn Op, inputs: &[&Shape], count: usize) -> Result<()> {
    if inputs.len() == count { Ok(()) } else { Err(Error::shape(op.name(), format!("takes {count} inputs, got {}", inputs.len()))) }
}

/// Fails unless the two shapes are the same.
pub(crate) fn expect_same(op: &dyn Op, left: &Shape, right: &Shape) -> Result<()> {
    expect_shapes(op.name(), left, right)
}

/// The same of something composed of operations.
pub(crate) fn expect_shapes(name: &str, left: &Shape, right: &Shape) -> Result<()> {
    if left == right {
        Ok(())
    } else {
        Err(Error::shape(name, format!("the inputs have shapes {left} and {right}; they must be the same")))
    }
}

/// Fails if one of the shapes has no numbers.
pub(crate) fn expect_filled(op: &str, shapes: &[&Shape]) -> Result<()> {
    match shapes.iter().find(|shape| shape.dims().contains(&0)) {
        None => Ok(()),
        Some(empty) => Err(Error::shape(op, format!("got the empty shape {empty}; all sizes must be 1 or more"))),
    }
}

/// Fails if a tensor of these dimensions would have more numbers than kernels can count.
pub(crate) fn expect_countable(op: &str, dims: &[usize]) -> Result<()> {
    let most = u32::MAX as usize;
    match dims.iter().try_fold(1usize, |numbers, &dim| numbers.checked_mul(dim)) {
        Some(numbers) if numbers <= most => Ok(()),
        _ => Err(Error::shape(op, format!("the output {} would have more than {most} numbers", Shape::new(dims)))),
    }
}

/// The sum of the tangents that are not zero.
pub(crate) fn sum_tangents(graph: &mut Graph, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
    let mut sum = None;
    for &tangent in tangents.iter().flatten() {
        sum = Some(match sum {
            Some(sum) => add(graph, sum, tangent)?,
            None => tangent,
        });
    }
    Ok(sum)
}

/// The error of an operation whose derivative is asked for though it has none of use.
pub(crate) fn not_differentiable(op: &dyn Op) -> Error {
    Error::model(format!("{} has no derivative that could be used for training", op.name()))
}
