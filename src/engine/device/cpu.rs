//! The CPU as a device: runs the kernels' Rust twins, one after the other, at once.

use super::{Machine, Work};
use crate::error::Result;
use crate::graph::Element;
use crate::kernel::{Reads, Slice};
use crate::plan::{Buffer, Memory, Plan, Span, pool, pooled};
use std::collections::VecDeque;

/// Plans on the CPU.
pub struct CpuMachine {
    buffers: Vec<Storage>,
    plans: Vec<Plan>,
    /// For every plan and slot its buffer in `buffers`.
    slots: Vec<Vec<usize>>,
    readings: VecDeque<(u64, Vec<f32>)>,
    /// Vectors of earlier readings, to be used again.
    spare: Vec<Vec<f32>>,
    bytes: u64,
}

enum Storage {
    F32(Vec<f32>),
    U8(Vec<u8>),
}

/// The most operands that a kernel reads, and the most it writes.
const MOST: usize = 8;

impl CpuMachine {
    /// Allocates the memory of these plans.
    pub fn new(memory: &Memory, plans: Vec<Plan>) -> Self {
        let residents = memory.residents().len();
        let mut buffers: Vec<Storage> = memory
            .residents()
            .iter()
            .map(|resident| match resident.element {
                Element::F32 => Storage::F32(vec![0.0; resident.len]),
                Element::U8 => Storage::U8(vec![0; resident.len]),
            })
            .collect();
        buffers.extend(pool(&plans).into_iter().map(|len| Storage::F32(vec![0.0; len])));
        let slots = plans.iter().map(|plan| pooled(plan).into_iter().map(|buffer| residents + buffer).collect()).collect();
        let bytes = memory.bytes(&plans);
        CpuMachine { buffers, plans, slots, readings: VecDeque::new(), spare: Vec::new(), bytes }
    }

    fn run(&mut self, index: usize) {
        let slots = &self.slots[index];
        let at = |span: Span| match span.buffer {
            Buffer::Resident(buffer) => buffer,
            Buffer::Slot(slot) => slots[slot],
        };
        for step in &mut self.plans[index].steps {
            // The buffers written are taken out for the time of the call, so that the others can be read beside them.
            let mut taken: [Vec<f32>; MOST] = Default::default();
            for (place, &span) in taken.iter_mut().zip(&step.writes) {
                if let Storage::F32(values) = &mut self.buffers[at(span)] {
                    *place = std::mem::take(values);
                }
            }
            {
                let mut reads = [Slice::F32(&[]); MOST];
                for (slice, &span) in reads.iter_mut().zip(&step.reads) {
                    let range = span.offset..span.offset + span.len;
                    *slice = match &self.buffers[at(span)] {
                        Storage::F32(values) => Slice::F32(&values[range]),
                        Storage::U8(bytes) => Slice::U8(&bytes[range]),
                    };
                }
                let mut writes: [&mut [f32]; MOST] = Default::default();
                for ((slice, values), &span) in writes.iter_mut().zip(&mut taken).zip(&step.writes) {
                    *slice = &mut values[span.offset..span.offset + span.len];
                }
                (step.kernel.cpu)(&Reads(&reads[..step.reads.len()]), &mut writes[..step.writes.len()]);
            }
            for (values, &span) in taken.iter_mut().zip(&step.writes) {
                if let Storage::F32(place) = &mut self.buffers[at(span)] {
                    *place = std::mem::take(values);
                }
            }
        }
    }

    /// The floats of a resident place.
    fn floats(&mut self, span: Span) -> &mut [f32] {
        match span.buffer {
            Buffer::Resident(index) => match &mut self.buffers[index] {
                Storage::F32(values) => &mut values[span.offset..span.offset + span.len],
                Storage::U8(_) => &mut [],
            },
            Buffer::Slot(_) => &mut [],
        }
    }
}

impl Machine for CpuMachine {
    fn write(&mut self, to: Span, values: &[f32]) {
        self.floats(to)[..values.len()].copy_from_slice(values);
    }

    fn write_bytes(&mut self, to: Span, values: &[u8]) {
        if let Buffer::Resident(index) = to.buffer
            && let Storage::U8(bytes) = &mut self.buffers[index]
        {
            bytes[to.offset..to.offset + values.len()].copy_from_slice(values);
        }
    }

    fn submit(&mut self, work: &[Work]) -> Result<()> {
        for &work in work {
            match work {
                Work::Run(plan) => self.run(plan),
                Work::Copy { from, to } => {
                    let mut values = self.spare.pop().unwrap_or_default();
                    values.clear();
                    values.extend_from_slice(self.floats(from));
                    self.floats(to).copy_from_slice(&values);
                    self.spare.push(values);
                }
                Work::Read { ticket, span } => {
                    let mut values = self.spare.pop().unwrap_or_default();
                    values.clear();
                    values.extend_from_slice(self.floats(span));
                    self.readings.push_back((ticket, values));
                }
            }
        }
        Ok(())
    }

    fn poll(&mut self, take: &mut dyn FnMut(u64, &[f32])) -> Result<()> {
        while let Some((ticket, values)) = self.readings.pop_front() {
            take(ticket, &values);
            self.spare.push(values);
        }
        Ok(())
    }

    fn pending(&self) -> usize {
        self.readings.len()
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}
