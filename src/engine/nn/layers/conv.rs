//! Convolutions over signals and images, and the transposed one.

use super::{argument, both_bounded, bounded, none, one, same, switch, yes};
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::nn::Pair;
use crate::nn::context::Context;
use crate::nn::layer::Module;
use crate::ops::{self, Conv1dSettings, Conv2dSettings, ConvTranspose2dSettings};
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

/// `torch.nn.Conv2d`: `weight: [out_channels, in_channels / groups, kernel_h, kernel_w]`, `bias: [out_channels]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv2d {
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output: how many filters.
    pub out_channels: usize,
    /// Height and width of a filter.
    pub kernel_size: Pair,
    /// Pixels from one patch to the next.
    #[serde(default = "same")]
    pub stride: Pair,
    /// Zeros around the image.
    #[serde(default = "none")]
    pub padding: Pair,
    /// Pixels from one weight to the next.
    #[serde(default = "same")]
    pub dilation: Pair,
    /// Into how many groups the channels are parted; a filter sees only its group's.
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether a learned constant is added to every output channel.
    #[serde(default = "yes")]
    pub bias: bool,
}

impl Conv2d {
    /// Stride 1, no padding, with a bias: PyTorch's defaults.
    pub fn new(in_channels: usize, out_channels: usize, kernel_size: impl Into<Pair>) -> Self {
        Conv2d {
            in_channels,
            out_channels,
            kernel_size: kernel_size.into(),
            stride: same(),
            padding: none(),
            dilation: same(),
            groups: 1,
            bias: true,
        }
    }
}

/// The weights of one filter, after all sizes have been bounded.
fn filter(groups: usize, in_channels: usize, out_channels: usize, kernel: Pair) -> Result<Shape> {
    bounded("in_channels", in_channels, 1, 1 << 16)?;
    bounded("out_channels", out_channels, 1, 1 << 16)?;
    bounded("groups", groups, 1, 1 << 16)?;
    both_bounded("kernel_size", kernel, 1, 1 << 10)?;
    for (what, channels) in [("in_channels", in_channels), ("out_channels", out_channels)] {
        if channels % groups != 0 {
            return Err(Error::model(format!("{what} is {channels}; it must be a multiple of groups, which is {groups}")));
        }
    }
    Ok(Shape::new(&[in_channels / groups, kernel.0[0], kernel.0[1]]))
}

/// Fails unless a walk over the image has sizes that can be computed with.
fn walk(stride: Pair, padding: Pair, dilation: Pair) -> Result<()> {
    both_bounded("stride", stride, 1, 1 << 10)?;
    both_bounded("padding", padding, 0, 1 << 10)?;
    both_bounded("dilation", dilation, 1, 1 << 10)
}

impl Module for Conv2d {
    fn describe(&self) -> String {
        format!(
            "Conv2d({}, {}, kernel_size={}{}{}{}{}{})",
            self.in_channels,
            self.out_channels,
            self.kernel_size,
            argument("stride", self.stride, same()),
            argument("padding", self.padding, none()),
            argument("dilation", self.dilation, same()),
            argument("groups", self.groups, 1),
            switch("bias", self.bias, true)
        )
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        let filter = filter(self.groups, self.in_channels, self.out_channels, self.kernel_size)?;
        walk(self.stride, self.padding, self.dilation)?;
        let (weight, bias) = context.weight_and_bias(filter.batched(self.out_channels), self.out_channels, self.bias)?;
        let settings = Conv2dSettings { stride: self.stride.0, padding: self.padding.0, dilation: self.dilation.0, groups: self.groups };
        let y = ops::conv2d(context.graph, x, weight, bias, settings)?;
        let outputs: usize = context.graph.shape(y).dims()[1..].iter().product();
        context.multiply_adds(outputs, filter.numel());
        Ok(y)
    }
}

