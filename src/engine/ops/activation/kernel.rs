//! How `activation` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Activation, Gradient, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, Operand, Variant, grid};
use crate::ops::cut::Cut;
use crate::ops::{Kernels, Op};
use crate::shape::Shape;

const ACTIVATION: &str = include_str!("activation.wgsl");
const VEC4: &str = include_str!("relu_vec4.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("activation.wgsl", ACTIVATION), ("relu_vec4.wgsl", VEC4)];

impl Activation {
    fn dispatch(self, label: &str, entry: &'static str, n: usize, cpu: CpuKernel) -> Kernel {
        let slope = if let Activation::LeakyRelu { slope } = self { slope } else { 0.0 };
        let constants = vec![("n", n as f64), ("slope", f64::from(slope))];
        Kernel { label: label.into(), gpu: GpuKernel { source: ACTIVATION, entry, constants, workgroups: grid(n, 64) }, cpu }
    }
}

impl Kernels for Activation {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::flat(1)]
    }

    fn variants(&self, _: &[&Shape], output: &Shape) -> Vec<Variant> {
        if *self == Activation::Relu { vectors("relu", 1, output) } else { Vec::new() }
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let activation = *self;
        let cpu: CpuKernel = Box::new(move |reads, writes| {
            for (y, &x) in writes[0].iter_mut().zip(reads.f32(0)) {
                *y = cpu::forward(activation, x);
            }
        });
        self.dispatch(self.name(), self.entries()[0], output.numel(), cpu)
    }
}

/// Four numbers an invocation, where they come in fours.
fn vectors(entry: &'static str, reads: usize, output: &Shape) -> Vec<Variant> {
    Variant::of_vectors(VEC4, entry, Vec::new(), (0..reads).map(Operand::Read), output.numel())
}

impl Kernels for Gradient {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::flat(2)]
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let activation = self.0;
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::gradient(activation, reads.f32(0), reads.f32(1), writes[0]));
        activation.dispatch(self.name(), self.name(), output.numel(), cpu)
    }

    fn variants(&self, _: &[&Shape], output: &Shape) -> Vec<Variant> {
        if self.0 == Activation::Relu { vectors("relu_grad", 2, output) } else { Vec::new() }
    }
}
