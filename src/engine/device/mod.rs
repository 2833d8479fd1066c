//! The narrow interface between plans and what runs them. There are two devices: `gpu` (wgpu) and `cpu` (the kernels' twins).
//!
//! A device knows kernels and buffers; it knows nothing of graphs, models or training.

pub mod cpu;
pub mod gpu;

use crate::error::Result;
use crate::plan::{Memory, Plan, Span};

/// Something that plans can be loaded on.
pub enum Device {
    /// Rust on one core.
    Cpu,
    /// A GPU through wgpu.
    Gpu(gpu::Gpu),
}

impl Device {
    /// The CPU; always there.
    pub fn cpu() -> Self {
        Device::Cpu
    }

    /// Makes buffers and kernels for these plans. Fails with a sentence where the device cannot hold them.
    pub async fn load(&self, memory: &Memory, plans: Vec<Plan>) -> Result<Box<dyn Machine>> {
        match self {
            Device::Cpu => Ok(Box::new(cpu::CpuMachine::new(memory, plans)?)),
            Device::Gpu(gpu) => Ok(Box::new(gpu.load(memory, plans).await?)),
        }
    }

    /// What [`Device::load`] would take of it for these plans, in bytes: a GPU needs some for what its kernels hand on to each other. Fails
    /// where it could not compute them.
    pub fn bytes(&self, memory: &Memory, plans: &[Plan]) -> Result<u64> {
        match self {
            Device::Cpu => Ok(memory.bytes(plans)),
            Device::Gpu(gpu) => gpu.bytes(memory, plans),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Device::Cpu => "CPU",
            Device::Gpu(gpu) => gpu.name(),
        }
    }
}

/// One thing for a machine to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Work {
    /// Run the plan of this index.
    Run(usize),
    /// Copy one place in memory to another of the same length.
    Copy {
        /// From here.
        from: Span,
        /// To there.
        to: Span,
    },
    /// Bring numbers back; they arrive at [`Machine::poll`] some time later.
    Read {
        /// Handed back with the numbers.
        ticket: u64,
        /// Which numbers.
        span: Span,
    },
}

/// Plans on a device, with their memory.
pub trait Machine {
    /// Writes floats; they are seen by everything submitted after, and by nothing submitted before.
    fn write(&mut self, to: Span, values: &[f32]);

    /// Writes bytes into a buffer of bytes, in the same order as [`Machine::write`]. Offset and length are multiples of four.
    fn write_bytes(&mut self, to: Span, values: &[u8]);

    /// Does the work in order: on a GPU in one command buffer and one submit, without waiting.
    fn submit(&mut self, work: &[Work]) -> Result<()>;

    /// Hands over the reads that have finished, in the order in which they were submitted. Never waits.
    fn poll(&mut self, take: &mut dyn FnMut(u64, &[f32])) -> Result<()>;

    /// How many reads have not finished.
    fn pending(&self) -> usize;

    /// Bytes that it takes on the device.
    fn bytes(&self) -> u64;
}

/// Polls until every read has finished: for tests and tools, natively.
#[cfg(not(target_arch = "wasm32"))]
pub fn finish(machine: &mut dyn Machine, take: &mut dyn FnMut(u64, &[f32])) -> Result<()> {
    while machine.pending() > 0 {
        machine.poll(take)?;
        std::thread::yield_now();
    }
    Ok(())
}
