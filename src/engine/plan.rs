//! A plan: a graph made ready to run. Dead nodes are dropped, every value has a place, places are used again by liveness.
//!
//! Knows graphs and kernels; knows nothing of devices beyond the bytes they will need.

pub mod arrange;
mod fuse;
mod order;
mod share;

use crate::error::{Error, Result};
use crate::graph::{Element, Graph, NodeId, Source};
use crate::kernel::{Kernel, Ranges, Variant};
use crate::ops::{self, Op};
use crate::shape::Shape;
use order::{Order, order};
use share::{Value, most_alive, share};
use std::sync::Arc;

/// A buffer: one that stays between runs, or one that the values of a plan share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Buffer {
    /// Index into [`Memory::residents`].
    Resident(usize),
    /// Index into [`Plan::slots`].
    Slot(usize),
}

/// A stretch of a buffer, in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The buffer.
    pub buffer: Buffer,
    /// First element.
    pub offset: usize,
    /// Number of elements.
    pub len: usize,
}

impl Span {
    /// A part of this span: `len` elements from `offset` on.
    pub fn part(self, offset: usize, len: usize) -> Span {
        debug_assert!(offset + len <= self.len);
        Span { buffer: self.buffer, offset: self.offset + offset, len }
    }
}

/// A buffer that keeps its numbers between runs and is shared by all plans of a machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Resident {
    /// For messages and profiles.
    pub name: String,
    /// Number of elements.
    pub len: usize,
    /// What they are.
    pub element: Element,
}

impl Resident {
    /// Bytes on the device: whole words.
    pub fn bytes(&self) -> u64 {
        match self.element {
            Element::F32 => 4 * self.len as u64,
            Element::U8 => (self.len as u64).next_multiple_of(4),
        }
    }
}

/// The resident buffers of a machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    residents: Vec<Resident>,
}

/// Parts of a resident that are bound to kernels one by one begin at multiples of this many floats (256 bytes, what WebGPU asks).
pub const ALIGNMENT: usize = 64;

impl Memory {
    /// No buffers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a buffer, filled with zeros; answers the whole of it.
    pub fn add(&mut self, name: &str, len: usize, element: Element) -> Span {
        self.residents.push(Resident { name: name.into(), len: len.max(1), element });
        Span { buffer: Buffer::Resident(self.residents.len() - 1), offset: 0, len }
    }

    /// All buffers, in the order in which they were added.
    pub fn residents(&self) -> &[Resident] {
        &self.residents
    }

    /// What a machine with these buffers and plans takes, in bytes.
    pub fn bytes(&self, plans: &[Plan]) -> u64 {
        let residents: u64 = self.residents.iter().map(Resident::bytes).sum();
        residents + 4 * pool(plans).iter().sum::<usize>() as u64
    }
}

/// One dispatch with its operands.
#[derive(Debug)]
pub struct Step {
    /// What runs.
    pub kernel: Kernel,
    /// Other ways to run it on a GPU, the better ones of a family first.
    pub variants: Vec<Variant>,
    /// How it is computed in parts, if it can be.
    pub parts: Option<Parts>,
    /// What it reads, in the order of its parameters.
    pub reads: Vec<Span>,
    /// What it writes.
    pub writes: Vec<Span>,
}

/// How a step is computed where its operands are more than a device can bind at once.
#[derive(Debug)]
pub enum Parts {
    /// As an operation of smaller tensors.
    Op {
        /// The operation.
        op: Arc<dyn Op>,
        /// The shapes of its inputs.
        inputs: Vec<Shape>,
        /// The shape of its output.
        output: Shape,
    },
    /// Range by range.
    Ranges(Ranges),
}

