//! What a GPU is to make of plans: buffers and dispatches, within its limits and by the kernels that suit it.
//!
//! A device has limits: on the bytes of a buffer, and on those of it that a dispatch sees. What is larger lies in several buffers, and is
//! computed in parts. All is settled before anything is allocated, so what is told of a run's memory is what it takes. Knows plans,
//! operations and limits; knows nothing of how a device is spoken to.

mod job;
mod segments;
mod split;

use crate::error::{Error, Result};
use crate::graph::Element;
use crate::kernel::{Family, Operand, Ranges, Variant};
use crate::plan::{Buffer, Memory, Parts, Plan, Span, Step, pool, pooled};
use job::{Job, Place, Region, Scratch};
pub(crate) use segments::across;
use split::{Tensor, passes, split, way};
use std::collections::BTreeMap;
use std::ops::Range;

/// Where a binding may begin: at multiples of so many bytes.
pub(crate) const UNIT: u64 = 4 * super::ALIGNMENT as u64;

/// The least that a limit can be: parts may begin up to a [`UNIT`] too early.
const LEAST: u64 = 2 * UNIT;

/// How much a device takes at once, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one buffer.
    pub buffer: u64,
    /// Of a buffer, for one dispatch.
    pub binding: u64,
}

impl Limits {
    /// Limits that fit each other: a dispatch sees no more than a buffer, and both are whole units.
    pub fn new(buffer: u64, binding: u64) -> Self {
        let buffer = (buffer / UNIT * UNIT).max(LEAST);
        Limits { buffer, binding: (binding / UNIT * UNIT).clamp(LEAST, buffer) }
    }
}

/// What is arranged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How much goes at once.
    pub limits: Limits,
    /// Which ways of computing suit; none: every kernel's own.
    pub family: Option<Family>,
    /// Whether even small kernels are computed so.
    pub always: bool,
}

impl Terms {
    /// Whether a variant is taken. Nothing else is asked, no clock above all, so that the same run draws the same curve today and tomorrow.
    fn suits(&self, variant: &Variant) -> bool {
        let fits = 4 * variant.scratch as u64 <= self.limits.binding;
        Some(variant.family) == self.family && (self.always || !variant.small) && fits
    }
}

/// A range of a buffer's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Index into [`Arrangement::buffers`].
    pub buffer: usize,
    /// First byte.
    pub from: u64,
    /// How many.
    pub len: u64,
}

