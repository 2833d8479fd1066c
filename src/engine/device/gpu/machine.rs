//! Running what was loaded: one command buffer and one submit for a list of work, and reads that come back when they are ready.

use super::Gpu;
use crate::device::{Machine, Work};
use crate::error::{Error, Result};
use crate::graph::Element;
use crate::plan::{Buffer, Span};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

/// A dispatch ready to be encoded.
pub(super) struct Dispatch {
    pub pipeline: wgpu::ComputePipeline,
    pub bind_group: wgpu::BindGroup,
    pub workgroups: [u32; 3],
}

/// Plans on a GPU.
pub struct GpuMachine {
    device: wgpu::Device,
    queue: wgpu::Queue,
    /// Residents first, then what the plans' slots share.
    buffers: Vec<wgpu::Buffer>,
    elements: Vec<Element>,
    programs: Vec<Vec<Dispatch>>,
    /// Reads on their way, oldest first.
    reading: VecDeque<Reading>,
    /// Mappable buffers that wait for the next read: the ring.
    idle: Vec<Staging>,
    lost: Arc<Mutex<Option<String>>>,
    bytes: u64,
}

/// A mappable buffer, and how far its mapping is.
struct Staging {
    buffer: wgpu::Buffer,
    mapping: Arc<AtomicU8>,
}

struct Reading {
    ticket: u64,
    staging: Staging,
    bytes: u64,
}

impl Reading {
    /// What is mapped: a word at least, for there is no mapping of nothing.
    fn mapped(&self) -> std::ops::Range<u64> {
        0..self.bytes.max(4)
    }
}

const WAITING: u8 = 0;
const MAPPED: u8 = 1;
const FAILED: u8 = 2;

impl GpuMachine {
    pub(super) fn new(gpu: &Gpu, buffers: Vec<wgpu::Buffer>, elements: Vec<Element>, programs: Vec<Vec<Dispatch>>, bytes: u64) -> Self {
        GpuMachine {
            device: gpu.device.clone(),
            queue: gpu.queue.clone(),
            buffers,
            elements,
            programs,
            reading: VecDeque::new(),
            idle: Vec::new(),
            lost: gpu.lost.clone(),
            bytes,
        }
    }

    /// The buffer of a resident place and its first byte. Slots mean nothing between runs and cannot be named from outside.
    fn locate(&self, span: Span) -> Result<(&wgpu::Buffer, u64)> {
        match span.buffer {
            Buffer::Resident(index) => {
                let size = if self.elements[index] == Element::U8 { 1 } else { 4 };
                Ok((&self.buffers[index], (span.offset * size) as u64))
            }
            Buffer::Slot(_) => Err(Error::device("only resident memory can be read and written from outside")),
        }
    }

    /// The smallest idle buffer that is large enough, or a new one.
    fn staging(&mut self, bytes: u64) -> Staging {
        let fits = self.idle.iter().enumerate().filter(|(_, staging)| staging.buffer.size() >= bytes);
        match fits.min_by_key(|(_, staging)| staging.buffer.size()).map(|(index, _)| index) {
            Some(index) => self.idle.swap_remove(index),
            None => {
                let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
                let descriptor = wgpu::BufferDescriptor { label: Some("readback"), size: bytes, usage, mapped_at_creation: false };
                Staging { buffer: self.device.create_buffer(&descriptor), mapping: Arc::default() }
            }
        }
    }

    fn check_lost(&self) -> Result<()> {
        match self.lost.lock() {
            Ok(lost) => lost.as_ref().map_or(Ok(()), |reason| Err(Error::device(reason.clone()))),
            Err(_) => Err(Error::device("the GPU's error handler failed")),
        }
    }
}

impl Drop for GpuMachine {
    /// A browser frees what is dropped only when it collects garbage, which it does not hasten for memory that is the GPU's.
    fn drop(&mut self) {
        self.buffers.iter().chain(self.idle.iter().map(|staging| &staging.buffer)).for_each(wgpu::Buffer::destroy);
    }
}

impl Machine for GpuMachine {
    fn write(&mut self, to: Span, values: &[f32]) {
        if let Ok((buffer, offset)) = self.locate(to) {
            self.queue.write_buffer(buffer, offset, bytemuck::cast_slice(values));
        }
    }

    fn write_bytes(&mut self, to: Span, values: &[u8]) {
        if let Ok((buffer, offset)) = self.locate(to) {
            self.queue.write_buffer(buffer, offset, values);
        }
    }

    fn submit(&mut self, work: &[Work]) -> Result<()> {
        self.check_lost()?;
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: None });
        let first_new = self.reading.len();
        for &work in work {
            match work {
                Work::Run(program) => {
                    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes: None });
                    for dispatch in &self.programs[program] {
                        pass.set_pipeline(&dispatch.pipeline);
                        pass.set_bind_group(0, &dispatch.bind_group, &[]);
                        let [x, y, z] = dispatch.workgroups;
                        pass.dispatch_workgroups(x, y, z);
                    }
                }
                Work::Copy { from, to } => {
                    let (from_buffer, from_offset) = self.locate(from)?;
                    let (to_buffer, to_offset) = self.locate(to)?;
                    encoder.copy_buffer_to_buffer(from_buffer, from_offset, to_buffer, to_offset, Some(4 * from.len as u64));
                }
                Work::Read { ticket, span } => {
                    let bytes = 4 * span.len as u64;
                    let staging = self.staging(bytes.max(4));
                    let (buffer, offset) = self.locate(span)?;
                    encoder.copy_buffer_to_buffer(buffer, offset, &staging.buffer, 0, Some(bytes));
                    self.reading.push_back(Reading { ticket, staging, bytes });
                }
            }
        }
        self.queue.submit([encoder.finish()]);
        for reading in self.reading.iter().skip(first_new) {
            let mapping = reading.staging.mapping.clone();
            mapping.store(WAITING, Ordering::Release);
            reading.staging.buffer.map_async(wgpu::MapMode::Read, reading.mapped(), move |result| {
                mapping.store(if result.is_ok() { MAPPED } else { FAILED }, Ordering::Release);
            });
        }
        Ok(())
    }

    fn poll(&mut self, take: &mut dyn FnMut(u64, &[f32])) -> Result<()> {
        // Natively this runs the callbacks; a browser runs them from its event loop.
        if let Err(error) = self.device.poll(wgpu::PollType::Poll) {
            return Err(Error::device(format!("the GPU stopped answering: {error}")));
        }
        self.check_lost()?;
        while let Some(reading) = self.reading.front() {
            match reading.staging.mapping.load(Ordering::Acquire) {
                WAITING => break,
                FAILED => return Err(Error::device("the GPU's results could not be read back")),
                _ => {
                    match reading.staging.buffer.get_mapped_range(reading.mapped()) {
                        Ok(view) => take(reading.ticket, &bytemuck::cast_slice(&view)[..reading.bytes as usize / 4]),
                        Err(error) => return Err(Error::device(format!("the GPU's results could not be read back: {error}"))),
                    }
                    reading.staging.buffer.unmap();
                    if let Some(reading) = self.reading.pop_front() {
                        self.idle.push(reading.staging);
                    }
                }
            }
        }
        Ok(())
    }

    fn pending(&self) -> usize {
        self.reading.len()
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}
