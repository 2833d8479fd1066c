//! From an arrangement to buffers, pipelines and bind groups: all that is made once.

use super::Gpu;
use super::machine::{Dispatch, GpuMachine, Segments};
use super::pipelines::{Pipelines, Recipe};
use crate::error::{Error, Result};
use crate::plan::arrange::{self, Arrangement, arrange};
use crate::plan::{Memory, Plan};

pub(super) async fn load(gpu: &Gpu, memory: &Memory, plans: Vec<Plan>) -> Result<GpuMachine> {
    let device = &gpu.device;
    let arrangement = arrange(memory, &plans, &gpu.terms)?;
    let bytes = arrangement.bytes();
    let Arrangement { buffers, residents, programs } = arrangement;

    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let out_of_memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
    let buffers: Vec<wgpu::Buffer> = buffers
        .iter()
        .map(|(name, size)| {
            device.create_buffer(&wgpu::BufferDescriptor { label: Some(name), size: *size, usage, mapped_at_creation: false })
        })
        .collect();
    let mut loaded = Vec::with_capacity(programs.len());
    {
        let mut pipelines = gpu.pipelines()?;
        for program in &programs {
            loaded.push(program.iter().map(|job| dispatch(device, &mut pipelines, &buffers, job)).collect());
        }
    }
    // Both are closed before either answer is awaited: another load may open its own meanwhile, and scopes close in reverse order.
    let (out_of_memory, validation) = (out_of_memory.pop(), validation.pop());
    let (out_of_memory, validation) = (out_of_memory.await, validation.await);
    if let Some(error) = out_of_memory {
        return Err(Error::device(format!(
            "the device has no room for the {} MiB that this run needs; try a smaller batch ({error})",
            bytes >> 20
        )));
    }
    if let Some(error) = validation {
        gpu.pipelines()?.clear();
        return Err(Error::device(format!("the device refused a kernel: {error}")));
    }
    let residents = memory.residents().iter().zip(residents);
    let residents = residents.map(|(resident, (first, starts))| Segments { element: resident.element, first, starts }).collect();
    Ok(GpuMachine::new(gpu, buffers, residents, loaded, bytes))
}

/// A dispatch with its pipeline and what it binds.
fn dispatch(device: &wgpu::Device, pipelines: &mut Pipelines, buffers: &[wgpu::Buffer], job: &arrange::Dispatch) -> Dispatch {
    let arrange::Dispatch { label, source, entry, constants, workgroups, reads, writes } = job;
    let recipe = Recipe { label, source, entry, constants, reads: reads.len(), writes: writes.len() };
    let made = pipelines.get(device, &recipe);
    let entries: Vec<wgpu::BindGroupEntry> = reads
        .iter()
        .chain(writes)
        .zip(0..)
        .map(|(bound, binding)| wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &buffers[bound.buffer],
                offset: bound.from,
                size: wgpu::BufferSize::new(bound.len),
            }),
        })
        .collect();
    let descriptor = wgpu::BindGroupDescriptor { label: Some(label), layout: &made.layout, entries: &entries };
    Dispatch { pipeline: made.pipeline, bind_group: device.create_bind_group(&descriptor), workgroups: *workgroups }
}
