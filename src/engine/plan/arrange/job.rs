//! Dispatches with the memory that they bind, while it is still decided where that lies.
//!
//! Knows regions of logical memory: what is kept, and scratch that is told apart by what it is for. Knows nothing of devices.

use crate::kernel::{GpuKernel, Pass};
use crate::ops::SLICES;
use std::rc::Rc;

/// A constant of a kernel.
pub(super) type Constant = (&'static str, f64);

/// Scratch memory, by what it is for: what a dispatch reads and what it writes are never the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scratch {
    /// What a variant's passes hand on to each other.
    Own,
    /// The stretch of an operand that a part reads: how deep parts lie in parts, and which operand.
    Taken(usize, usize),
    /// What a part computes, at that depth.
    Result(usize),
    /// An operand that lies across several buffers.
    Seam(usize),
}

/// Where something lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In memory that the plans know: residents first, then what the slots share.
    Kept(usize),
    Scratch(Scratch),
}

/// A range of bytes; `from` is a multiple of 256, `len` of 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub place: Place,
    pub from: u64,
    pub len: u64,
}

impl Region {
    pub fn scratch(of: Scratch, len: u64) -> Self {
        Region { place: Place::Scratch(of), from: 0, len }
    }

    /// A part of it.
    pub fn part(self, from: u64, len: u64) -> Self {
        debug_assert!(from + len <= self.len && from.is_multiple_of(super::UNIT));
        Region { from: self.from + from, len, ..self }
    }
}

/// A dispatch and what it binds: what it reads, then what it writes.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub label: Rc<str>,
    pub source: Vec<&'static str>,
    pub entry: &'static str,
    pub constants: Vec<Constant>,
    pub workgroups: [u32; 3],
    pub reads: Vec<Region>,
    pub writes: Vec<Region>,
}

impl Job {
    /// A kernel that binds all of its operands.
    pub fn plain(label: &Rc<str>, kernel: &GpuKernel, reads: Vec<Region>, writes: Vec<Region>) -> Self {
        let &GpuKernel { source, entry, ref constants, workgroups } = kernel;
        Job { label: label.clone(), source: vec![source], entry, constants: constants.clone(), workgroups, reads, writes }
    }

    /// A pass of a variant.
    pub fn of(label: &Rc<str>, pass: &Pass, reads: Vec<Region>, writes: Vec<Region>) -> Self {
        let Pass { source, entry, constants, workgroups, .. } = pass;
        let (source, constants) = (source.clone(), constants.clone());
        Job { label: label.clone(), source, entry, constants, workgroups: *workgroups, reads, writes }
    }

    /// Rows of `columns` numbers, `n` in all, from one place to another: the first number of each, and how far the rows lie apart.
    pub fn moves(label: &Rc<str>, [n, columns]: [u64; 2], x: (Region, [u64; 2]), y: (Region, [u64; 2])) -> Self {
        let sizes = [("n", n), ("columns", columns), ("x_first", x.1[0]), ("x_row", x.1[1]), ("y_first", y.1[0]), ("y_row", y.1[1])];
        Job::slices(label, "move_rows", n, sizes.map(|(name, size)| (name, size as f64)).to_vec(), x.0, y.0)
    }

    /// Adds the numbers of one place to those of another; then, if asked, what is below 0 becomes 0.
    pub fn adds(label: &Rc<str>, x: Region, y: Region, relu: bool) -> Self {
        let n = y.len / 4;
        Job::slices(label, "add", n, vec![("n", n as f64), ("relu", f64::from(u8::from(relu)))], x, y)
    }

    fn slices(label: &Rc<str>, entry: &'static str, n: u64, constants: Vec<Constant>, x: Region, y: Region) -> Self {
        let workgroups = crate::kernel::grid(n as usize, 64);
        Job { label: label.clone(), source: vec![SLICES], entry, constants, workgroups, reads: vec![x], writes: vec![y] }
    }

    /// Sets constants, those that it has already and others.
    pub fn set(mut self, constants: &[Constant]) -> Self {
        self.constants.retain(|(name, _)| constants.iter().all(|(set, _)| set != name));
        self.constants.extend(constants);
        self
    }

    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        self.reads.iter().chain(&self.writes)
    }
}
