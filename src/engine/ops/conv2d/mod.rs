//! Two-dimensional convolution (cross-correlation, as `torch.nn.functional.conv2d`), and the two convolutions that are its gradients.
//!
//! `y[n, o, i, j] = b[o] + sum over c, p, q of w[o, c, p, q] x[n, c, i s + p d - P, j s + q d - P]`, zero outside the image.

mod cpu;

use super::{Example, Filling, Op, Registered, expect_inputs, fill, sum_channels, sum_tangents};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::kernel::{CpuKernel, GpuKernel, Kernel};
use crate::shape::Shape;

const CONV2D: &str = include_str!("conv2d.wgsl");
const INPUT_GRAD: &str = include_str!("conv2d_input_grad.wgsl");
const WEIGHT_GRAD: &str = include_str!("conv2d_weight_grad.wgsl");

pub(super) const REGISTERED: Registered = Registered {
    name: "conv2d",
    shaders: &[("conv2d.wgsl", CONV2D), ("conv2d_input_grad.wgsl", INPUT_GRAD), ("conv2d_weight_grad.wgsl", WEIGHT_GRAD)],
    examples,
};

/// Rows and columns alike: how the kernel walks over the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2dSettings {
    /// Pixels from one patch to the next, down and across.
    pub stride: [usize; 2],
    /// Zeros around the image, above and below, left and right.
    pub padding: [usize; 2],
    /// Pixels from one weight to the next, down and across.
    pub dilation: [usize; 2],
}

impl Default for Conv2dSettings {
    fn default() -> Self {
        Conv2dSettings { stride: [1, 1], padding: [0, 0], dilation: [1, 1] }
    }
}

/// `x: [batch, in, h, w]`, `weight: [out, in, kernel_h, kernel_w]`, `bias: [out]`; the output is `[batch, out, h', w']` with
/// `h' = floor((h + 2 padding - dilation (kernel_h - 1) - 1) / stride) + 1`.
pub fn conv2d(graph: &mut Graph, x: NodeId, weight: NodeId, bias: Option<NodeId>, settings: Conv2dSettings) -> Result<NodeId> {
    let mut inputs = vec![x, weight];
    inputs.extend(bias);
    graph.apply(Conv2d { settings, bias: bias.is_some() }, &inputs)
}

/// All sizes of one convolution, for kernels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub batch: usize,
    pub in_channels: usize,
    pub height: usize,
    pub width: usize,
    pub out_channels: usize,
    pub kernel: [usize; 2],
    pub out_height: usize,
    pub out_width: usize,
    pub settings: Conv2dSettings,
}

impl Sizes {
    fn new(op: &str, x: &Shape, weight: &Shape, settings: Conv2dSettings) -> Result<Self> {
        let Some([batch, in_channels, height, width]) = x.array() else {
            return Err(Error::shape(op, format!("takes images [batch, channels, height, width], got {x}")));
        };
        let Some([out_channels, weight_channels, kernel_h, kernel_w]) = weight.array() else {
            return Err(Error::shape(op, format!("takes weights [out, in, height, width], got {weight}")));
        };
        if weight_channels != in_channels {
            return Err(Error::shape(
                op,
                format!("the images have {in_channels} channels and the weights want {weight_channels} (shapes {x} and {weight})"),
            ));
        }
        let out = |size: usize, kernel: usize, axis: usize| {
            let (stride, padding, dilation) = (settings.stride[axis], settings.padding[axis], settings.dilation[axis]);
            if stride == 0 || dilation == 0 || kernel == 0 {
                return Err(Error::shape(op, "kernel, stride and dilation must be 1 or more"));
            }
            let (padded, reach) = (size + 2 * padding, dilation * (kernel - 1) + 1);
            match padded.checked_sub(reach) {
                Some(room) => Ok(room / stride + 1),
                None => Err(Error::shape(op, format!("the kernel spans {reach} pixels and the padded image only {padded} (image {x})"))),
            }
        };
        let (out_height, out_width) = (out(height, kernel_h, 0)?, out(width, kernel_w, 1)?);
        let kernel = [kernel_h, kernel_w];
        Ok(Sizes { batch, in_channels, height, width, out_channels, kernel, out_height, out_width, settings })
    }

    fn x(&self) -> Shape {
        Shape::new(&[self.batch, self.in_channels, self.height, self.width])
    }

