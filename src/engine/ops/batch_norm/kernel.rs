//! How `batch_norm` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

pub use super::cuts::running_ranges;
use super::{BatchNorm, Half, InputGrad, Moments, Normalize, Sizes, WeightGrad, cpu, cuts};
use crate::kernel::{CpuKernel, Family, GpuKernel, Kernel, Operand, Pass, Variant, grid};
use crate::ops::cut::Cut;
use crate::ops::{Kernels, Op};
use crate::shape::Shape;
use std::sync::Arc;

const BATCH_NORM: &str = include_str!("batch_norm.wgsl");
const VEC4: &str = include_str!("batch_norm_vec4.wgsl");
const RUNNING: &str = include_str!("running.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] =
    &[("batch_norm.wgsl", BATCH_NORM), ("batch_norm_vec4.wgsl", VEC4), ("running.wgsl", RUNNING)];

/// One dispatch over all running statistics of a model: reads what the step measured and `[rate, factor]` for each number, writes the
/// running ones: `running = (1 - rate) running + rate * factor * measured`.
pub fn running_kernel(len: usize) -> Kernel {
    Kernel {
        label: "running statistics".into(),
        gpu: GpuKernel { source: RUNNING, entry: "main", constants: vec![("n", len as f64)], workgroups: grid(len, 64) },
        cpu: Box::new(|reads, writes| cpu::running(reads.f32(0), reads.f32(1), writes[0])),
    }
}

impl Sizes {
    fn constants(self) -> Vec<(&'static str, f64)> {
        let sizes = [("batch", self.batch), ("channels", self.channels), ("inner", self.inner)];
        let mut constants = sizes.map(|(name, size)| (name, size as f64)).to_vec();
        constants.push(("eps", f64::from(self.eps)));
        constants
    }

    /// A kernel of a workgroup a channel.
    fn kernel(self, label: &str, entry: &'static str, cpu: CpuKernel) -> Kernel {
        let gpu = GpuKernel { source: BATCH_NORM, entry, constants: self.constants(), workgroups: grid(self.channels, 1) };
        Kernel { label: label.into(), gpu, cpu }
    }

    /// A kernel of an invocation a number.
    fn elementwise(self, label: &str, entry: &'static str, relu: bool, cpu: CpuKernel) -> Kernel {
        let mut kernel = self.kernel(label, entry, cpu);
        kernel.gpu.constants.push(("relu", f64::from(u8::from(relu))));
        kernel.gpu.workgroups = grid(self.batch * self.channels * self.inner, 64);
        kernel
    }

    /// The same in whole vectors, if channels lie in them: it suits every device.
    fn vectors(self, entry: &'static str, relu: bool, reads: usize) -> Vec<Variant> {
        if !self.inner.is_multiple_of(4) {
            return Vec::new();
        }
        let quads = [8, 4, 2].into_iter().find(|quads| (self.inner / 4).is_multiple_of(*quads)).unwrap_or(1);
        let variant = |family: Family, quads: usize| {
            let mut constants = self.constants();
            constants.extend([("relu", f64::from(u8::from(relu))), ("quads", quads as f64)]);
            let pass = Pass {
                source: vec![VEC4],
                entry,
                constants,
                workgroups: grid(self.batch * self.channels * self.inner / 4 / quads, 64),
                reads: (0..reads).map(Operand::Read).collect(),
                writes: vec![Operand::Write(0)],
            };
            Variant::single(family, pass)
        };
        vec![variant(Family::Registers, quads), variant(Family::Workgroups, 1)]
    }
}

impl Kernels for BatchNorm {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts::forward()
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (s, relu) = (Sizes::of(inputs[0], self.eps), self.relu);
        let cpu: CpuKernel =
            Box::new(move |reads, writes| cpu::forward(s, relu, reads.f32(0), reads.f32(1), reads.f32(2), reads.f32(3), writes[0]));
        s.elementwise(self.name(), "forward", relu, cpu)
    }

    fn variants(&self, inputs: &[&Shape], _: &Shape) -> Vec<Variant> {
        Sizes::of(inputs[0], self.eps).vectors("forward", self.relu, 4)
    }

    fn with_relu(&self) -> Option<Arc<dyn Op>> {
        Some(Arc::new(BatchNorm { relu: true, ..*self }))
    }
}

impl Kernels for InputGrad {
    fn cuts(&self, inputs: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts::input_grad(inputs[0].numel() / inputs[0][1])
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let s = Sizes::of(inputs[0], self.eps);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::input_grad(s, [0, 1, 2, 3, 4, 5].map(|i| reads.f32(i)), writes[0]));
        s.elementwise(self.name(), "input_grad", false, cpu)
    }

    fn variants(&self, inputs: &[&Shape], _: &Shape) -> Vec<Variant> {
        Sizes::of(inputs[0], self.eps).vectors("input_grad", false, 6)
    }
}

impl Kernels for WeightGrad {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts::weight_grad()
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let s = Sizes::of(inputs[0], self.eps);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::weight_grad(s, reads.f32(0), reads.f32(1), reads.f32(2), writes[0]));
        s.kernel(self.name(), "weight_grad", cpu)
    }
}

impl Kernels for Moments {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts::moments()
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let s = Sizes::of(inputs[0], 0.0);
        s.kernel(self.name(), "moments", Box::new(move |reads, writes| cpu::measure(s, reads.f32(0), writes[0])))
    }
}

impl Kernels for Half {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts::half()
    }

    fn kernel(&self, _: &[&Shape], output: &Shape) -> Kernel {
        let (channels, second) = (output.numel(), self.second);
        let constants = vec![("channels", channels as f64), ("second", f64::from(u8::from(second)))];
        let gpu = GpuKernel { source: BATCH_NORM, entry: "half_of", constants, workgroups: grid(channels, 64) };
        let cpu: CpuKernel = Box::new(move |reads, writes| {
            let from = if second { channels } else { 0 };
            writes[0].copy_from_slice(&reads.f32(0)[from..from + channels]);
        });
        Kernel { label: self.name().into(), gpu, cpu }
    }
}

impl Kernels for Normalize {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts::normalize()
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let s = Sizes::of(inputs[0], self.eps);
        let cpu: CpuKernel = Box::new(move |reads, writes| cpu::given(s, reads.f32(0), reads.f32(1), reads.f32(2), writes[0]));
        debug_assert_eq!(output.numel(), s.batch * s.channels * s.inner);
        s.elementwise(self.name(), "given", false, cpu)
    }
}
