//! How `pool2d` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::average::{AvgPool, AvgPoolGrad};
use super::max::{MaxPool, MaxPoolGrad, MaxPoolPick};
use super::{Geometry, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::cut::Cut;
use crate::ops::{Kernels, Op};
use crate::shape::Shape;

const WINDOWS: &str = include_str!("pool2d_windows.wgsl");
const MAX_POOL2D: &str = concat!(include_str!("pool2d_windows.wgsl"), include_str!("max_pool2d.wgsl"));
const AVG_POOL2D: &str = concat!(include_str!("pool2d_windows.wgsl"), include_str!("avg_pool2d.wgsl"));

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] =
    &[("pool2d_windows.wgsl", WINDOWS), ("max_pool2d.wgsl", MAX_POOL2D), ("avg_pool2d.wgsl", AVG_POOL2D)];

impl Geometry {
    fn dispatch(&self, label: &str, source: &'static str, entry: &'static str, invocations: usize, cpu: CpuKernel) -> Kernel {
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
            ("padding_height", self.padding[0]),
            ("padding_width", self.padding[1]),
            ("clipped", self.clipped().into()),
            ("count_include_pad", self.count_include_pad.into()),
        ];
        let constants = constants.map(|(name, value)| (name, value as f64)).to_vec();
        Kernel { label: label.into(), gpu: GpuKernel { source, entry, constants, workgroups: grid(invocations, 64) }, cpu }
    }
}

impl Kernels for MaxPool {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        Cut::planes(1)
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let g = Geometry::new(self.0, inputs[0], output);
        let windows = cpu::Windows::new(&g);
        let cpu: CpuKernel = Box::new(move |reads, writes| windows.max_pick(reads.f32(0), reads.f32(0), writes[0]));
        g.dispatch(self.name(), MAX_POOL2D, "forward", output.numel(), cpu)
    }
}

impl Kernels for MaxPoolPick {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        Cut::planes(2)
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let g = Geometry::new(self.0, inputs[0], output);
        let windows = cpu::Windows::new(&g);
        let cpu: CpuKernel = Box::new(move |reads, writes| windows.max_pick(reads.f32(0), reads.f32(1), writes[0]));
        g.dispatch(self.name(), MAX_POOL2D, "pick", output.numel(), cpu)
    }
}

impl Kernels for MaxPoolGrad {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        Cut::planes(2)
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let g = Geometry::new(self.0, output, inputs[1]);
        let windows = cpu::Windows::new(&g);
        let cpu: CpuKernel = Box::new(move |reads, writes| windows.max_backward(reads.f32(0), reads.f32(1), writes[0]));
        match g.cells() {
            Some(cells) => g.dispatch(self.name(), MAX_POOL2D, "backward_apart", cells, cpu),
            None => g.dispatch(self.name(), MAX_POOL2D, "backward", output.numel(), cpu),
        }
    }
}

impl Kernels for AvgPool {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        Cut::planes(1)
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let g = Geometry::new(self.0, inputs[0], output);
        let windows = cpu::Windows::new(&g);
        let cpu: CpuKernel = Box::new(move |reads, writes| windows.average_forward(reads.f32(0), writes[0]));
        g.dispatch(self.name(), AVG_POOL2D, "forward", output.numel(), cpu)
    }
}

impl Kernels for AvgPoolGrad {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        Cut::planes(1)
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let g = Geometry::new(self.settings, output, inputs[0]);
        let windows = cpu::Windows::new(&g);
        let cpu: CpuKernel = Box::new(move |reads, writes| windows.average_backward(reads.f32(0), writes[0]));
        g.dispatch(self.name(), AVG_POOL2D, "backward", output.numel(), cpu)
    }
}
