//! What a device runs: one dispatch, written twice, as WGSL and as its twin in Rust.
//!
//! A kernel knows sizes, not places: its operands are bound by the plan, the values it reads first, then those it writes.

use std::fmt;
use std::ops::Range;

/// One dispatch on either device.
pub struct Kernel {
    /// For profiles and error messages.
    pub label: String,
    /// The dispatch on a GPU.
    pub gpu: GpuKernel,
    /// Its twin on the CPU.
    pub cpu: CpuKernel,
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kernel({})", self.label)
    }
}

/// A dispatch: bindings 0.. of group 0 are the values read (`storage, read`), then those written (`storage, read_write`).
#[derive(Clone, Debug, PartialEq)]
pub struct GpuKernel {
    /// The WGSL text.
    pub source: &'static str,
    /// Its entry point.
    pub entry: &'static str,
    /// Values of its `override` constants: sizes are known when the pipeline is compiled.
    pub constants: Vec<(&'static str, f64)>,
    /// How many workgroups in x, y and z.
    pub workgroups: [u32; 3],
}

/// Another way to compute what a kernel computes on a GPU, made for certain devices: one dispatch or several, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Which devices it is made for.
    pub family: Family,
    /// The dispatches, in order.
    pub passes: Vec<Pass>,
    /// Floats that the dispatches hand on to each other.
    pub scratch: usize,
    /// Whether there is so little to compute that the plain kernel, which is compiled sooner, will do.
    pub small: bool,
}

/// What a variant keeps its sums in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Registers alone, many numbers an invocation, nothing shared: where workgroup memory is no faster than any other, as on devices
    /// that compute in software.
    Registers,
    /// Tiles in workgroup memory: GPUs.
    Workgroups,
}

/// A dispatch of a [`Variant`]: as a [`GpuKernel`], and with the operands of its kernel that it binds.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    /// The WGSL text, in parts that are put one after the other.
    pub source: Vec<&'static str>,
    /// Its entry point.
    pub entry: &'static str,
    /// Values of its `override` constants.
    pub constants: Vec<(&'static str, f64)>,
    /// How many workgroups in x, y and z.
    pub workgroups: [u32; 3],
    /// What it reads, in the order of its bindings.
    pub reads: Vec<Operand>,
    /// What it writes.
    pub writes: Vec<Operand>,
}

/// Something that a [`Pass`] binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// What its kernel reads, by index.
    Read(usize),
    /// What its kernel writes, by index.
    Write(usize),
    /// A stretch of what its kernel reads: the operand, the first float (a multiple of 64) and how many.
    ReadPart(usize, usize, usize),
    /// A stretch of what its kernel writes.
    WritePart(usize, usize, usize),
    /// The variant's scratch memory, so many floats of it.
    Scratch(usize),
}

/// Makes the dispatches for ranges that are a whole together.
pub type Divide = Box<dyn Fn(&[Range<usize>]) -> Vec<Pass>>;

/// How a kernel whose operands are rows of numbers is computed range by range, where a device cannot bind a whole row.
pub struct Ranges {
    /// Numbers of a row.
    pub len: usize,
    /// Floats that an operand has for a number of the row, at most.
    pub most: usize,
    /// The operands whose numbers are those of the row, one each.
    pub along: Vec<Operand>,
    /// The dispatches for ranges that are the row together, each beginning at a multiple of 64.
    pub divide: Divide,
}

impl fmt::Debug for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ranges of {}", self.len)
    }
}

impl Ranges {
    /// Of a kernel that does to every number the same: that kernel for each range. `bind` says what it binds of a range, reads and writes.
    pub fn each(
        len: usize,
        most: usize,
        along: Vec<Operand>,
        kernel: impl Fn(usize) -> Kernel + 'static,
        bind: impl Fn(&Range<usize>) -> [Vec<Operand>; 2] + 'static,
    ) -> Self {
        let divide = move |ranges: &[Range<usize>]| {
            let pass = |range: &Range<usize>| {
                let GpuKernel { source, entry, constants, workgroups } = kernel(range.len()).gpu;
                let [reads, writes] = bind(range);
                Pass { source: vec![source], entry, constants, workgroups, reads, writes }
            };
            ranges.iter().map(pass).collect()
        };
        Ranges { len, most, along, divide: Box::new(divide) }
    }
}

impl Variant {
    /// A single dispatch without scratch memory.
    pub fn single(family: Family, pass: Pass) -> Self {
        Variant { family, passes: vec![pass], scratch: 0, small: false }
    }

    /// Four numbers of the output an invocation (`n` invocations, in workgroups of 64) for every family, if the output comes in fours.
    pub fn of_vectors(
        source: &'static str,
        entry: &'static str,
        mut constants: Vec<(&'static str, f64)>,
        reads: impl Iterator<Item = Operand>,
        numbers: usize,
    ) -> Vec<Self> {
        if !numbers.is_multiple_of(4) {
            return Vec::new();
        }
        let n = numbers / 4;
        constants.push(("n", n as f64));
        let (source, writes) = (vec![source], vec![Operand::Write(0)]);
        let pass = Pass { source, entry, constants, workgroups: grid(n, 64), reads: reads.collect(), writes };
        [Family::Registers, Family::Workgroups].map(|family| Variant::single(family, pass.clone())).into()
    }
}

/// A kernel on the CPU; it may keep scratch memory between calls.
pub type CpuKernel = Box<dyn FnMut(&Reads<'_>, &mut [&mut [f32]])>;

/// A kernel, then the ReLU of what it writes.
pub fn then_relu(mut kernel: CpuKernel) -> CpuKernel {
    Box::new(move |reads, writes| {
        kernel(reads, writes);
        // Written to every number, so that it is done in lanes.
        for value in writes[0].iter_mut() {
            *value = if *value <= 0.0 { 0.0 } else { *value };
        }
    })
}

/// One value that a CPU kernel reads.
#[derive(Clone, Copy, Debug)]
pub enum Slice<'a> {
    /// Floats.
    F32(&'a [f32]),
    /// Bytes.
    U8(&'a [u8]),
}

/// The values that a CPU kernel reads, in the order of its parameters.
pub struct Reads<'a>(pub &'a [Slice<'a>]);

impl<'a> Reads<'a> {
    /// Operand `index` as floats; empty where the plan bound bytes, which [`crate::plan::Plan::new`] rules out.
    pub fn f32(&self, index: usize) -> &'a [f32] {
        match self.0[index] {
            Slice::F32(values) => values,
            Slice::U8(_) => &[],
        }
    }

    /// Operand `index` as bytes.
    pub fn u8(&self, index: usize) -> &'a [u8] {
        match self.0[index] {
            Slice::U8(values) => values,
            Slice::F32(_) => &[],
        }
    }

    /// How many operands there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The most workgroups that every device allows in one dimension.
const MAX_WORKGROUPS: usize = 65_535;

/// Workgroups for `n` invocations in groups of `size`, spread over x and y where x does not suffice. The kernel's index is
/// `id.x + id.y * (num_workgroups.x * size)`, and it returns where that is `n` or more.
pub fn grid(n: usize, size: usize) -> [u32; 3] {
    let groups = n.div_ceil(size).max(1);
    let y = groups.div_ceil(MAX_WORKGROUPS);
    [groups.div_ceil(y) as u32, y as u32, 1]
}
