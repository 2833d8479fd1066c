//! Pooling: the maximum or the average of every window of `kernel` numbers, one window each `stride` steps.
//!
//! `x: [batch, c, h, w]`, `y: [batch, c, floor((h - kernel_h) / stride_h) + 1, floor((w - kernel_w) / stride_w) + 1]`.
//!
//! - `max_pool2d`: `y = max x` over the window; the gradient goes to the first maximum in row-major order.
//! - `avg_pool2d`: `y = sum x / (kernel_h * kernel_w)`; the gradient is shared by all of the window alike.

mod cpu;

use super::{Example, Filling, Op, Registered, expect_inputs, not_differentiable};
use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::shape::Shape;

const POOL2D: &str = include_str!("pool2d.wgsl");

pub(super) const REGISTERED: Registered = Registered { name: "pool2d", shaders: &[("pool2d.wgsl", POOL2D)], examples };

/// The windows of a pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool2dSettings {
    /// Height and width of a window.
    pub kernel: [usize; 2],
    /// Steps from one window to the next, down and to the right.
    pub stride: [usize; 2],
}

/// The maximum of every window; `x: [batch, c, h, w]`.
pub fn max_pool2d(graph: &mut Graph, x: NodeId, settings: Pool2dSettings) -> Result<NodeId> {
    graph.apply(MaxPool(settings), &[x])
}

/// The average of every window; `x: [batch, c, h, w]`.
pub fn avg_pool2d(graph: &mut Graph, x: NodeId, settings: Pool2dSettings) -> Result<NodeId> {
    graph.apply(AvgPool(settings), &[x])
}

impl Pool2dSettings {
    /// The shape of the pooled images; the error is said of operation `op`.
    fn output(&self, op: &str, x: &Shape) -> Result<Shape> {
        let Some([batch, channels, h, w]) = x.array() else {
            return Err(Error::shape(op, format!("the input has shape {x}; it must be [batch, channels, height, width]")));
        };
        let (kernel, stride) = (Shape::new(&self.kernel), Shape::new(&self.stride));
        if kernel.numel() == 0 || stride.numel() == 0 {
            return Err(Error::shape(op, format!("the window is {kernel} with stride {stride}; all of these must be at least 1")));
        }
        if self.kernel[0] > h || self.kernel[1] > w {
            return Err(Error::shape(op, format!("the window {kernel} is larger than the images of {x}; it must fit into [{h}, {w}]")));
        }
        let along = |size: usize, axis: usize| (size - self.kernel[axis]) / self.stride[axis] + 1;
        Ok(Shape::new(&[batch, channels, along(h, 0), along(w, 1)]))
    }
}

/// Where the windows lie: everything that the kernels know.
#[derive(Clone, Copy, Debug)]
struct Geometry {
    /// Batch times channels.
    planes: usize,
    /// Height and width of the images.
    image: [usize; 2],
    /// Height and width of the pooled images.
    out: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
}

impl Geometry {
    /// Of `image: [batch, c, h, w]` and `pooled: [batch, c, out_h, out_w]`.
    fn new(settings: Pool2dSettings, image: &Shape, pooled: &Shape) -> Self {
        Geometry {
            planes: image[0] * image[1],
            image: [image[2], image[3]],
            out: [pooled[2], pooled[3]],
            kernel: settings.kernel,
            stride: settings.stride,
        }
    }

    fn dispatch(&self, label: &str, entry: &'static str, invocations: usize, cpu: CpuKernel) -> Kernel {
        let constants = [
            ("planes", self.planes),
            ("height", self.image[0]),
            ("width", self.image[1]),
            ("out_height", self.out[0]),
            ("out_width", self.out[1]),
            ("kernel_height", self.kernel[0]),
            ("kernel_width", self.kernel[1]),
            ("stride_height", self.stride[0]),
            ("stride_width", self.stride[1]),
        ];
        let constants = constants.map(|(name, value)| (name, value as f64)).to_vec();
        Kernel { label: label.into(), gpu: GpuKernel { source: POOL2D, entry, constants, workgroups: grid(invocations, 64) }, cpu }
    }
}

#[derive(Debug)]
struct MaxPool(Pool2dSettings);

