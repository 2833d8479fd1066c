//! How `spread` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

pub use super::parts::{spread_ranges, update_ratio_ranges};
use super::{Spread, Units, cpu, parts};
use crate::kernel::{GpuKernel, Kernel, Ranges, Reads};
use crate::ops::Kernels;
use crate::shape::Shape;

const SPREAD: &str = include_str!("spread.wgsl");
const UNITS: &str = include_str!("units.wgsl");
const UPDATE: &str = include_str!("update.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[
    ("spread.wgsl", SPREAD),
    ("spread_parts.wgsl", parts::SPREAD_PARTS),
    ("units.wgsl", UNITS),
    ("units_parts.wgsl", parts::UNITS_PARTS),
    ("update.wgsl", UPDATE),
    ("update_parts.wgsl", parts::UPDATE_PARTS),
];

/// The dispatch of [`spread`] over whatever it is bound to, for a plan that is extended by hand.
pub fn spread_kernel() -> Kernel {
    let gpu = GpuKernel { source: SPREAD, entry: "spread", constants: Vec::new(), workgroups: [1, 1, 1] };
    Kernel { label: "spread".into(), gpu, cpu: Box::new(|reads, writes| cpu::spread(reads.f32(0), writes[0])) }
}

/// The dispatch that reads `before` and `after`, as many numbers each, and writes `|after - before| / |before|`, by Euclidean norms.
pub fn update_ratio_kernel() -> Kernel {
    let gpu = GpuKernel { source: UPDATE, entry: "update_ratio", constants: Vec::new(), workgroups: [1, 1, 1] };
    Kernel { label: "update ratio".into(), gpu, cpu: Box::new(|reads, writes| cpu::update_ratio(reads.f32(0), reads.f32(1), writes[0])) }
}

impl Units {
    fn constants(&self, x: &Shape) -> Vec<(&'static str, f64)> {
        let sizes = [("batch", x[0]), ("channels", x[1]), ("inner", x.dims()[2..].iter().product())];
        let mut constants = sizes.map(|(name, size)| (name, size as f64)).to_vec();
        constants.extend([("low", f64::from(self.low)), ("high", f64::from(self.high))]);
        constants
    }
}

impl Kernels for Units {
    fn ranges(&self, inputs: &[&Shape]) -> Option<Ranges> {
        Some(parts::units_ranges(inputs[0].numel(), inputs[0][1], self.constants(inputs[0])))
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (channels, inner) = (inputs[0][1], inputs[0].dims()[2..].iter().product());
        let (low, high) = (self.low, self.high);
        let gpu = GpuKernel { source: UNITS, entry: "units", constants: self.constants(inputs[0]), workgroups: [1, 1, 1] };
        let cpu = move |reads: &Reads<'_>, writes: &mut [&mut [f32]]| cpu::units(channels, inner, low, high, reads.f32(0), writes[0]);
        Kernel { label: "units".into(), gpu, cpu: Box::new(cpu) }
    }
}

impl Kernels for Spread {
    fn ranges(&self, inputs: &[&Shape]) -> Option<Ranges> {
        Some(spread_ranges(inputs[0].numel()))
    }

    fn kernel(&self, _: &[&Shape], _: &Shape) -> Kernel {
        spread_kernel()
    }
}
