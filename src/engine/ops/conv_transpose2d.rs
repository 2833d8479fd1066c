//! Transposed convolution, as `torch.nn.functional.conv_transpose2d`: every pixel of x is spread over a patch of y by the weights.
//!
//! `y[n, o, r, s] = b[o] + sum of w[c, o, p, q] x[n, c, i, j]` over all (c, p, q) and (i, j) with `i stride + p dilation - padding = r`,
//! and so for j and s: the gradient, with respect to its images, of the convolution that leads from y's shape to x's. It has no kernels
//! of its own: those of that gradient compute it (V. Dumoulin, F. Visin: A guide to convolution arithmetic for deep learning, 2016).

use super::conv2d::{Conv2dSettings, Sizes, input_grad};
use super::{Example, Filling, Registered, add_channels, expect_countable, expect_filled};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};

pub(super) const REGISTERED: Registered = Registered { name: "conv_transpose2d", examples };

const NAME: &str = "conv_transpose2d";

/// Where each pixel's patch lies, down and across, and which channels go where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvTranspose2dSettings {
    /// Pixels of y from one patch to the next.
    pub stride: [usize; 2],
    /// Pixels cut off around y, above and below, left and right.
    pub padding: [usize; 2],
    /// Pixels added to y at the bottom and at the right: which of the sizes that a convolution would map to x's is meant.
    pub output_padding: [usize; 2],
    /// Pixels of y from one weight to the next.
    pub dilation: [usize; 2],
    /// Into how many groups the channels of x and of y are divided.
    pub groups: usize,
}

impl Default for ConvTranspose2dSettings {
    fn default() -> Self {
        ConvTranspose2dSettings { stride: [1, 1], padding: [0, 0], output_padding: [0, 0], dilation: [1, 1], groups: 1 }
    }
}

/// `x: [batch, in, h, w]`, `weight: [in, out / groups, kernel_h, kernel_w]`, `bias: [out]`; the output is `[batch, out, h', w']` with
/// `h' = (h - 1) stride - 2 padding + dilation (kernel_h - 1) + output_padding + 1`.
pub fn conv_transpose2d(
    graph: &mut Graph,
    x: NodeId,
    weight: NodeId,
    bias: Option<NodeId>,
    settings: ConvTranspose2dSettings,
) -> Result<NodeId> {
    let sizes = sizes(graph, x, weight, settings)?;
    if let Some(shape) = bias.map(|bias| graph.shape(bias))
        && shape.dims() != [sizes.in_channels]
    {
        return Err(Error::shape(NAME, format!("the bias has shape {shape}, it must be [{}]", sizes.in_channels)));
    }
    let y = input_grad(graph, NAME, sizes, weight, x)?;
    bias.map_or(Ok(y), |bias| add_channels(graph, y, bias))
}

/// The convolution of which this is the transpose: its images have the shape of y, its output that of x.
fn sizes(graph: &Graph, x: NodeId, weight: NodeId, settings: ConvTranspose2dSettings) -> Result<Sizes> {
    let (x_shape, weight_shape) = (graph.shape(x), graph.shape(weight));
    let Some([batch, channels, height, width]) = x_shape.array() else {
        return Err(Error::shape(NAME, format!("takes images [batch, channels, height, width], got {x_shape}")));
    };
    let Some([weight_channels, out_per_group, kernel_h, kernel_w]) = weight_shape.array() else {
        return Err(Error::shape(NAME, format!("takes weights [in, out / groups, height, width], got {weight_shape}")));
    };
    let ConvTranspose2dSettings { stride, padding, output_padding, dilation, groups } = settings;
    let transposed = Conv2dSettings { stride, padding, dilation, groups };
    transposed.check(NAME)?;
    expect_filled(NAME, &[x_shape, weight_shape])?;
    if weight_channels != channels {
        let message =
            format!("the images have {channels} channels and the weights want {weight_channels} (shapes {x_shape} and {weight_shape})");
        return Err(Error::shape(NAME, message));
    }
    if !channels.is_multiple_of(groups) {
        return Err(Error::shape(NAME, format!("{channels} channels cannot be divided into {groups} groups (image {x_shape})")));
    }
    let out = |size: usize, kernel: usize, axis: usize| {
        let (added, most) = (output_padding[axis], stride[axis].max(dilation[axis]));
        if added >= most {
            let message = format!("the output padding is {added}; it must be less than stride or dilation, of which the larger is {most}");
            return Err(Error::shape(NAME, message));
        }
        let whole =
            (size - 1).saturating_mul(stride[axis]).saturating_add(dilation[axis].saturating_mul(kernel - 1)).saturating_add(added + 1);
        match whole.checked_sub(2 * padding[axis]) {
            Some(out) => Ok(out),
            None => Err(Error::shape(
                NAME,
                format!("the padding of {} on both sides cuts off more than the {whole} pixels there are (image {x_shape})", padding[axis]),
            )),
        }
    };
    let image = [out(height, kernel_h, 0)?, out(width, kernel_w, 1)?];
    let in_channels = out_per_group * groups;
    expect_countable(NAME, &[batch, in_channels, image[0], image[1]])?;
    let (kernel, out) = ([kernel_h, kernel_w], [height, width]);
    Ok(Sizes { batch, in_channels, image, out_channels: channels, kernel, out, settings: transposed })
}

