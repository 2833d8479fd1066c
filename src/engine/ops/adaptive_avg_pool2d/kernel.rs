//! How `adaptive_avg_pool2d` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{AdaptiveAvgPool, AdaptiveAvgPoolGrad, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::cut::Cut;
use crate::ops::{Kernels, Op};
use crate::shape::Shape;

const ADAPTIVE_AVG_POOL2D: &str = include_str!("adaptive_avg_pool2d.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("adaptive_avg_pool2d.wgsl", ADAPTIVE_AVG_POOL2D)];

/// A kernel over all numbers of one of the two shapes.
fn kernel(label: &str, entry: &'static str, x: &Shape, y: &Shape, invocations: usize, cpu: CpuKernel) -> Kernel {
    let constants = [("planes", x[0] * x[1]), ("height", x[2]), ("width", x[3]), ("out_height", y[2]), ("out_width", y[3])];
    let constants = constants.map(|(name, value)| (name, value as f64)).to_vec();
    let gpu = GpuKernel { source: ADAPTIVE_AVG_POOL2D, entry, constants, workgroups: grid(invocations, 64) };
    Kernel { label: format!("{label} {x} to {y}"), gpu, cpu }
}

impl Kernels for AdaptiveAvgPool {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        Cut::planes(1)
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let s = sizes(inputs[0], output);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::forward(&s, reads.f32(0), writes[0]));
        kernel(self.name(), "forward", inputs[0], output, output.numel(), cpu)
    }
}

impl Kernels for AdaptiveAvgPoolGrad {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        Cut::planes(1)
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let s = sizes(output, inputs[0]);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::backward(&s, reads.f32(0), writes[0]));
        kernel(self.name(), "backward", output, inputs[0], output.numel(), cpu)
    }
}

fn sizes(x: &Shape, y: &Shape) -> cpu::Sizes {
    cpu::Sizes { image: [x[2], x[3]], out: [y[2], y[3]] }
}