impl Op for MaxPool {
    fn name(&self) -> &'static str {
        "max_pool2d"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        self.0.output(self.name(), inputs[0])
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(graph.apply(MaxPoolGrad(self.0), &[inputs[0], upstream])?)])
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let g = Geometry::new(self.0, inputs[0], output);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::max_forward(&g, reads.f32(0), writes[0]));
        g.dispatch("max_pool2d", "max_forward", output.numel(), cpu)
    }
}

/// From x and the gradient of `y = max_pool2d(x)`: the gradient of x.
#[derive(Debug)]
struct MaxPoolGrad(Pool2dSettings);

impl Op for MaxPoolGrad {
    fn name(&self) -> &'static str {
        "max_pool2d_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 2)?;
        let pooled = self.0.output(self.name(), inputs[0])?;
        expect_pooled(self, inputs[1], &pooled)?;
        Ok(inputs[0].clone())
    }

    fn gradient(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Err(not_differentiable(self))
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let g = Geometry::new(self.0, output, inputs[1]);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::max_backward(&g, reads.f32(0), reads.f32(1), writes[0]));
        g.dispatch("max_pool2d_grad", "max_backward", output.numel(), cpu)
    }
}

#[derive(Debug)]
struct AvgPool(Pool2dSettings);

impl Op for AvgPool {
    fn name(&self) -> &'static str {
        "avg_pool2d"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        self.0.output(self.name(), inputs[0])
    }

    fn gradient(&self, graph: &mut Graph, inputs: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        let image = graph.shape(inputs[0]).clone();
        Ok(vec![Some(graph.apply(AvgPoolGrad { settings: self.0, image }, &[upstream])?)])
    }

    fn tangent(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, tangents: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        tangents[0].map(|dx| avg_pool2d(graph, dx, self.0)).transpose()
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let g = Geometry::new(self.0, inputs[0], output);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::average_forward(&g, reads.f32(0), writes[0]));
        g.dispatch("avg_pool2d", "average_forward", output.numel(), cpu)
    }
}

/// From the gradient of `y = avg_pool2d(x)`: the gradient of x, of shape `image`. It is linear, so its own gradient is `avg_pool2d`.
#[derive(Debug)]
struct AvgPoolGrad {
    settings: Pool2dSettings,
    image: Shape,
}

impl Op for AvgPoolGrad {
    fn name(&self) -> &'static str {
        "avg_pool2d_grad"
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape> {
        expect_inputs(self, inputs, 1)?;
        let pooled = self.settings.output(self.name(), &self.image)?;
        expect_pooled(self, inputs[0], &pooled)?;
        Ok(self.image.clone())
    }

    fn gradient(&self, graph: &mut Graph, _: &[NodeId], _: NodeId, upstream: NodeId, _: &[bool]) -> Result<Vec<Option<NodeId>>> {
        Ok(vec![Some(avg_pool2d(graph, upstream, self.settings)?)])
    }

    fn tangent(&self, _: &mut Graph, _: &[NodeId], _: NodeId, _: &[Option<NodeId>]) -> Result<Option<NodeId>> {
        Err(not_differentiable(self))
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let g = Geometry::new(self.settings, output, inputs[0]);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::average_backward(&g, reads.f32(0), writes[0]));
        g.dispatch("avg_pool2d_grad", "average_backward", output.numel(), cpu)
    }
}

fn expect_pooled(op: &dyn Op, gy: &Shape, pooled: &Shape) -> Result<()> {
    if gy == pooled { Ok(()) } else { Err(Error::shape(op.name(), format!("the upstream gradient has shape {gy}; it must be {pooled}"))) }
}