/// A dispatch with all that it binds: what it reads, then what it writes.
#[derive(Debug)]
pub struct Dispatch {
    /// For profiles and messages.
    pub label: std::rc::Rc<str>,
    /// The WGSL text, in parts.
    pub source: Vec<&'static str>,
    /// Its entry point.
    pub entry: &'static str,
    /// Values of its `override` constants.
    pub constants: Vec<(&'static str, f64)>,
    /// How many workgroups in x, y and z.
    pub workgroups: [u32; 3],
    /// What it reads.
    pub reads: Vec<Bound>,
    /// What it writes.
    pub writes: Vec<Bound>,
}

/// Buffers and dispatches.
#[derive(Debug)]
pub struct Arrangement {
    /// Names and bytes of all buffers.
    pub buffers: Vec<(String, u64)>,
    /// For every resident its first buffer, and where in the resident that and those after it begin.
    pub residents: Vec<(usize, Vec<u64>)>,
    /// The dispatches of every plan.
    pub programs: Vec<Vec<Dispatch>>,
}

impl Arrangement {
    /// What all buffers take.
    pub fn bytes(&self) -> u64 {
        self.buffers.iter().map(|(_, bytes)| bytes).sum()
    }
}

/// Arranges plans on these terms. The error says what is too large to be computed even in parts.
pub fn arrange(memory: &Memory, plans: &[Plan], terms: &Terms) -> Result<Arrangement> {
    let kept = kept(memory, plans);
    let mut programs: Vec<Vec<Vec<Job>>> = Vec::with_capacity(plans.len());
    let mut ranged: Vec<(usize, usize, &Ranges)> = Vec::new();
    for (program, plan) in plans.iter().enumerate() {
        let at = Whereabouts { memory, slots: pooled(plan) };
        let mut steps = Vec::with_capacity(plan.steps.len());
        for (index, step) in plan.steps.iter().enumerate() {
            let (reads, writes) = at.operands(step);
            let fits = reads.iter().chain(&writes).all(|region| region.len <= terms.limits.binding);
            steps.push(match &step.parts {
                _ if fits => way(terms, &step.kernel, &step.variants, &reads, &writes),
                Some(Parts::Op { op, inputs, output }) => {
                    let tensor = |(span, dims): (&Span, &crate::shape::Shape)| at.tensor(*span, dims.dims());
                    let inputs: Vec<Tensor> = step.reads.iter().zip(inputs).map(tensor).collect();
                    split(terms, op, &inputs, &tensor((&step.writes[0], output))).ok_or_else(|| refusal(step, &reads, &writes, terms))?
                }
                Some(Parts::Ranges(ranges)) => {
                    ranged.push((program, index, ranges));
                    Vec::new()
                }
                None => return Err(refusal(step, &reads, &writes, terms)),
            });
        }
        programs.push(steps);
    }
    for (program, index, ranges) in ranged {
        let step = &plans[program].steps[index];
        let (reads, writes) = Whereabouts { memory, slots: pooled(&plans[program]) }.operands(step);
        let along = |operand: &Operand| match *operand {
            Operand::Read(index) => Some(reads[index]),
            Operand::Write(index) => Some(writes[index]),
            _ => None,
        };
        let seen: Vec<Range<u64>> = ranges.along.iter().filter_map(along).flat_map(|region| seen_of(&programs, region)).collect();
        let (len, limit) = (4 * ranges.len as u64, terms.limits.binding / ranges.most as u64 / UNIT * UNIT);
        let mut starts = segments::pieces(len, limit.max(UNIT), UNIT, &seen);
        starts.push(len);
        let parts: Vec<Range<usize>> = starts.windows(2).map(|pair| pair[0] as usize / 4..pair[1] as usize / 4).collect();
        let jobs = passes(&step.kernel.label.as_str().into(), &(ranges.divide)(&parts), &reads, &writes);
        if jobs.iter().flat_map(Job::regions).any(|region| region.len > terms.limits.binding) {
            return Err(refusal(step, &reads, &writes, terms));
        }
        programs[program][index] = jobs;
    }
    let programs = programs.into_iter().map(|steps| steps.into_iter().flatten().collect()).collect();
    Ok(lay_out(kept, memory.residents().len(), programs, &terms.limits))
}

/// Names and bytes of what plans know of: residents first, then what their slots share.
fn kept(memory: &Memory, plans: &[Plan]) -> Vec<(String, u64)> {
    let residents = memory.residents().iter().map(|resident| (resident.name.clone(), resident.bytes()));
    residents.chain(pool(plans).into_iter().map(|len| ("activations".into(), 4 * len as u64))).collect()
}

/// Where the operands of one plan lie.
struct Whereabouts<'a> {
    memory: &'a Memory,
    slots: Vec<usize>,
}

impl Whereabouts<'_> {
    fn tensor(&self, span: Span, dims: &[usize]) -> Tensor {
        let residents = self.memory.residents();
        let (place, size) = match span.buffer {
            Buffer::Resident(index) => (index, if residents[index].element == Element::U8 { 1 } else { 4 }),
            Buffer::Slot(slot) => (residents.len() + self.slots[slot], 4),
        };
        let len = (span.len as u64 * size).next_multiple_of(4);
        Tensor { region: Region { place: Place::Kept(place), from: span.offset as u64 * size, len }, size, dims: dims.to_vec() }
    }

    fn operands(&self, step: &Step) -> (Vec<Region>, Vec<Region>) {
        let regions = |spans: &[Span]| spans.iter().map(|&span| self.tensor(span, &[]).region).collect();
        (regions(&step.reads), regions(&step.writes))
    }
}

/// What the dispatches so far see of a region, counted from its beginning.
fn seen_of(programs: &[Vec<Vec<Job>>], of: Region) -> Vec<Range<u64>> {
    let all = programs.iter().flatten().flatten().flat_map(Job::regions).filter(|region| region.place == of.place);
    let within = |region: &Region| {
        let (from, end) = (region.from.max(of.from), (region.from + region.len).min(of.from + of.len));
        (from < end).then(|| from - of.from..end - of.from)
    };
    all.filter_map(within).collect()
}

