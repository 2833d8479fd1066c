//! One-dimensional convolution, as `torch.nn.functional.conv1d`: a two-dimensional one over images of height 1.
//!
//! `y[n, o, i] = b[o] + sum over c, p of w[o, c, p] x[n, c, i stride + p dilation - padding]`, zero outside the sequence.
//! `x: [batch, in, length]`, `weight: [out, in / groups, kernel]`, `y: [batch, out, length']`. It has no kernels of its own.

use super::conv2d::{Conv2dSettings, Sizes, Words, convolve};
use super::{Example, Filling, Registered};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::shape::Shape;

pub(super) const REGISTERED: Registered = Registered { name: "conv1d", examples };

/// How the kernel walks over the sequence, and which channels it sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv1dSettings {
    /// Steps from one patch to the next.
    pub stride: usize,
    /// Zeros before and after the sequence.
    pub padding: usize,
    /// Steps from one weight to the next.
    pub dilation: usize,
    /// Into how many groups channels and filters are divided.
    pub groups: usize,
}

impl Default for Conv1dSettings {
    fn default() -> Self {
        Conv1dSettings { stride: 1, padding: 0, dilation: 1, groups: 1 }
    }
}

/// `x: [batch, in, length]`, `weight: [out, in / groups, kernel]`, `bias: [out]`; the output is `[batch, out, length']` with
/// `length' = floor((length + 2 padding - dilation (kernel - 1) - 1) / stride) + 1`.
pub fn conv1d(graph: &mut Graph, x: NodeId, weight: NodeId, bias: Option<NodeId>, settings: Conv1dSettings) -> Result<NodeId> {
    let (x_shape, weight_shape) = (graph.shape(x), graph.shape(weight));
    let Some([batch, channels, length]) = x_shape.array() else {
        return Err(Error::shape("conv1d", format!("takes sequences [batch, channels, length], got {x_shape}")));
    };
    let Some([filters, weight_channels, kernel]) = weight_shape.array() else {
        return Err(Error::shape("conv1d", format!("takes weights [out, in / groups, length], got {weight_shape}")));
    };
    let wide = Conv2dSettings {
        stride: [1, settings.stride],
        padding: [0, settings.padding],
        dilation: [1, settings.dilation],
        groups: settings.groups,
    };
    let words = Words { op: "conv1d", noun: "sequence", parts: "steps", x: x_shape, weight: weight_shape };
    let sizes = Sizes::new(&words, [batch, channels, 1, length], [filters, weight_channels, 1, kernel], wide)?;
    let x = graph.view(x, sizes.x())?;
    let weight = graph.view(weight, sizes.weight())?;
    let y = convolve(graph, "conv1d", sizes, x, weight, bias)?;
    graph.view(y, Shape::new(&[batch, filters, sizes.out[1]]))
}

fn examples() -> Vec<Example> {
    let plain = Conv1dSettings::default();
    let case = |label: &str, x: &[usize], weight: &[usize], settings: Conv1dSettings| {
        let bias = [weight[0]];
        Example::new(label, &[x, weight, &bias], Filling::Normal, move |graph, x| conv1d(graph, x[0], x[1], Some(x[2]), settings))
    };
    vec![
        case("plain", &[2, 3, 7], &[4, 3, 3], plain),
        case("stride, padding, dilation", &[2, 2, 9], &[3, 2, 2], Conv1dSettings { stride: 2, padding: 3, dilation: 3, ..plain }),
        case("two groups", &[1, 4, 6], &[6, 2, 3], Conv1dSettings { groups: 2, ..plain }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Element;

    #[test]
    fn shapes_and_errors() {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(&[2, 3, 9]), Element::F32);
        let weight = graph.input("w", Shape::new(&[5, 3, 4]), Element::F32);
        let y = conv1d(&mut graph, x, weight, None, Conv1dSettings { stride: 2, padding: 1, ..Default::default() }).unwrap();
        assert_eq!(graph.shape(y).dims(), [2, 5, 4]);
        let weight = graph.input("w", Shape::new(&[5, 2, 4]), Element::F32);
        let error = conv1d(&mut graph, x, weight, None, Default::default()).unwrap_err().to_string();
        assert_eq!(error, "conv1d: the sequences have 3 channels and the weights want 2 (shapes [2, 3, 9] and [5, 2, 4])");
        let weight = graph.input("w", Shape::new(&[5, 3, 4]), Element::F32);
        let error = conv1d(&mut graph, x, weight, None, Conv1dSettings { dilation: 3, ..Default::default() }).unwrap_err().to_string();
        assert_eq!(error, "conv1d: the kernel spans 10 steps and the padded sequence only 9 (sequence [2, 3, 9])");
        let error = conv1d(&mut graph, x, weight, Some(x), Default::default()).unwrap_err().to_string();
        assert_eq!(error, "conv1d: the bias has shape [2, 3, 9], it must be [5]");
    }
}
