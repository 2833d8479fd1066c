//! An operation whose operands are more than can be bound at once, as the same operation of their parts.
//!
//! What a part reads and writes is bound where it lies if it lies in one piece and begins where a binding may; otherwise it is copied, a
//! piece at a time. Parts are as long as powers of two, so that the parts of several operations lie within each other. Knows what operations
//! say of themselves ([`Cut`]); knows nothing of buffers.

use super::job::{Constant, Job, Place, Region, Scratch};
use super::{Terms, UNIT};
use crate::kernel::{Kernel, Operand, Pass, Variant};
use crate::ops::{Cut, Op, Put, Take};
use crate::shape::Shape;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// Numbers in one piece of memory.
#[derive(Clone, Debug)]
pub(super) struct Tensor {
    pub region: Region,
    /// Bytes of a number.
    pub size: u64,
    pub dims: Vec<usize>,
}

/// How the numbers of a tensor lie along one dimension: `outer` rows of `n` steps of `inner` numbers, of which each goes `by` so many
/// places along the dimension.
#[derive(Clone, Copy)]
struct Rows {
    outer: u64,
    n: u64,
    inner: u64,
    by: u64,
}

impl Tensor {
    /// Along a dimension, in so many steps if not in one for every place.
    fn rows(&self, dim: usize, steps: Option<usize>) -> Option<Rows> {
        let product = |dims: &[usize]| dims.iter().product::<usize>() as u64;
        let places = *self.dims.get(dim)? as u64;
        let n = steps.map_or(places, |steps| steps as u64);
        let by = places.checked_div(n).filter(|by| by * n == places)?;
        Some(Rows { outer: product(&self.dims[..dim]), n, inner: by * product(&self.dims[dim + 1..]), by })
    }

    fn flat(&self) -> Tensor {
        Tensor { dims: vec![self.dims.iter().product()], ..self.clone() }
    }

    /// Bytes of one step along a dimension.
    fn unit(&self, rows: Rows) -> u64 {
        rows.outer * rows.inner * self.size
    }

    /// Whether parts of so many steps can be bound where they lie.
    fn lies_well(&self, rows: Rows, step: u64) -> bool {
        rows.outer == 1 && (rows.inner * self.size * step).is_multiple_of(UNIT)
    }

    /// The part of so many places along a dimension, of which the region is `region`.
    fn cut(&self, dim: usize, places: u64, region: Region) -> Tensor {
        let mut dims = self.dims.clone();
        dims[dim] = places as usize;
        Tensor { region, size: self.size, dims }
    }
}

/// Where in the order of parts a computation stands: how deep, which cuts were made, and what its kernels must know.
#[derive(Clone, Default)]
struct Path {
    cuts: Vec<usize>,
    constants: Vec<Constant>,
}

/// A cut that can be made: how long the parts are, whether all that they bind then fits, and how many bytes are copied for it.
struct Plan {
    index: usize,
    steps: u64,
    len: u64,
    fits: bool,
    copied: u64,
}

/// The dispatches of an operation; `None` if no cut makes its parts small enough.
pub(super) fn split(terms: &Terms, op: &Arc<dyn Op>, inputs: &[Tensor], output: &Tensor) -> Option<Vec<Job>> {
    compute(terms, op, inputs, output, &Path::default())
}

fn compute(terms: &Terms, op: &Arc<dyn Op>, inputs: &[Tensor], output: &Tensor, path: &Path) -> Option<Vec<Job>> {
    let shapes: Vec<Shape> = inputs.iter().map(|input| Shape::new(&input.dims)).collect();
    let (shapes, shape): (Vec<&Shape>, _) = (shapes.iter().collect(), Shape::new(&output.dims));
    if inputs.iter().chain([output]).all(|tensor| tensor.region.len <= terms.limits.binding) {
        let reads: Vec<Region> = inputs.iter().map(|input| input.region).collect();
        let (kernel, variants) = (op.kernel(&shapes, &shape), op.variants(&shapes, &shape));
        let jobs = way(terms, &kernel, &variants, &reads, &[output.region]);
        return Some(jobs.into_iter().map(|job| job.set(&path.constants)).collect());
    }
    let cuts = op.cuts(&shapes, &shape);
    let made = |(index, cut): (usize, &Cut)| {
        if path.cuts.contains(&index) { None } else { plan(terms, cut, inputs, output).map(|plan| Plan { index, ..plan }) }
    };
    let mut plans: Vec<Plan> = cuts.iter().enumerate().filter_map(made).collect();
    plans.sort_by_key(|plan| (!plan.fits, plan.copied));
    plans.iter().find_map(|plan| parts(terms, op, &cuts[plan.index], plan, inputs, output, path))
}

/// The tensors that a cut is made of.
fn seen(cut: &Cut, inputs: &[Tensor], output: &Tensor) -> (Vec<Tensor>, Tensor) {
    let flat = |tensor: &Tensor, take: Take| if cut.flat && take != Take::Whole { tensor.flat() } else { tensor.clone() };
    let inputs = inputs.iter().zip(&cut.inputs).map(|(input, &take)| flat(input, take)).collect();
    (inputs, if cut.flat { output.flat() } else { output.clone() })
}

