//! How `conv2d` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::gradients::{InputGrad, WeightGrad};
use super::sizes::Sizes;
use super::{Conv2d, cpu, cuts, variants};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, Variant, grid, then_relu};
use crate::ops::cut::Cut;
use crate::ops::{Kernels, Op};
use crate::shape::Shape;
use std::sync::Arc;

pub(super) const CONV2D: &str = concat!(include_str!("conv2d_sizes.wgsl"), include_str!("conv2d.wgsl"));
pub(super) const INPUT_GRAD: &str = concat!(include_str!("conv2d_sizes.wgsl"), include_str!("conv2d_input_grad.wgsl"));
pub(super) const WEIGHT_GRAD: &str = concat!(include_str!("conv2d_sizes.wgsl"), include_str!("conv2d_weight_grad.wgsl"));

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = variants::SHADERS;

impl Kernels for Conv2d {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts::forward(self)
    }

    fn kernel(&self, _: &[&Shape], _: &Shape) -> Kernel {
        let sizes = self.sizes;
        let entry = if self.bias { "with_bias" } else { "plain" };
        let workgroups = sizes.tiles(sizes.out_per_group(), sizes.out);
        let cpu = cpu::forward(sizes);
        let mut kernel = sizes.kernel(self.name, CONV2D, entry, workgroups, if self.relu { then_relu(cpu) } else { cpu });
        kernel.gpu.constants.push(("relu", f64::from(u8::from(self.relu))));
        kernel
    }

    fn with_relu(&self) -> Option<Arc<dyn Op>> {
        Some(Arc::new(Conv2d { relu: true, ..self.clone() }))
    }

    fn variants(&self, _: &[&Shape], _: &Shape) -> Vec<Variant> {
        variants::forward(&self.sizes, self.bias, self.relu)
    }
}

impl Kernels for InputGrad {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts::input_grad(self.name, self.sizes)
    }

    fn kernel(&self, _: &[&Shape], _: &Shape) -> Kernel {
        let sizes = self.sizes;
        let workgroups = sizes.tiles(sizes.in_per_group(), sizes.image);
        sizes.kernel(self.name, INPUT_GRAD, "main", workgroups, cpu::input_grad(sizes))
    }

    fn variants(&self, _: &[&Shape], _: &Shape) -> Vec<Variant> {
        variants::input_grad(&self.sizes)
    }
}

impl Kernels for WeightGrad {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        cuts::weight_grad(self.sizes)
    }

    fn kernel(&self, _: &[&Shape], _: &Shape) -> Kernel {
        let sizes = self.sizes;
        let workgroups = sizes.taps().div_ceil(4) * sizes.out_per_group().div_ceil(4) * sizes.settings.groups;
        sizes.kernel(self.name(), WEIGHT_GRAD, "main", workgroups, cpu::weight_grad(sizes))
    }

    fn variants(&self, _: &[&Shape], _: &Shape) -> Vec<Variant> {
        variants::weight_grad(&self.sizes)
    }
}

impl Sizes {
    /// The kernels' constants.
    pub fn constants(&self) -> Vec<(&'static str, f64)> {
        let s = &self.settings;
        let constants = [
            ("batch", self.batch),
            ("groups", s.groups),
            ("in_per_group", self.in_per_group()),
            ("out_per_group", self.out_per_group()),
            ("height", self.image[0]),
            ("width", self.image[1]),
            ("kernel_h", self.kernel[0]),
            ("kernel_w", self.kernel[1]),
            ("out_height", self.out[0]),
            ("out_width", self.out[1]),
            ("stride_h", s.stride[0]),
            ("stride_w", s.stride[1]),
            ("padding_h", s.padding[0]),
            ("padding_w", s.padding[1]),
            ("dilation_h", s.dilation[0]),
            ("dilation_w", s.dilation[1]),
        ];
        constants.iter().map(|&(name, value)| (name, value as f64)).collect()
    }

    /// A kernel of `workgroups` workgroups, however many.
    pub fn kernel(&self, label: &str, source: &'static str, entry: &'static str, workgroups: usize, cpu: CpuKernel) -> Kernel {
        let gpu = GpuKernel { source, entry, constants: self.constants(), workgroups: grid(workgroups, 1) };
        Kernel { label: format!("{label} {} * {}", self.x(), self.weight()), gpu, cpu }
    }
}
