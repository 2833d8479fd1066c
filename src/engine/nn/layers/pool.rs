//! Poolings: the largest or the mean of every window.

use super::{argument, both_bounded, none, switch, yes};
use crate::error::Result;
use crate::graph::NodeId;
use crate::nn::Pair;
use crate::nn::context::Context;
use crate::nn::layer::Module;
use crate::ops::{self, Pool2dSettings};
use serde::{Deserialize, Serialize};

/// `torch.nn.MaxPool2d`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool2d {
    /// Height and width of the window.
    pub kernel_size: Pair,
    /// Pixels from one window to the next; the window's size if not given.
    #[serde(default)]
    pub stride: Option<Pair>,
    /// Pixels around the image that no window takes a maximum from.
    #[serde(default = "none")]
    pub padding: Pair,
    /// Whether a window that begins inside the image but does not fit counts too.
    #[serde(default)]
    pub ceil_mode: bool,
}

/// `torch.nn.AvgPool2d`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvgPool2d {
    /// Height and width of the window.
    pub kernel_size: Pair,
    /// Pixels from one window to the next; the window's size if not given.
    #[serde(default)]
    pub stride: Option<Pair>,
    /// Zeros around the image.
    #[serde(default = "none")]
    pub padding: Pair,
    /// Whether a window that begins inside the image but does not fit counts too.
    #[serde(default)]
    pub ceil_mode: bool,
    /// Whether the zeros around the image count as numbers of a window.
    #[serde(default = "yes")]
    pub count_include_pad: bool,
}

/// `torch.nn.AdaptiveAvgPool2d`: means of windows laid out so that the output has a given size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveAvgPool2d {
    /// Height and width of the output; 1 averages every channel.
    pub output_size: Pair,
}

impl MaxPool2d {
    /// Windows side by side.
    pub fn new(kernel_size: impl Into<Pair>) -> Self {
        MaxPool2d { kernel_size: kernel_size.into(), stride: None, padding: none(), ceil_mode: false }
    }
}

impl AvgPool2d {
    /// Windows side by side.
    pub fn new(kernel_size: impl Into<Pair>) -> Self {
        AvgPool2d { kernel_size: kernel_size.into(), stride: None, padding: none(), ceil_mode: false, count_include_pad: true }
    }
}

fn check(kernel: Pair, stride: Pair, padding: Pair) -> Result<()> {
    both_bounded("kernel_size", kernel, 1, 1 << 10)?;
    both_bounded("stride", stride, 1, 1 << 10)?;
    both_bounded("padding", padding, 0, 1 << 10)
}

fn describe(name: &str, kernel: Pair, stride: Option<Pair>, padding: Pair, ceil_mode: bool, rest: &str) -> String {
    let stride = argument("stride", stride.unwrap_or(kernel), kernel);
    let padding = argument("padding", padding, none());
    format!("{name}({kernel}{stride}{padding}{}{rest})", switch("ceil_mode", ceil_mode, false))
}

impl Module for MaxPool2d {
    fn describe(&self) -> String {
        describe("MaxPool2d", self.kernel_size, self.stride, self.padding, self.ceil_mode, "")
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        let stride = self.stride.unwrap_or(self.kernel_size);
        check(self.kernel_size, stride, self.padding)?;
        let settings = Pool2dSettings {
            kernel: self.kernel_size.0,
            stride: stride.0,
            padding: self.padding.0,
            ceil_mode: self.ceil_mode,
            ..Pool2dSettings::default()
        };
        ops::max_pool2d(context.graph, x, settings)
    }
}

impl Module for AvgPool2d {
    fn describe(&self) -> String {
        let rest = switch("count_include_pad", self.count_include_pad, true);
        describe("AvgPool2d", self.kernel_size, self.stride, self.padding, self.ceil_mode, &rest)
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        let stride = self.stride.unwrap_or(self.kernel_size);
        check(self.kernel_size, stride, self.padding)?;
        let settings = Pool2dSettings {
            kernel: self.kernel_size.0,
            stride: stride.0,
            padding: self.padding.0,
            ceil_mode: self.ceil_mode,
            count_include_pad: self.count_include_pad,
        };
        ops::avg_pool2d(context.graph, x, settings)
    }
}

impl Module for AdaptiveAvgPool2d {
    fn describe(&self) -> String {
        format!("AdaptiveAvgPool2d({})", self.output_size)
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        both_bounded("output_size", self.output_size, 1, 1 << 10)?;
        ops::adaptive_avg_pool2d(context.graph, x, self.output_size.0)
    }
}