/// Gives everything its buffers, and what lies across two of them a place where it is together while it is computed with.
fn lay_out(kept: Vec<(String, u64)>, residents: usize, programs: Vec<Vec<Job>>, limits: &Limits) -> Arrangement {
    let mut seen: Vec<Vec<Range<u64>>> = vec![Vec::new(); kept.len()];
    for region in programs.iter().flatten().flat_map(Job::regions) {
        if let Place::Kept(index) = region.place
            && kept[index].1 > limits.buffer
        {
            seen[index].push(region.from..region.from + region.len);
        }
    }
    let mut buffers = Vec::new();
    let mut places: Vec<(usize, Vec<u64>)> = Vec::with_capacity(kept.len());
    for ((name, bytes), seen) in kept.into_iter().zip(seen) {
        let starts = segments::pieces(bytes, limits.buffer, UNIT, &seen);
        let first = buffers.len();
        let ends = starts[1..].iter().copied().chain([bytes]);
        buffers.extend(starts.iter().zip(ends).map(|(start, end)| (name.clone(), end - start)));
        places.push((first, starts));
    }
    let programs: Vec<Vec<Job>> =
        programs.into_iter().map(|jobs| jobs.into_iter().flat_map(|job| together(job, &places)).collect()).collect();
    let mut scratch: BTreeMap<Scratch, (usize, u64)> = BTreeMap::new();
    for region in programs.iter().flatten().flat_map(Job::regions) {
        if let Place::Scratch(of) = region.place {
            let bytes = &mut scratch.entry(of).or_default().1;
            *bytes = (*bytes).max(region.from + region.len);
        }
    }
    for (index, bytes) in scratch.values_mut() {
        *index = buffers.len();
        buffers.push(("scratch memory".into(), *bytes));
    }
    let bound = |region: &Region| match region.place {
        Place::Kept(kept) => {
            let (first, starts) = &places[kept];
            let (index, part) = across(starts, region.from..region.from + region.len).next().unwrap_or((0, 0..0));
            Bound { buffer: first + index, from: part.start - starts[index], len: region.len }
        }
        Place::Scratch(of) => Bound { buffer: scratch.get(&of).map_or(0, |found| found.0), from: region.from, len: region.len },
    };
    let dispatch = |job: Job| Dispatch {
        reads: job.reads.iter().map(bound).collect(),
        writes: job.writes.iter().map(bound).collect(),
        label: job.label,
        source: job.source,
        entry: job.entry,
        constants: job.constants,
        workgroups: job.workgroups,
    };
    let programs = programs.into_iter().map(|jobs| jobs.into_iter().map(dispatch).collect()).collect();
    places.truncate(residents);
    Arrangement { buffers, residents: places, programs }
}

/// The job itself if all that it binds lies in one buffer each; otherwise what does not is brought together before and, if it is written,
/// brought back after.
fn together(mut job: Job, places: &[(usize, Vec<u64>)]) -> Vec<Job> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let reads = job.reads.len();
    for (operand, region) in job.reads.iter_mut().chain(&mut job.writes).enumerate() {
        let Place::Kept(kept) = region.place else { continue };
        let parts: Vec<Range<u64>> = across(&places[kept].1, region.from..region.from + region.len).map(|(_, part)| part).collect();
        if parts.len() < 2 {
            continue;
        }
        let whole = Region::scratch(Scratch::Seam(operand), region.len);
        for part in parts {
            let (from, len) = (part.start - region.from, part.end - part.start);
            let (apart, joined) = ((region.part(from, len), [0, 0]), (whole.part(from, len), [0, 0]));
            before.push(Job::moves(&job.label, [len / 4; 2], apart, joined));
            if operand >= reads {
                after.push(Job::moves(&job.label, [len / 4; 2], joined, apart));
            }
        }
        *region = whole;
    }
    before.push(job);
    before.extend(after);
    before
}

/// Why a step cannot be computed: its largest operand, and what there is.
fn refusal(step: &Step, reads: &[Region], writes: &[Region], terms: &Terms) -> Error {
    let most = reads.iter().chain(writes).map(|region| region.len).max().unwrap_or_default();
    Error::device(format!(
        "{}: {} are needed at once, in no smaller parts, and this device gives {}; try a smaller batch, smaller images or a smaller layer",
        step.kernel.label,
        size(most.next_multiple_of(1 << 10)),
        size(terms.limits.binding)
    ))
}

/// Bytes in words: in MiB, or in KiB what is less.
fn size(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} KiB", bytes >> 10) } else { format!("{} MiB", bytes >> 20) }
}