fn plan(terms: &Terms, cut: &Cut, inputs: &[Tensor], output: &Tensor) -> Option<Plan> {
    let most = terms.limits.binding;
    let (inputs, output) = seen(cut, inputs, output);
    let mut along: Vec<(&Tensor, Rows)> = Vec::new();
    let mut whole: Vec<&Tensor> = Vec::new();
    for (tensor, take) in inputs.iter().zip(&cut.inputs) {
        match take {
            Take::Along(dim) => along.push((tensor, tensor.rows(*dim, cut.steps)?)),
            Take::Whole | Take::Once => whole.push(tensor),
        }
    }
    match cut.output {
        Put::Along(dim) => along.push((&output, output.rows(dim, cut.steps)?)),
        // The parts of a sum are as large as the sum.
        Put::Sum { .. } if output.region.len > most => return None,
        Put::Sum { .. } | Put::Some => whole.push(&output),
    }
    let len = along.first()?.1.n;
    if len < 2 || along.iter().any(|(_, rows)| rows.n != len) || along.iter().all(|(tensor, _)| tensor.region.len <= most) {
        return None;
    }
    let steps = along.iter().map(|(tensor, rows)| most / tensor.unit(*rows).max(1)).min()?.max(1);
    let steps = 1 << steps.ilog2();
    let mut copied = 0;
    for (tensor, rows) in &along {
        if !tensor.lies_well(*rows, steps) {
            // Bytes cannot be copied one by one.
            if tensor.size != 4 {
                return None;
            }
            copied += 2 * tensor.region.len;
        }
    }
    if let Put::Sum { .. } = cut.output {
        copied += 3 * output.region.len * (len.div_ceil(steps) - 1);
    }
    let fits =
        whole.iter().all(|tensor| tensor.region.len <= most) && along.iter().all(|(tensor, rows)| tensor.unit(*rows) * steps <= most);
    Some(Plan { index: 0, steps, len, fits, copied })
}

/// The dispatches of all parts of a cut.
fn parts(terms: &Terms, op: &Arc<dyn Op>, cut: &Cut, plan: &Plan, inputs: &[Tensor], output: &Tensor, path: &Path) -> Option<Vec<Job>> {
    let depth = path.cuts.len();
    let label: Rc<str> = op.name().into();
    let (inputs, output) = seen(cut, inputs, output);
    let mut jobs = Vec::new();
    for from in (0..plan.len).step_by(plan.steps as usize) {
        let steps = from..(from + plan.steps).min(plan.len);
        let range = steps.start as usize..steps.end as usize;
        let mut path = path.clone();
        path.cuts.push(plan.index);
        path.constants.extend(cut.constants.iter().flat_map(|constants| constants(&range)));
        let mut taken = Vec::with_capacity(inputs.len());
        for (index, (input, take)) in inputs.iter().zip(&cut.inputs).enumerate() {
            match *take {
                Take::Whole => taken.push(input.clone()),
                Take::Once if from == 0 => taken.push(input.clone()),
                Take::Once => {}
                Take::Along(dim) => {
                    let rows = input.rows(dim, cut.steps)?;
                    let (part, direct) = stretch(input, dim, rows, &steps, plan.steps, Scratch::Taken(depth, index));
                    if !direct {
                        for piece in pieces(rows, &steps, terms.limits.binding) {
                            jobs.push(piece.job(&label, input.region, part.region, true));
                        }
                    }
                    taken.push(part);
                }
            }
        }
        let own = || Tensor { region: Region::scratch(Scratch::Result(depth), output.region.len), ..output.clone() };
        let part = match cut.output {
            Put::Along(dim) => stretch(&output, dim, output.rows(dim, cut.steps)?, &steps, plan.steps, Scratch::Result(depth)),
            Put::Sum { .. } if from > 0 => (own(), true),
            Put::Sum { .. } | Put::Some => (output.clone(), true),
        };
        let computed = cut.part.as_ref().map_or_else(|| op.clone(), |part| part(&range));
        jobs.extend(compute(terms, &computed, &taken, &part.0, &path)?);
        match cut.output {
            Put::Along(dim) if !part.1 => {
                let pieces = pieces(output.rows(dim, cut.steps)?, &steps, terms.limits.binding);
                jobs.extend(pieces.into_iter().map(|piece| piece.job(&label, output.region, part.0.region, false)));
            }
            Put::Sum { relu } if from > 0 => jobs.push(Job::adds(&label, part.0.region, output.region, relu && steps.end == plan.len)),
            _ => {}
        }
    }
    Some(jobs)
}

/// The part of these steps: where it lies, or in scratch memory (then `false`). All parts but the last are of `step` steps.
fn stretch(tensor: &Tensor, dim: usize, rows: Rows, steps: &Range<u64>, step: u64, scratch: Scratch) -> (Tensor, bool) {
    let (unit, direct) = (tensor.unit(rows), tensor.lies_well(rows, step));
    let len = (unit * (steps.end - steps.start)).next_multiple_of(4);
    let region = if direct { tensor.region.part(unit * steps.start, len) } else { Region::scratch(scratch, len) };
    (tensor.cut(dim, rows.by * (steps.end - steps.start), region), direct)
}

