//! Two-dimensional convolution (cross-correlation, as `torch.nn.functional.conv2d`), and the two convolutions that are its gradients.
//!
//! `y[n, o, i, j] = b[o] + sum over c, p, q of w[o, c, p, q] x[n, c, i s + p d - P, j s + q d - P]`, zero outside the image. With
//! groups the filters of a group see the channels of the same group only (depthwise: a group a channel).

#[cfg(feature = "kernels")]
mod add_back;
#[cfg(feature = "kernels")]
mod cpu;
#[cfg(feature = "kernels")]
mod cuts;
mod examples;
mod gradients;
#[cfg(feature = "kernels")]
pub(super) mod kernel;
#[cfg(feature = "kernels")]
mod patches;
mod sizes;
#[cfg(test)]
mod tests;
#[cfg(feature = "kernels")]
mod variants;

pub(in crate::ops) use gradients::input_grad;
pub(in crate::ops) use sizes::{Sizes, Words};

use super::{Op, Registered, expand_channels, not_differentiable, sum_channels, sum_tangents};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;
use gradients::{expect_shapes, weight_grad};

pub(super) const REGISTERED: Registered = Registered { name: "conv2d", examples: examples::examples };

/// How the kernel walks over the image, down and across, and which channels it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2dSettings {
    /// Pixels from one patch to the next, down and across.
    pub stride: [usize; 2],
    /// Zeros around the image, above and below, left and right.
    pub padding: [usize; 2],
    /// Pixels from one weight to the next, down and across.
    pub dilation: [usize; 2],
    /// Into how many groups channels and filters are divided.
    pub groups: usize,
}

impl Default for Conv2dSettings {
    fn default() -> Self {
        Conv2dSettings { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }
    }
}

impl Conv2dSettings {
    /// Fails unless they are possible for some image.
    pub(in crate::ops) fn check(&self, op: &str) -> Result<()> {
        if self.stride.contains(&0) || self.dilation.contains(&0) || self.groups == 0 {
            return Err(Error::shape(op, "stride, dilation and groups must be 1 or more"));
        }
        // Kernels compute places with 32 bits, where what lies before the image wraps round to far behind it.
        let most = 1 << 24;
        if [self.stride, self.padding, self.dilation].iter().flatten().any(|&setting| setting > most) {
            return Err(Error::shape(op, format!("stride, padding and dilation must be at most {most}")));
        }
        Ok(())
    }
}

/// `x: [batch, in, h, w]`, `weight: [out, in / groups, kernel_h, kernel_w]`, `bias: [out]`; the output is `[batch, out, h', w']` with
/// `h' = floor((h + 2 padding - dilation (kernel_h - 1) - 1) / stride) + 1`. Channels and filters are divided into `groups`: the first
/// `out / groups` filters see the first `in / groups` channels, and so on.
pub fn conv2d(graph: &mut Graph, x: NodeId, weight: NodeId, bias: Option<NodeId>, settings: Conv2dSettings) -> Result<NodeId> {
    let (x_shape, weight_shape) = (graph.shape(x), graph.shape(weight));
    let Some(x_dims) = x_shape.array() else {
        return Err(Error::shape("conv2d", format!("takes images [batch, channels, height, width], got {x_shape}")));
    };
    let Some(weight_dims) = weight_shape.array() else {
        return Err(Error::shape("conv2d", format!("takes weights [out, in / groups, height, width], got {weight_shape}")));
    };
    let words = Words { op: "conv2d", noun: "image", parts: "pixels", x: x_shape, weight: weight_shape };
    let sizes = Sizes::new(&words, x_dims, weight_dims, settings)?;
    convolve(graph, "conv2d", sizes, x, weight, bias)
}

/// The convolution of these sizes, under the name of the function that was called.
pub(in crate::ops) fn convolve(
    graph: &mut Graph,
    name: &'static str,
    sizes: Sizes,
    x: NodeId,
    weight: NodeId,
    bias: Option<NodeId>,
) -> Result<NodeId> {
    if let Some(shape) = bias.map(|bias| graph.shape(bias))
        && shape.dims() != [sizes.out_channels]
    {
        return Err(Error::shape(name, format!("the bias has shape {shape}, it must be [{}]", sizes.out_channels)));
    }
    let mut inputs = vec![x, weight];
    inputs.extend(bias);
    graph.apply(Conv2d { name, sizes, bias: bias.is_some(), relu: false }, &inputs)
}

/// The convolution of these sizes without a bias: what the gradients' own derivatives need.
fn product(graph: &mut Graph, sizes: Sizes, x: NodeId, weight: NodeId) -> Result<NodeId> {
    convolve(graph, "conv2d", sizes, x, weight, None)
}

#[derive(Clone, Debug)]
struct Conv2d {
    /// The function that was called.
    name: &'static str,
    sizes: Sizes,
    bias: bool,
    /// Whether what is below 0 becomes 0: a ReLU that follows.
    relu: bool,
}

impl Op for Conv2d {
    fn name(&self) -> &'static str {
        self.name
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        let mut wanted = vec![self.sizes.x(), self.sizes.weight()];
        wanted.extend(self.bias.then(|| Shape::new(&[self.sizes.out_channels])));
        expect_shapes(self, inputs, &wanted)?;
        Ok(self.sizes.y())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        if self.relu {
            return Err(not_differentiable(self));
        }
        let (x, weight) = (inputs[0], inputs[1]);
        let mut gradients = vec![None; inputs.len()];
        if needed[0] {
            gradients[0] = Some(input_grad(graph, "conv2d_input_grad", self.sizes, weight, gy)?);
        }
        if needed[1] {
            gradients[1] = Some(weight_grad(graph, self.sizes, x, gy)?);
        }
        if self.bias && needed[2] {
            gradients[2] = Some(sum_channels(graph, gy)?);
        }
        Ok(gradients)
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        if self.relu {
            return Err(not_differentiable(self));
        }
        // y = w * x + b, so dy = w * dx + dw * x + db; db goes with whichever convolution there is.
        let (x, weight) = (inputs[0], inputs[1]);
        let mut bias = tangents.get(2).copied().flatten();
        let by_weight = tangents[1].map(|dw| convolve(graph, self.name, self.sizes, x, dw, bias.take())).transpose()?;
        let by_x = tangents[0].map(|dx| convolve(graph, self.name, self.sizes, dx, weight, bias.take())).transpose()?;
        let by_bias = bias.map(|db| expand_channels(graph, db, self.sizes.y())).transpose()?;
        sum_tangents(graph, &[by_x, by_weight, by_bias])
    }
}
