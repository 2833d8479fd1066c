//! How `softmax` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Derivative, Sizes, Softmax, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::cut::{Cut, Put, Take};
use crate::ops::{Kernels, Op};
use crate::shape::Shape;

const SOFTMAX: &str = include_str!("softmax.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("softmax.wgsl", SOFTMAX)];

impl Sizes {
    fn kernel(self, entry: &'static str, cpu: CpuKernel) -> Kernel {
        let constants = vec![("batch", self.batch as f64), ("channels", self.channels as f64), ("inner", self.inner as f64)];
        let gpu = GpuKernel { source: SOFTMAX, entry, constants, workgroups: grid(self.batch * self.inner, 64) };
        Kernel { label: entry.into(), gpu, cpu }
    }
}

impl Kernels for Softmax {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::rows([true]), Cut::new([Take::Along(2)], Put::Along(2))]
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (s, log) = (Sizes::of(inputs[0]), self.log);
        s.kernel(self.name(), Box::new(move |reads, writes| cpu::forward(s, log, reads.f32(0), writes[0])))
    }
}

impl Kernels for Derivative {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::rows([true; 2]), Cut::new([Take::Along(2); 2], Put::Along(2))]
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (s, which) = (Sizes::of(inputs[0]), self.which);
        s.kernel(self.name(), Box::new(move |reads, writes| cpu::derivative(s, which, reads.f32(0), reads.f32(1), writes[0])))
    }
}