/// Some numbers of a stretch that are copied at once: rows and columns of it, and the floats of the whole that are bound for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    rows: Range<u64>,
    columns: Range<u64>,
    /// Where the binding begins and ends.
    bound: Range<u64>,
    /// The first number in the whole, and from row to row.
    first: u64,
    row: u64,
    /// From row to row of the stretch by itself.
    width: u64,
}

/// The pieces of a stretch of `rows` of floats: as many rows as can be bound at once, or parts of a row.
fn pieces(rows: Rows, steps: &Range<u64>, limit: u64) -> Vec<Piece> {
    const ALIGNED: u64 = UNIT / 4;
    let (row, width, start) = (rows.n * rows.inner, (steps.end - steps.start) * rows.inner, steps.start * rows.inner);
    // A binding may begin up to `ALIGNED - 1` floats too early.
    let most = limit / 4 - (ALIGNED - 1);
    let (high, wide) = if width <= most { ((most - width) / row.max(1) + 1, width) } else { (1, most) };
    let mut pieces = Vec::new();
    for from in (0..rows.outer).step_by(high as usize) {
        for column in (0..width).step_by(wide.max(1) as usize) {
            let (rows, columns) = (from..(from + high).min(rows.outer), column..(column + wide).min(width));
            let first = rows.start * row + start + columns.start;
            let end = (rows.end - 1) * row + start + columns.end;
            pieces.push(Piece { rows, columns, bound: first / ALIGNED * ALIGNED..end, first, row, width });
        }
    }
    pieces
}

impl Piece {
    /// Its copy from the whole to the stretch, or back.
    fn job(&self, label: &Rc<str>, whole: Region, stretch: Region, taken: bool) -> Job {
        let columns = self.columns.end - self.columns.start;
        let n = (self.rows.end - self.rows.start) * columns;
        let bound = whole.part(4 * self.bound.start, 4 * (self.bound.end - self.bound.start));
        let in_whole = (bound, [self.first - self.bound.start, self.row]);
        let in_stretch = (stretch, [self.rows.start * self.width + self.columns.start, self.width]);
        let (x, y) = if taken { (in_whole, in_stretch) } else { (in_stretch, in_whole) };
        Job::moves(label, [n, columns], x, y)
    }
}

/// The dispatches of a kernel whose operands can be bound: those of the first of its variants that suits.
pub(super) fn way(terms: &Terms, kernel: &Kernel, variants: &[Variant], reads: &[Region], writes: &[Region]) -> Vec<Job> {
    let label: Rc<str> = kernel.label.as_str().into();
    match variants.iter().find(|variant| terms.suits(variant)) {
        Some(variant) => passes(&label, &variant.passes, reads, writes),
        None => vec![Job::plain(&label, &kernel.gpu, reads.to_vec(), writes.to_vec())],
    }
}

/// The dispatches of passes.
pub(super) fn passes(label: &Rc<str>, passes: &[Pass], reads: &[Region], writes: &[Region]) -> Vec<Job> {
    let region = |operand: &Operand| match *operand {
        Operand::Read(index) => reads[index],
        Operand::Write(index) => writes[index],
        Operand::ReadPart(index, from, len) => reads[index].part(4 * from as u64, 4 * len as u64),
        Operand::WritePart(index, from, len) => writes[index].part(4 * from as u64, 4 * len as u64),
        Operand::Scratch(len) => Region { place: Place::Scratch(Scratch::Own), from: 0, len: 4 * len as u64 },
    };
    let all = |operands: &[Operand]| operands.iter().map(region).collect();
    passes.iter().map(|pass| Job::of(label, pass, all(&pass.reads), all(&pass.writes))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_bound_where_a_binding_may_begin() {
        // Columns 3..5 of 10 rows of 70, as many rows as go into 256 floats.
        let all = pieces(Rows { outer: 10, n: 70, inner: 1, by: 1 }, &(3..5), 1024);
        assert_eq!(all[0], Piece { rows: 0..3, columns: 0..2, bound: 0..145, first: 3, row: 70, width: 2 });
        assert_eq!(all[1], Piece { rows: 3..6, columns: 0..2, bound: 192..355, first: 213, row: 70, width: 2 });
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|piece| piece.bound.start % 64 == 0 && piece.bound.end - piece.bound.start <= 256));
        // A row that is longer than what is bound falls into parts.
        let all = pieces(Rows { outer: 2, n: 4, inner: 100, by: 1 }, &(1..4), 1024);
        let columns: Vec<Range<u64>> = all.iter().map(|piece| piece.columns.clone()).collect();
        assert_eq!(columns, [0..193, 193..300, 0..193, 193..300]);
        assert!(all.iter().all(|piece| piece.bound.start % 64 == 0 && piece.bound.end - piece.bound.start <= 256));
    }
}