    fn weight(&self) -> Shape {
        Shape::new(&[self.out_channels, self.in_channels, self.kernel[0], self.kernel[1]])
    }

    fn y(&self) -> Shape {
        Shape::new(&[self.batch, self.out_channels, self.out_height, self.out_width])
    }

    fn kernel(&self, label: &str, source: &'static str, entry: &'static str, workgroups: [usize; 3], cpu: CpuKernel) -> Kernel {
        let s = &self.settings;
        let constants = [
            ("batch", self.batch),
            ("in_channels", self.in_channels),
            ("height", self.height),
            ("width", self.width),
            ("out_channels", self.out_channels),
            ("kernel_h", self.kernel[0]),
            ("kernel_w", self.kernel[1]),
            ("out_height", self.out_height),
            ("out_width", self.out_width),
            ("stride_h", s.stride[0]),
            ("stride_w", s.stride[1]),
            ("padding_h", s.padding[0]),
            ("padding_w", s.padding[1]),
            ("dilation_h", s.dilation[0]),
            ("dilation_w", s.dilation[1]),
        ];
        Kernel {
            label: format!("{label} {} * {}", self.x(), self.weight()),
            gpu: GpuKernel {
                source,
                entry,
                constants: constants.iter().map(|&(name, value)| (name, value as f64)).collect(),
                workgroups: workgroups.map(|n| n as u32),
            },
            cpu,
        }
    }
}

#[derive(Debug)]
struct Conv2d {
    settings: Conv2dSettings,
    bias: bool,
}

impl Conv2d {
    fn sizes(&self, inputs: &[&Shape]) -> Result<Sizes> {
        expect_inputs(self, inputs, if self.bias { 3 } else { 2 })?;
        let sizes = Sizes::new(self.name(), inputs[0], inputs[1], self.settings)?;
        if self.bias && inputs[2].dims() != [sizes.out_channels] {
            return Err(Error::shape(self.name(), format!("the bias has shape {}, it must be [{}]", inputs[2], sizes.out_channels)));
        }
        Ok(sizes)
    }
}

impl Op for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        Ok(self.sizes(inputs)?.y())
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, gy: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let (x, weight) = (inputs[0], inputs[1]);
        let sizes = Sizes::new(self.name(), graph.shape(x), graph.shape(weight), self.settings)?;
        let mut gradients = vec![None; inputs.len()];
        if needed[0] {
            gradients[0] = Some(graph.apply(InputGrad { sizes }, &[weight, gy])?);
        }
        if needed[1] {
            gradients[1] = Some(graph.apply(WeightGrad { sizes }, &[x, gy])?);
        }
        if self.bias && needed[2] {
            gradients[2] = Some(sum_channels(graph, gy)?);
        }
        Ok(gradients)
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        // y = w * x + b, so dy = w * dx + dw * x + db; db goes with whichever convolution there is.
        let (x, weight) = (inputs[0], inputs[1]);
        let bias = tangents.get(2).copied().flatten();
        let by_weight = tangents[1].map(|dw| conv2d(graph, x, dw, bias, self.settings)).transpose()?;
        let bias = if by_weight.is_some() { None } else { bias };
        let dx = match (tangents[0], bias) {
            (None, Some(_)) => Some(fill(graph, graph.shape(x).clone(), 0.0)?),
            (dx, _) => dx,
        };
        let by_x = dx.map(|dx| conv2d(graph, dx, weight, bias, self.settings)).transpose()?;
        sum_tangents(graph, &[by_x, by_weight])
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        // The shapes passed `shape` when the node was made; where they did not, there is no node.
        let weight = inputs[1];
        let sizes = Sizes {
            batch: inputs[0][0],
            in_channels: inputs[0][1],
            height: inputs[0][2],
            width: inputs[0][3],
            out_channels: weight[0],
            kernel: [weight[2], weight[3]],
            out_height: output[2],
            out_width: output[3],
            settings: self.settings,
        };
        let columns = sizes.out_width.div_ceil(4) * sizes.out_height;
        let groups = [columns.div_ceil(64), sizes.out_channels.div_ceil(4), sizes.batch];
        let entry = if self.bias { "with_bias" } else { "plain" };
        sizes.kernel("conv2d", CONV2D, entry, groups, cpu::forward(sizes))
    }
}

/// From the weights and the gradient of y: the gradient of x.
#[derive(Debug)]
struct InputGrad {
    sizes: Sizes,
}

