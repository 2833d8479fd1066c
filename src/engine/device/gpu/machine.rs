//! Running what was loaded: one command buffer and one submit for a list of work, and reads that come back when they are ready.

use super::Gpu;
use crate::device::{Machine, Work};
use crate::error::{Error, Result};
use crate::graph::Element;
use crate::plan::arrange::across;
use crate::plan::{Buffer, Span};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

/// A dispatch ready to be encoded.
pub(super) struct Dispatch {
    pub pipeline: wgpu::ComputePipeline,
    pub bind_group: wgpu::BindGroup,
    pub workgroups: [u32; 3],
}

/// A resident's buffers: one, or where that would be larger than buffers are several.
pub(super) struct Segments {
    pub element: Element,
    /// Its first buffer.
    pub first: usize,
    /// The bytes of the resident at which they begin.
    pub starts: Vec<u64>,
}

/// Plans on a GPU.
pub struct GpuMachine {
    device: wgpu::Device,
    queue: wgpu::Queue,
    /// Residents first, then what the plans' slots share.
    buffers: Vec<wgpu::Buffer>,
    residents: Vec<Segments>,
    programs: Vec<Vec<Dispatch>>,
    /// Reads on their way, oldest first.
    reading: VecDeque<Reading>,
    /// Mappable buffers that wait for the next read: the ring.
    idle: Vec<Staging>,
    /// Where a read that comes in several parts is put together.
    joined: Vec<f32>,
    lost: Arc<Mutex<Option<String>>>,
    bytes: u64,
}

/// A mappable buffer, and how far its mapping is.
struct Staging {
    buffer: wgpu::Buffer,
    mapping: Arc<AtomicU8>,
}

/// One part of a read: what lies in one buffer.
struct Reading {
    ticket: u64,
    staging: Staging,
    bytes: u64,
    /// Whether the next one is of the same read.
    goes_on: bool,
}

impl Reading {
    /// What is mapped: a word at least, for there is no mapping of nothing.
    fn mapped(&self) -> Range<u64> {
        0..self.bytes.max(4)
    }
}

const WAITING: u8 = 0;
const MAPPED: u8 = 1;
const FAILED: u8 = 2;

impl GpuMachine {
    pub(super) fn new(gpu: &Gpu, buffers: Vec<wgpu::Buffer>, residents: Vec<Segments>, programs: Vec<Vec<Dispatch>>, bytes: u64) -> Self {
        GpuMachine {
            device: gpu.device.clone(),
            queue: gpu.queue.clone(),
            buffers,
            residents,
            programs,
            reading: VecDeque::new(),
            idle: Vec::new(),
            joined: Vec::new(),
            lost: gpu.lost.clone(),
            bytes,
        }
    }

    /// The `bytes` from the beginning of a resident place on: the buffer and first byte of each part, and which of the bytes they are.
    /// Slots mean nothing between runs and cannot be named from outside.
    fn locate(&self, span: Span, bytes: u64) -> Result<impl Iterator<Item = (&wgpu::Buffer, u64, Range<u64>)>> {
        let Buffer::Resident(index) = span.buffer else {
            return Err(Error::device("only resident memory can be read and written from outside"));
        };
        let Segments { element, first, starts } = &self.residents[index];
        let from = (span.offset * if *element == Element::U8 { 1 } else { 4 }) as u64;
        let parts = across(starts, from..from + bytes);
        Ok(parts.map(move |(index, part)| (&self.buffers[first + index], part.start - starts[index], part.start - from..part.end - from)))
    }

    /// Writes bytes to a place, buffer by buffer.
    fn put(&self, to: Span, bytes: &[u8]) {
        if let Ok(parts) = self.locate(to, bytes.len() as u64) {
            for (buffer, offset, part) in parts {
                self.queue.write_buffer(buffer, offset, &bytes[part.start as usize..part.end as usize]);
            }
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

    /// Has a place copied to where it can be read, buffer by buffer.
    fn read(&mut self, encoder: &mut wgpu::CommandEncoder, ticket: u64, span: Span) -> Result<()> {
        let mut rest = span;
        loop {
            let first = self.locate(rest, 4 * rest.len as u64)?.next();
            let Some((buffer, offset, part)) = first.map(|(buffer, offset, part)| (buffer.clone(), offset, part)) else { return Ok(()) };
            let staging = self.staging(part.end.max(4));
            encoder.copy_buffer_to_buffer(&buffer, offset, &staging.buffer, 0, Some(part.end));
            let read = part.end as usize / 4;
            self.reading.push_back(Reading { ticket, staging, bytes: part.end, goes_on: read < rest.len });
            if read == rest.len {
                return Ok(());
            }
            rest = rest.part(read, rest.len - read);
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
        self.put(to, bytemuck::cast_slice(values));
    }

    fn write_bytes(&mut self, to: Span, values: &[u8]) {
        self.put(to, values);
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
                    for (from_buffer, from_offset, part) in self.locate(from, 4 * from.len as u64)? {
                        let len = (part.end - part.start) as usize / 4;
                        for (to_buffer, to_offset, of) in self.locate(to.part(part.start as usize / 4, len), part.end - part.start)? {
                            let size = Some(of.end - of.start);
                            encoder.copy_buffer_to_buffer(from_buffer, from_offset + of.start, to_buffer, to_offset, size);
                        }
                    }
                }
                Work::Read { ticket, span } => {
                    self.read(&mut encoder, ticket, span)?;
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
                        Ok(view) => {
                            let values = &bytemuck::cast_slice(&view)[..reading.bytes as usize / 4];
                            if reading.goes_on || !self.joined.is_empty() {
                                self.joined.extend_from_slice(values);
                                if !reading.goes_on {
                                    take(reading.ticket, &self.joined);
                                    self.joined = Vec::new();
                                }
                            } else {
                                take(reading.ticket, values);
                            }
                        }
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
        self.reading.iter().filter(|reading| !reading.goes_on).count()
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}
