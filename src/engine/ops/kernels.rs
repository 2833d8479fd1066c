//! How operations are computed: what each adds to its rules so that a plan can run it, and the list of their shaders.
//!
//! Only with the feature `kernels`. Without it there are graphs, shapes, gradients and nothing that runs: what a page needs that leaves
//! the running to a worker.

use super::Op;
use super::cut::Cut;
use crate::kernel::{Kernel, Ranges, Variant};
use crate::shape::Shape;
use std::sync::Arc;

/// How an operation is computed.
pub trait Kernels {
    /// The dispatch that computes it for these shapes: reads the inputs in order, writes the output.
    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel;

    /// The operation that computes the ReLU of this one's output at once, if there is one. It is made for plans: it has no derivative.
    fn with_relu(&self) -> Option<Arc<dyn Op>> {
        None
    }

    /// Faster ways to compute it on a GPU for these shapes, none where the kernel is fast enough; of each family the best one first.
    fn variants(&self, _inputs: &[&Shape], _output: &Shape) -> Vec<Variant> {
        Vec::new()
    }

    /// Along which dimensions it can be cut into parts, for devices that cannot bind its operands at once; always the same ones in the same
    /// order, whatever the sizes.
    fn cuts(&self, _inputs: &[&Shape], _output: &Shape) -> Vec<Cut> {
        Vec::new()
    }

    /// How it is computed range by range, where its parts are no operation of their own.
    fn ranges(&self, _inputs: &[&Shape]) -> Option<Ranges> {
        None
    }
}

/// The shaders of every operation that has kernels, by the name of its folder: file name and text.
pub const SHADERS: &[(&str, &[(&str, &str)])] = &[
    ("activation", super::activation::kernel::SHADERS),
    ("adaptive_avg_pool2d", super::adaptive_avg_pool2d::kernel::SHADERS),
    ("add_channels", super::add_channels::kernel::SHADERS),
    ("augment", super::augment::kernel::SHADERS),
    ("batch_norm", super::batch_norm::kernel::SHADERS),
    ("binary", super::binary::kernel::SHADERS),
    ("channels", super::channels::kernel::SHADERS),
    ("classify", super::classify::kernel::SHADERS),
    ("concat", super::concat::kernel::SHADERS),
    ("conv2d", super::conv2d::kernel::SHADERS),
    ("copy", super::copy::SHADERS),
    ("cross_entropy", super::cross_entropy::kernel::SHADERS),
    ("dropout", super::dropout::kernel::SHADERS),
    ("fill", super::fill::kernel::SHADERS),
    ("gather", super::gather::kernel::SHADERS),
    ("local_response_norm", super::local_response_norm::kernel::SHADERS),
    ("matmul", super::matmul::kernel::SHADERS),
    ("nll_loss", super::nll_loss::kernel::SHADERS),
    ("pool2d", super::pool2d::kernel::SHADERS),
    ("random", super::random::SHADERS),
    ("softmax", super::softmax::kernel::SHADERS),
    ("spread", super::spread::kernel::SHADERS),
    ("sum_channels", super::sum_channels::kernel::SHADERS),
    ("unary", super::unary::kernel::SHADERS),
];
