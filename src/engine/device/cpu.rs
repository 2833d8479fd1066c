//! The CPU as a device: runs the kernels' Rust twins, one after the other, at once.

use super::{Machine, Work};
use crate::error::{Error, Result};
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

/// So many zeros, of the bytes that a run takes in all.
fn zeros<T: Clone + Default>(len: usize, bytes: u64) -> Result<Vec<T>> {
    let mut values = Vec::new();
    let refused = |_| {
        let megabytes = bytes.div_ceil(1 << 20);
        Error::device(format!("this run needs {megabytes} MiB of memory, more than there is; try a smaller batch or a smaller set"))
    };
    values.try_reserve_exact(len).map_err(refused)?;
    values.resize(len, T::default());
    Ok(values)
}

/// The most operands that a kernel reads, and the most it writes.
const MOST: usize = 8;

impl CpuMachine {
    /// Allocates the memory of these plans; the error says how much there would have had to be.
    pub fn new(memory: &Memory, plans: Vec<Plan>) -> Result<Self> {
        let residents = memory.residents().len();
        let bytes = memory.bytes(&plans);
        let mut buffers = Vec::with_capacity(residents);
        for resident in memory.residents() {
            buffers.push(match resident.element {
                Element::F32 => Storage::F32(zeros(resident.len, bytes)?),
                Element::U8 => Storage::U8(zeros(resident.len, bytes)?),
            });
        }
        for len in pool(&plans) {
            buffers.push(Storage::F32(zeros(len, bytes)?));
        }
        let slots = plans.iter().map(|plan| pooled(plan).into_iter().map(|buffer| residents + buffer).collect()).collect();
        Ok(CpuMachine { buffers, plans, slots, readings: VecDeque::new(), spare: Vec::new(), bytes })
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
