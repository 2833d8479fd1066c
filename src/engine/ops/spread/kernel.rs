//! How `spread` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::{Spread, Units, cpu};
use crate::kernel::{GpuKernel, Kernel, Reads};
use crate::ops::Kernels;
use crate::shape::Shape;

const SPREAD: &str = include_str!("spread.wgsl");
const UNITS: &str = include_str!("units.wgsl");
const UPDATE: &str = include_str!("update.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("spread.wgsl", SPREAD), ("units.wgsl", UNITS), ("update.wgsl", UPDATE)];

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

impl Kernels for Units {
    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (batch, channels) = (inputs[0][0], inputs[0][1]);
        let inner: usize = inputs[0].dims()[2..].iter().product();
        let (low, high) = (self.low, self.high);
        let constants = vec![
            ("batch", batch as f64),
            ("channels", channels as f64),
            ("inner", inner as f64),
            ("low", f64::from(low)),
            ("high", f64::from(high)),
        ];
        let gpu = GpuKernel { source: UNITS, entry: "units", constants, workgroups: [1, 1, 1] };
        let cpu = move |reads: &Reads<'_>, writes: &mut [&mut [f32]]| cpu::units(channels, inner, low, high, reads.f32(0), writes[0]);
        Kernel { label: "units".into(), gpu, cpu: Box::new(cpu) }
    }
}

impl Kernels for Spread {
    fn kernel(&self, _: &[&Shape], _: &Shape) -> Kernel {
        spread_kernel()
    }
}