/// A list of dispatches with a place for every value.
#[derive(Debug)]
pub struct Plan {
    /// For profiles and messages.
    pub label: String,
    /// The dispatches, in order.
    pub steps: Vec<Step>,
    /// Length in floats of every buffer that is the plan's own; its contents mean nothing between runs.
    pub slots: Vec<usize>,
    /// The most floats that are alive at once: no plan of these dispatches in this order needs fewer in its slots.
    pub most_alive: usize,
    /// How many floats are computed into slots in all: what they would take if none were used again.
    pub computed: usize,
}

/// Whether places are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// As soon as nothing reads them any more.
    ByLiveness,
    /// Never: every value keeps its place. Takes more memory and gives the same numbers.
    Never,
}

impl Plan {
    /// Plans the computation of `outputs`, each into its place, from `inputs`, each at its place. Nodes that no output needs
    /// are not computed. Every input of the graph that is needed must have a place.
    pub fn new(label: &str, graph: &Graph, inputs: &[(NodeId, Span)], outputs: &[(NodeId, Span)]) -> Result<Plan> {
        Plan::with_reuse(label, graph, inputs, outputs, Reuse::ByLiveness)
    }

    /// The same, with or without using places again.
    pub fn with_reuse(label: &str, graph: &Graph, inputs: &[(NodeId, Span)], outputs: &[(NodeId, Span)], reuse: Reuse) -> Result<Plan> {
        let graph = &fuse::fuse(graph, outputs);
        let Order { nodes, last_use, used } = order(graph, outputs);
        let mut places: Vec<Option<Span>> = vec![None; graph.len()];
        for &(id, span) in inputs {
            check_len(graph, id, span)?;
            places[id.index()] = Some(span);
        }
        let mut plan = Plan { label: label.into(), steps: Vec::new(), slots: Vec::new(), most_alive: 0, computed: 0 };
        let mut values: Vec<Value> = Vec::new();
        for (now, id) in nodes.into_iter().enumerate() {
            let node = &graph[id];
            match &node.source {
                Source::Input => {
                    if places[id.index()].is_none() {
                        return Err(Error::model(format!("plan '{label}': input '{}' has no place in memory", node.name)));
                    }
                }
                Source::View(of) => places[id.index()] = places[of.index()],
                Source::Op { op, inputs } => {
                    let shapes: Vec<_> = inputs.iter().map(|&input| graph.shape(input)).collect();
                    let reads: Vec<Span> = inputs.iter().filter_map(|input| places[input.index()]).collect();
                    // A buffer cannot be read and written in one dispatch: a value that is read again, or whose buffer its own
                    // operation reads, is computed elsewhere and copied in the end. So is one that has several places.
                    let mut own = outputs.iter().filter(|(output, _)| *output == id);
                    let direct = match (own.next(), own.next()) {
                        (Some(only), None) if !used[id.index()] && reads.iter().all(|read| read.buffer != only.1.buffer) => Some(only),
                        _ => None,
                    };
                    let place = match direct {
                        Some(&(_, span)) => {
                            check_len(graph, id, span)?;
                            span
                        }
                        None => {
                            // At first every value has a slot of its own. An empty one has a place too: devices have no empty buffers.
                            let (slot, len) = (values.len(), node.shape.numel().max(1));
                            values.push(Value { len, from: now, to: last_use[id.index()] });
                            Span { buffer: Buffer::Slot(slot), offset: 0, len: node.shape.numel() }
                        }
                    };
                    places[id.index()] = Some(place);
                    plan.push(op.kernel(&shapes, &node.shape), reads, vec![place]);
                    if place.len > 0
                        && let Some(step) = plan.steps.last_mut()
                    {
                        step.variants = op.variants(&shapes, &node.shape);
                        step.parts = Some(match op.ranges(&shapes) {
                            Some(ranges) => Parts::Ranges(ranges),
                            None => Parts::Op { op: op.clone(), inputs: shapes.into_iter().cloned().collect(), output: node.shape.clone() },
                        });
                    }
                }
            }
        }
        plan.copy_outputs(graph, &places, outputs)?;
        plan.share(&values, reuse);
        Ok(plan)
    }