fn examples() -> Vec<Example> {
    let plain = ConvTranspose2dSettings::default();
    let case = |label: &str, x: &[usize], weight: &[usize], settings: ConvTranspose2dSettings| {
        let bias = [weight[1] * settings.groups];
        Example::new(label, &[x, weight, &bias], Filling::Normal, move |graph, x| conv_transpose2d(graph, x[0], x[1], Some(x[2]), settings))
    };
    vec![
        case("plain", &[2, 3, 3, 4], &[3, 2, 2, 3], plain),
        case(
            "stride 2, padding, output padding",
            &[1, 2, 3, 2],
            &[2, 3, 3, 3],
            ConvTranspose2dSettings { stride: [2, 3], padding: [1, 2], output_padding: [1, 2], ..plain },
        ),
        case(
            "output padding past the stride",
            &[1, 2, 3, 3],
            &[2, 1, 2, 2],
            ConvTranspose2dSettings { output_padding: [1, 2], dilation: [2, 3], ..plain },
        ),
        case("cut down to nothing", &[2, 2, 3, 2], &[2, 1, 3, 3], ConvTranspose2dSettings { padding: [1, 2], ..plain }),
        case("two groups", &[1, 4, 2, 3], &[4, 3, 2, 2], ConvTranspose2dSettings { groups: 2, stride: [1, 2], ..plain }),
        Example::new("no bias", &[&[2, 1, 3, 3], &[1, 2, 2, 2]], Filling::Normal, move |graph, x| {
            conv_transpose2d(graph, x[0], x[1], None, plain)
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Element;
    use crate::shape::Shape;

    #[test]
    fn shapes_and_errors() {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(&[2, 4, 3, 5]), Element::F32);
        let weight = graph.input("w", Shape::new(&[4, 3, 3, 2]), Element::F32);
        let settings = ConvTranspose2dSettings { stride: [2, 3], padding: [1, 0], output_padding: [1, 2], groups: 2, ..Default::default() };
        let y = conv_transpose2d(&mut graph, x, weight, None, settings).unwrap();
        assert_eq!(graph.shape(y).dims(), [2, 6, 6, 16]);
        let mut error = |settings| conv_transpose2d(&mut graph, x, weight, None, settings).unwrap_err().to_string();
        let far = ConvTranspose2dSettings { output_padding: [0, 3], ..settings };
        let want = "conv_transpose2d: the output padding is 3; it must be less than stride or dilation, of which the larger is 3";
        assert_eq!(error(far), want);
        let cut = ConvTranspose2dSettings { padding: [5, 0], ..settings };
        assert!(error(cut).contains("cuts off more than the 8 pixels there are"), "{}", error(cut));
        let odd = ConvTranspose2dSettings { groups: 3, ..settings };
        assert!(error(odd).contains("4 channels cannot be divided into 3 groups"), "{}", error(odd));
        let wrong = graph.input("w", Shape::new(&[3, 4, 3, 2]), Element::F32);
        let error = conv_transpose2d(&mut graph, x, wrong, None, settings).unwrap_err().to_string();
        assert!(error.contains("4 channels and the weights want 3"), "{error}");
        let error = conv_transpose2d(&mut graph, x, weight, Some(wrong), settings).unwrap_err().to_string();
        assert_eq!(error, "conv_transpose2d: the bias has shape [3, 4, 3, 2], it must be [6]");
    }
}
