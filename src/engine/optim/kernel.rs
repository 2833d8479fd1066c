//! How optimizers move parameters on devices: the kernels' list, and what they have in common.

use super::Optimizer;
use super::groups::BLOCK;
use crate::kernel::{GpuKernel, Kernel, Operand, Pass, Ranges};
use crate::plan::ALIGNMENT;
use std::ops::Range;

// What lies in an arena begins where a block does.
const _: () = assert!(BLOCK == crate::plan::ALIGNMENT);

/// The kernels of the optimizers: file name and text.
pub const SHADERS: &[(&str, &str)] = &[
    ("prelude.wgsl", include_str!("prelude.wgsl")),
    ("adam.wgsl", super::adam::kernel::SHADER),
    ("rmsprop.wgsl", super::rmsprop::kernel::SHADER),
    ("sgd.wgsl", super::sgd::kernel::SHADER),
];

/// What moves parameters by a rule.
pub(super) trait Moves {
    /// The kernel that moves `len` parameters at once.
    fn kernel(&self, len: usize) -> Kernel;
}

impl Optimizer {
    /// The kernel that moves `len` parameters at once: reads `gradients, control, group table`, writes `parameters, states...`. The
    /// states begin at 0; the group table is that of [`groups::table`].
    pub fn kernel(&self, len: usize) -> Kernel {
        self.rule().kernel(len)
    }

    /// The same range by range.
    pub fn ranges(&self, len: usize) -> Ranges {
        let (writes, optimizer) = (1 + self.states().len(), self.clone());
        let mut along = vec![Operand::Read(0)];
        along.extend((0..writes).map(Operand::Write));
        let divide = move |ranges: &[Range<usize>]| {
            let pass = |range: &Range<usize>| {
                let GpuKernel { source, entry, mut constants, workgroups } = optimizer.kernel(range.len()).gpu;
                // Two options a block; what is bound of them may begin with others'.
                let (first, end) = (2 * range.start / BLOCK, 2 * range.end.div_ceil(BLOCK));
                let bound = first / ALIGNMENT * ALIGNMENT;
                constants.push(("first_block", ((first - bound) / 2) as f64));
                let gradients = Operand::ReadPart(0, range.start, range.len());
                let reads = vec![gradients, Operand::Read(1), Operand::ReadPart(2, bound, end - bound)];
                let writes = (0..writes).map(|write| Operand::WritePart(write, range.start, range.len())).collect();
                Pass { source: vec![source], entry, constants, workgroups, reads, writes }
            };
            ranges.iter().map(pass).collect()
        };
        Ranges { len, most: 1, along, divide: Box::new(divide) }
    }
}

/// The blocks that are not frozen: where each lies in an arena of `len` numbers, its learning rate and its weight decay.
pub(super) fn moving(table: &[f32], learning_rate: f32, len: usize) -> impl Iterator<Item = (Range<usize>, f32, f32)> {
    let (options, _) = table.as_chunks::<2>();
    let blocks = (0..len).step_by(BLOCK).map(move |first| first..(first + BLOCK).min(len));
    let moving = blocks.zip(options).filter(|(_, [factor, _])| *factor != 0.0);
    moving.map(move |(block, &[factor, decay])| (block, learning_rate * factor, decay))
}