    /// Adds a dispatch by hand: an optimizer's, which changes what it reads. One that would write nothing, because what it writes is
    /// empty, is none.
    pub fn push(&mut self, kernel: Kernel, reads: Vec<Span>, writes: Vec<Span>) {
        if writes.iter().any(|write| write.len > 0) {
            self.steps.push(Step { kernel, variants: Vec::new(), parts: None, reads, writes });
        }
    }

    /// The same of one that can be computed range by range.
    pub fn push_ranges(&mut self, kernel: Kernel, ranges: Ranges, reads: Vec<Span>, writes: Vec<Span>) {
        let before = self.steps.len();
        self.push(kernel, reads, writes);
        if let Some(step) = self.steps[before..].first_mut() {
            step.parts = Some(Parts::Ranges(ranges));
        }
    }

    /// Lets values that are not alive at the same time share a slot.
    fn share(&mut self, values: &[Value], reuse: Reuse) {
        self.computed = values.iter().map(|value| value.len).sum();
        self.most_alive = most_alive(values);
        let slot_of: Vec<usize> = match reuse {
            Reuse::ByLiveness => {
                let shared = share(values);
                self.slots = shared.lengths;
                shared.slot_of
            }
            Reuse::Never => {
                self.slots = values.iter().map(|value| value.len).collect();
                (0..values.len()).collect()
            }
        };
        for span in self.steps.iter_mut().flat_map(|step| step.reads.iter_mut().chain(&mut step.writes)) {
            if let Buffer::Slot(value) = span.buffer {
                span.buffer = Buffer::Slot(slot_of[value]);
            }
        }
    }

    /// Outputs that were not computed in their place (views, inputs, one node asked for twice) are copied there.
    fn copy_outputs(&mut self, graph: &Graph, places: &[Option<Span>], outputs: &[(NodeId, Span)]) -> Result<()> {
        for &(id, span) in outputs {
            check_len(graph, id, span)?;
            match places[id.index()] {
                Some(place) if place == span => {}
                Some(place) if place.buffer == span.buffer => {
                    let name = &graph[id].name;
                    return Err(Error::model(format!("plan '{}': '{name}' is to be copied within one buffer", self.label)));
                }
                Some(place) => {
                    self.push_ranges(ops::copy_kernel(span.len), ops::copy_ranges(span.len), vec![place], vec![span]);
                }
                None => return Err(Error::model(format!("plan '{}': output '{}' is never computed", self.label, graph[id].name))),
            }
        }
        Ok(())
    }
}

fn check_len(graph: &Graph, id: NodeId, span: Span) -> Result<()> {
    let node = &graph[id];
    if node.shape.numel() == span.len {
        Ok(())
    } else {
        Err(Error::model(format!("'{}' of shape {} was given a place of {} numbers", node.name, node.shape, span.len)))
    }
}

/// The buffers that the slots of several plans share, since only one plan runs at a time: slot `i` of a plan lies in buffer
/// [`pooled`]`(plan)[i]`, and this gives each buffer's length.
pub fn pool(plans: &[Plan]) -> Vec<usize> {
    let mut sizes: Vec<usize> = Vec::new();
    for plan in plans {
        for (index, buffer) in pooled(plan).into_iter().enumerate() {
            if buffer >= sizes.len() {
                sizes.resize(buffer + 1, 0);
            }
            sizes[buffer] = sizes[buffer].max(plan.slots[index]);
        }
    }
    sizes
}

