//! How `local_response_norm` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Norm, Settings, Sizes, Which, cpu};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::ops::cut::{Cut, Put, Take};
use crate::ops::{Kernels, Op};
use crate::shape::Shape;

const SHADER: &str = include_str!("local_response_norm.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("local_response_norm.wgsl", SHADER)];

impl Kernels for Norm {
    fn cuts(&self, inputs: &[&Shape], _: &Shape) -> Vec<Cut> {
        [0, 2].map(|dim| Cut::new(vec![Take::Along(dim); inputs.len()], Put::Along(dim))).into()
    }

    fn kernel(&self, inputs: &[&Shape], output: &Shape) -> Kernel {
        let Settings { size, alpha, beta, k } = self.settings;
        let x = inputs[0];
        let inner = x.dims()[2..].iter().product();
        let s = Sizes { batch: x[0], channels: x[1], inner, before: size / 2, after: (size - 1) / 2, share: alpha / size as f32, beta, k };
        let constants = vec![
            ("batch", s.batch as f64),
            ("channels", s.channels as f64),
            ("inner", s.inner as f64),
            ("before", s.before as f64),
            ("after", s.after as f64),
            ("share", f64::from(s.share)),
            ("beta", f64::from(beta)),
            ("k", f64::from(k)),
        ];
        let (entry, cpu): (_, CpuKernel) = match self.which {
            Which::Forward => ("forward", Box::new(move |reads, writes| cpu::forward(s, reads.f32(0), writes[0]))),
            Which::Gradient => ("gradient", Box::new(move |reads, writes| cpu::gradient(s, reads.f32(0), reads.f32(1), writes[0]))),
            Which::Tangent => ("tangent", Box::new(move |reads, writes| cpu::tangent(s, reads.f32(0), reads.f32(1), writes[0]))),
        };
        Kernel { label: self.name().into(), gpu: GpuKernel { source: SHADER, entry, constants, workgroups: grid(output.numel(), 64) }, cpu }
    }
}