/// `torch.nn.Conv1d`: `weight: [out_channels, in_channels / groups, kernel]`; `[batch, channels, length]` in and out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv1d {
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// Length of a filter.
    pub kernel_size: usize,
    /// Samples from one patch to the next.
    #[serde(default = "one")]
    pub stride: usize,
    /// Zeros before and after the signal.
    #[serde(default)]
    pub padding: usize,
    /// Samples from one weight to the next.
    #[serde(default = "one")]
    pub dilation: usize,
    /// Into how many groups the channels are parted.
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether a learned constant is added to every output channel.
    #[serde(default = "yes")]
    pub bias: bool,
}

impl Module for Conv1d {
    fn describe(&self) -> String {
        format!(
            "Conv1d({}, {}, kernel_size={}{}{}{}{}{})",
            self.in_channels,
            self.out_channels,
            self.kernel_size,
            argument("stride", self.stride, 1),
            argument("padding", self.padding, 0),
            argument("dilation", self.dilation, 1),
            argument("groups", self.groups, 1),
            switch("bias", self.bias, true)
        )
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        let filter = filter(self.groups, self.in_channels, self.out_channels, Pair([1, self.kernel_size]))?;
        walk(self.stride.into(), self.padding.into(), self.dilation.into())?;
        let shape = Shape::new(&[self.out_channels, filter[0], self.kernel_size]);
        let (weight, bias) = context.weight_and_bias(shape, self.out_channels, self.bias)?;
        let settings = Conv1dSettings { stride: self.stride, padding: self.padding, dilation: self.dilation, groups: self.groups };
        let y = ops::conv1d(context.graph, x, weight, bias, settings)?;
        let outputs: usize = context.graph.shape(y).dims()[1..].iter().product();
        context.multiply_adds(outputs, filter.numel());
        Ok(y)
    }
}

/// `torch.nn.ConvTranspose2d`: `weight: [in_channels, out_channels / groups, kernel_h, kernel_w]`; the input gradient of a
/// convolution taken as a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvTranspose2d {
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output.
    pub out_channels: usize,
    /// Height and width of a filter.
    pub kernel_size: Pair,
    /// Pixels of the output from one patch to the next.
    #[serde(default = "same")]
    pub stride: Pair,
    /// Pixels that are cut off around the output.
    #[serde(default = "none")]
    pub padding: Pair,
    /// Pixels that are added below and to the right of the output.
    #[serde(default = "none")]
    pub output_padding: Pair,
    /// Pixels from one weight to the next.
    #[serde(default = "same")]
    pub dilation: Pair,
    /// Into how many groups the channels are parted.
    #[serde(default = "one")]
    pub groups: usize,
    /// Whether a learned constant is added to every output channel.
    #[serde(default = "yes")]
    pub bias: bool,
}

impl Module for ConvTranspose2d {
    fn describe(&self) -> String {
        format!(
            "ConvTranspose2d({}, {}, kernel_size={}{}{}{}{}{}{})",
            self.in_channels,
            self.out_channels,
            self.kernel_size,
            argument("stride", self.stride, same()),
            argument("padding", self.padding, none()),
            argument("output_padding", self.output_padding, none()),
            argument("dilation", self.dilation, same()),
            argument("groups", self.groups, 1),
            switch("bias", self.bias, true)
        )
    }

    fn build(&self, context: &mut Context<'_>, x: NodeId) -> Result<NodeId> {
        // Seen from the convolution whose gradient it is, in and out are exchanged.
        let filter = filter(self.groups, self.out_channels, self.in_channels, self.kernel_size)?;
        walk(self.stride, self.padding, self.dilation)?;
        let (weight, bias) = context.weight_and_bias(filter.batched(self.in_channels), self.out_channels, self.bias)?;
        let settings = ConvTranspose2dSettings {
            stride: self.stride.0,
            padding: self.padding.0,
            output_padding: self.output_padding.0,
            dilation: self.dilation.0,
            groups: self.groups,
        };
        let y = ops::conv_transpose2d(context.graph, x, weight, bias, settings)?;
        let inputs: usize = context.graph.shape(x).dims()[1..].iter().product();
        context.multiply_adds(inputs, filter.numel());
        Ok(y)
    }
}