impl Op for InputGrad {
    fn name(&self) -> &'static str {
        "conv2d_input_grad"
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape> {
        Ok(self.sizes.x())
    }

    /// It is linear in both: with respect to gy it is the convolution itself, with respect to w the gradient by the weights.
    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, ggx: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let (weight, gy) = (inputs[0], inputs[1]);
        let sizes = self.sizes;
        let by_weight = if needed[0] { Some(graph.apply(WeightGrad { sizes }, &[ggx, gy])?) } else { None };
        let by_gy = if needed[1] { Some(conv2d(graph, ggx, weight, None, sizes.settings)?) } else { None };
        Ok(vec![by_weight, by_gy])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let sizes = self.sizes;
        let by_weight = tangents[0].map(|dw| graph.apply(InputGrad { sizes }, &[dw, inputs[1]])).transpose()?;
        let by_gy = tangents[1].map(|dgy| graph.apply(InputGrad { sizes }, &[inputs[0], dgy])).transpose()?;
        sum_tangents(graph, &[by_weight, by_gy])
    }

    fn kernel(&self, _: &[&Shape], _: &Shape) -> Kernel {
        let sizes = self.sizes;
        let columns = sizes.width.div_ceil(4) * sizes.height;
        let groups = [columns.div_ceil(64), sizes.in_channels.div_ceil(4), sizes.batch];
        sizes.kernel(self.name(), INPUT_GRAD, "main", groups, cpu::input_grad(sizes))
    }
}

/// From x and the gradient of y: the gradient of the weights.
#[derive(Debug)]
struct WeightGrad {
    sizes: Sizes,
}

impl Op for WeightGrad {
    fn name(&self) -> &'static str {
        "conv2d_weight_grad"
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape> {
        Ok(self.sizes.weight())
    }

    /// It is linear in both.
    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, ggw: NodeId, needed: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let (x, gy) = (inputs[0], inputs[1]);
        let sizes = self.sizes;
        let by_x = if needed[0] { Some(graph.apply(InputGrad { sizes }, &[ggw, gy])?) } else { None };
        let by_gy = if needed[1] { Some(conv2d(graph, x, ggw, None, sizes.settings)?) } else { None };
        Ok(vec![by_x, by_gy])
    }

    fn tangent(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        let sizes = self.sizes;
        let by_x = tangents[0].map(|dx| graph.apply(WeightGrad { sizes }, &[dx, inputs[1]])).transpose()?;
        let by_gy = tangents[1].map(|dgy| graph.apply(WeightGrad { sizes }, &[inputs[0], dgy])).transpose()?;
        sum_tangents(graph, &[by_x, by_gy])
    }

    fn kernel(&self, _: &[&Shape], _: &Shape) -> Kernel {
        let sizes = self.sizes;
        let groups = [sizes.kernel[0] * sizes.kernel[1], sizes.in_channels, sizes.out_channels.div_ceil(4)];
        sizes.kernel(self.name(), WEIGHT_GRAD, "main", groups, cpu::weight_grad(sizes))
    }
}

fn examples() -> Vec<Example> {
    let plain = Conv2dSettings::default();
    let case = |label: &str, x: &[usize], weight: &[usize], settings: Conv2dSettings| {
        let bias = [weight[0]];
        Example::new(label, &[x, weight, &bias], Filling::Normal, move |graph, x| conv2d(graph, x[0], x[1], Some(x[2]), settings))
    };
    vec![
        case("3 x 3", &[2, 3, 6, 7], &[5, 3, 3, 3], plain),
        case("5 x 5 with padding 2", &[1, 1, 9, 9], &[6, 1, 5, 5], Conv2dSettings { padding: [2, 2], ..plain }),
        case("stride 2 that leaves a rest", &[1, 2, 8, 6], &[3, 2, 3, 3], Conv2dSettings { stride: [2, 2], padding: [1, 0], ..plain }),
        case("dilated, rectangular", &[1, 2, 9, 8], &[2, 2, 3, 2], Conv2dSettings { dilation: [2, 3], ..plain }),
        case("1 x 1", &[3, 4, 5, 5], &[2, 4, 1, 1], plain),
        Example::new("no bias", &[&[1, 2, 5, 5], &[3, 2, 2, 2]], Filling::Normal, move |graph, x| conv2d(graph, x[0], x[1], None, plain)),
    ]
}