fn examples() -> Vec<Example> {
    let cases = [
        ("2 x 2, stride 2", [2, 3, 4, 6], Pool2dSettings { kernel: [2, 2], stride: [2, 2] }),
        ("2 x 2, stride 2, a row and a column left over", [1, 2, 5, 7], Pool2dSettings { kernel: [2, 2], stride: [2, 2] }),
        ("3 x 2, stride 1 x 2: windows overlap", [2, 1, 5, 6], Pool2dSettings { kernel: [3, 2], stride: [1, 2] }),
        ("2 x 3, stride 3 x 4: windows with gaps", [1, 2, 8, 7], Pool2dSettings { kernel: [2, 3], stride: [3, 4] }),
        ("the whole image", [2, 2, 3, 4], Pool2dSettings { kernel: [3, 4], stride: [1, 1] }),
    ];
    let example = |(label, dims, settings): (&str, [usize; 4], Pool2dSettings)| {
        [
            Example::new(format!("max, {label}"), &[&dims], Filling::Spaced, move |graph, x| max_pool2d(graph, x[0], settings)),
            Example::new(format!("average, {label}"), &[&dims], Filling::Normal, move |graph, x| avg_pool2d(graph, x[0], settings)),
        ]
    };
    cases.into_iter().flat_map(example).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Element;

    const LECTURE: [f32; 16] = [1., 1., 2., 4., 5., 6., 7., 8., 3., 2., 1., 0., 1., 2., 3., 4.];

    fn square(kernel: usize, stride: usize, h: usize, w: usize) -> Geometry {
        let settings = Pool2dSettings { kernel: [kernel; 2], stride: [stride; 2] };
        let image = Shape::new(&[1, 1, h, w]);
        Geometry::new(settings, &image, &settings.output("pool", &image).unwrap())
    }

    #[test]
    fn pools_by_hand() {
        let g = square(2, 2, 4, 4);
        let mut y = [0.0; 4];
        cpu::max_forward(&g, &LECTURE, &mut y);
        assert_eq!(y, [6., 8., 3., 4.]);
        cpu::average_forward(&g, &LECTURE, &mut y);
        assert_eq!(y, [3.25, 5.25, 2., 2.]);
    }

    #[test]
    fn gradients_by_hand() {
        let g = square(2, 2, 4, 4);
        let mut gx = [9.0; 16];
        cpu::max_backward(&g, &LECTURE, &[1., 2., 3., 4.], &mut gx);
        assert_eq!(gx, [0., 0., 0., 0., 0., 1., 0., 2., 3., 0., 0., 0., 0., 0., 0., 4.]);
        cpu::average_backward(&g, &[4., 8., 12., 16.], &mut gx);
        assert_eq!(gx, [1., 1., 2., 2., 1., 1., 2., 2., 3., 3., 4., 4., 3., 3., 4., 4.]);
    }

    #[test]
    fn overlapping_windows_add_their_gradients() {
        let g = square(2, 1, 2, 3);
        let mut gx = [0.0; 6];
        cpu::max_backward(&g, &[0., 5., 1., 2., 3., 4.], &[1., 10.], &mut gx);
        assert_eq!(gx, [0., 11., 0., 0., 0., 0.]);
        cpu::average_backward(&g, &[4., 8.], &mut gx);
        assert_eq!(gx, [1., 3., 2., 1., 3., 2.]);
    }

    #[test]
    fn a_tie_goes_to_the_first_and_a_nan_stays() {
        let g = square(2, 2, 2, 2);
        let mut gx = [0.0; 4];
        cpu::max_backward(&g, &[1., 7., 7., 7.], &[1.], &mut gx);
        assert_eq!(gx, [0., 1., 0., 0.]);
        let mut y = [0.0];
        cpu::max_forward(&g, &[1., f32::NAN, 3., 2.], &mut y);
        assert!(y[0].is_nan());
        cpu::max_forward(&g, &[f32::NEG_INFINITY; 4], &mut y);
        assert_eq!(y, [f32::NEG_INFINITY]);
    }

    #[test]
    fn shapes_and_errors() {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(&[2, 6, 5, 4]), Element::F32);
        let y = max_pool2d(&mut graph, x, Pool2dSettings { kernel: [2, 2], stride: [2, 2] }).unwrap();
        assert_eq!(graph.shape(y).dims(), [2, 6, 2, 2]);
        let large = avg_pool2d(&mut graph, x, Pool2dSettings { kernel: [2, 5], stride: [1, 1] }).unwrap_err().to_string();
        assert!(large.contains("[2, 5]") && large.contains("[2, 6, 5, 4]"), "{large}");
        assert!(max_pool2d(&mut graph, x, Pool2dSettings { kernel: [2, 2], stride: [0, 1] }).is_err());
        let flat = graph.input("flat", Shape::new(&[2, 120]), Element::F32);
        assert!(max_pool2d(&mut graph, flat, Pool2dSettings { kernel: [2, 2], stride: [2, 2] }).is_err());
    }
}