/// For every slot of a plan its buffer in the [`pool`]: the largest slot in the first, and so on.
pub fn pooled(plan: &Plan) -> Vec<usize> {
    let mut order: Vec<usize> = (0..plan.slots.len()).collect();
    order.sort_by_key(|&slot| std::cmp::Reverse(plan.slots[slot]));
    let mut buffers = vec![0; order.len()];
    for (buffer, &slot) in order.iter().enumerate() {
        buffers[slot] = buffer;
    }
    buffers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{relu, tanh};

    /// A chain of `n` tanh of 10 numbers.
    fn chain(n: usize) -> (Graph, Vec<NodeId>) {
        let mut graph = Graph::new();
        let mut nodes = vec![graph.input("x", Shape::new(&[10]), Element::F32)];
        for i in 0..n {
            nodes.push(tanh(&mut graph, nodes[i]).unwrap());
        }
        (graph, nodes)
    }

    #[test]
    fn a_chain_needs_two_slots_however_long() {
        let (graph, nodes) = chain(9);
        let mut memory = Memory::new();
        let (x, y) = (memory.add("x", 10, Element::F32), memory.add("y", 10, Element::F32));
        let plan = Plan::new("chain", &graph, &[(nodes[0], x)], &[(nodes[9], y)]).unwrap();
        assert_eq!((plan.steps.len(), plan.slots.as_slice()), (9, [10, 10].as_slice()));
        assert_eq!(memory.bytes(&[plan]), 4 * 40);
    }

    #[test]
    fn what_no_output_needs_is_not_computed() {
        let (mut graph, nodes) = chain(2);
        relu(&mut graph, nodes[1]).unwrap();
        let mut memory = Memory::new();
        let (x, y) = (memory.add("x", 10, Element::F32), memory.add("y", 10, Element::F32));
        let plan = Plan::new("dead", &graph, &[(nodes[0], x)], &[(nodes[1], y)]).unwrap();
        assert_eq!(plan.steps.len(), 1);
    }

    #[test]
    fn no_dispatch_reads_and_writes_one_buffer() {
        let (graph, nodes) = chain(4);
        let mut memory = Memory::new();
        let (x, all) = (memory.add("x", 10, Element::F32), memory.add("all", 40, Element::F32));
        let outputs: Vec<_> = (0..4).map(|i| (nodes[i + 1], all.part(10 * i, 10))).collect();
        let plan = Plan::new("all outputs", &graph, &[(nodes[0], x)], &outputs).unwrap();
        for step in &plan.steps {
            assert!(step.reads.iter().all(|read| step.writes.iter().all(|write| read.buffer != write.buffer)), "{step:?}");
        }
    }

    #[test]
    fn a_value_may_have_two_places_in_one_buffer() {
        let (graph, nodes) = chain(1);
        let mut memory = Memory::new();
        let (x, all) = (memory.add("x", 10, Element::F32), memory.add("all", 20, Element::F32));
        let outputs = [(nodes[1], all.part(0, 10)), (nodes[1], all.part(10, 10))];
        let plan = Plan::new("twice", &graph, &[(nodes[0], x)], &outputs).unwrap();
        let written: Vec<Span> = plan.steps[1..].iter().map(|step| step.writes[0]).collect();
        assert_eq!(written, [all.part(0, 10), all.part(10, 10)]);
    }

    #[test]
    fn what_is_empty_takes_no_step_but_a_place() {
        let mut graph = Graph::new();
        let x = graph.input("x", Shape::new(&[2, 0]), Element::F32);
        let once = tanh(&mut graph, x).unwrap();
        let twice = tanh(&mut graph, once).unwrap();
        let mut memory = Memory::new();
        let (from, to) = (memory.add("x", 0, Element::F32), memory.add("y", 0, Element::F32));
        let plan = Plan::new("empty", &graph, &[(x, from)], &[(twice, to)]).unwrap();
        assert_eq!((plan.steps.len(), plan.slots.as_slice()), (0, [1].as_slice()));
    }

    #[test]
    fn an_input_without_a_place_is_named() {
        let (graph, nodes) = chain(1);
        let mut memory = Memory::new();
        let y = memory.add("y", 10, Element::F32);
        let error = Plan::new("lost", &graph, &[], &[(nodes[1], y)]).unwrap_err().to_string();
        assert_eq!(error, "plan 'lost': input 'x' has no place in memory");
    }
}
