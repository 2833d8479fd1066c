//! Twin of `fill.wgsl`.

use crate::kernel::CpuKernel;

pub(super) fn fill(value: f32) -> CpuKernel {
    Box::new(move |_, writes| writes[0].fill(value))
}
