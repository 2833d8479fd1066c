//! From plans to buffers, pipelines and bind groups: all that is made once.

use super::Gpu;
use super::machine::{Dispatch, GpuMachine};
use crate::error::{Error, Result};
use crate::graph::Element;
use crate::kernel::GpuKernel;
use crate::plan::{Buffer, Memory, Plan, Span, Step, pool, pooled};
use std::collections::HashMap;

pub(super) async fn load(gpu: &Gpu, memory: &Memory, plans: Vec<Plan>) -> Result<GpuMachine> {
    let device = &gpu.device;
    let limits = device.limits();
    let lengths = pool(&plans);
    let sizes = memory.residents().iter().map(|resident| (resident.name.as_str(), resident.bytes()));
    let sizes: Vec<(&str, u64)> = sizes.chain(lengths.iter().map(|&len| ("activations", 4 * len as u64))).collect();
    let bound = plans.iter().flat_map(|plan| plan.steps.iter().flat_map(|step| step.reads.iter().chain(&step.writes)));
    let bound = bound.map(|span| ("numbers of one dispatch", bytes_of(memory, *span)));
    let checked = [(&sizes, limits.max_buffer_size), (&bound.collect(), limits.max_storage_buffer_binding_size)];
    for (sizes, most) in checked {
        if let Some((name, bytes)) = sizes.iter().find(|(_, bytes)| *bytes > most) {
            return Err(Error::device(format!(
                "the {name} need {} MiB in one piece and this device gives {} MiB; try a smaller batch or a smaller set",
                bytes.div_ceil(1 << 20),
                most >> 20
            )));
        }
    }

    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let out_of_memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST;
    let buffers: Vec<wgpu::Buffer> = sizes
        .iter()
        .map(|&(name, size)| device.create_buffer(&wgpu::BufferDescriptor { label: Some(name), size, usage, mapped_at_creation: false }))
        .collect();
    let residents = memory.residents().len();
    let mut pipelines = Pipelines::new(device);
    let mut programs = Vec::with_capacity(plans.len());
    for plan in &plans {
        let slots = pooled(plan);
        let buffer = |span: Span| match span.buffer {
            Buffer::Resident(index) => &buffers[index],
            Buffer::Slot(slot) => &buffers[residents + slots[slot]],
        };
        programs.push(plan.steps.iter().map(|step| dispatch(device, &mut pipelines, step, &buffer, memory)).collect());
    }
    // Both are closed before either answer is awaited: another load may open its own meanwhile, and scopes close in reverse order.
    let (out_of_memory, validation) = (out_of_memory.pop(), validation.pop());
    let (out_of_memory, validation) = (out_of_memory.await, validation.await);
    if let Some(error) = out_of_memory {
        let total = memory.bytes(&plans) >> 20;
        return Err(Error::device(format!(
            "the device has no room for the {total} MiB that this run needs; try a smaller batch ({error})"
        )));
    }
    if let Some(error) = validation {
        return Err(Error::device(format!("the device refused a kernel: {error}")));
    }
    let elements = memory.residents().iter().map(|resident| resident.element).collect();
    Ok(GpuMachine::new(gpu, buffers, elements, programs, memory.bytes(&plans)))
}

fn bytes_per_element(memory: &Memory, span: Span) -> usize {
    match span.buffer {
        Buffer::Resident(index) if memory.residents()[index].element == Element::U8 => 1,
        _ => 4,
    }
}

/// What a span takes, in whole words.
fn bytes_of(memory: &Memory, span: Span) -> u64 {
    ((span.len * bytes_per_element(memory, span)) as u64).next_multiple_of(4)
}

fn dispatch<'a>(
    device: &wgpu::Device,
    pipelines: &mut Pipelines<'_>,
    step: &Step,
    buffer: &impl Fn(Span) -> &'a wgpu::Buffer,
    memory: &Memory,
) -> Dispatch {
    let (pipeline, layout) = pipelines.get(&step.kernel.label, &step.kernel.gpu, step.reads.len(), step.writes.len());
    let entries: Vec<wgpu::BindGroupEntry<'_>> = step
        .reads
        .iter()
        .chain(&step.writes)
        .enumerate()
        .map(|(binding, &span)| wgpu::BindGroupEntry {
            binding: binding as u32,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: buffer(span),
                offset: (span.offset * bytes_per_element(memory, span)) as u64,
                size: wgpu::BufferSize::new(bytes_of(memory, span)),
            }),
        })
        .collect();
    let bind_group =
        device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(&step.kernel.label), layout: &layout, entries: &entries });
    Dispatch { pipeline, bind_group, workgroups: step.kernel.gpu.workgroups }
}

/// Pipelines by kernel, so that two layers of the same sizes share one.
struct Pipelines<'a> {
    device: &'a wgpu::Device,
    modules: HashMap<&'static str, wgpu::ShaderModule>,
    layouts: HashMap<(usize, usize), wgpu::BindGroupLayout>,
    made: Vec<(GpuKernel, wgpu::ComputePipeline)>,
}

impl<'a> Pipelines<'a> {
    fn new(device: &'a wgpu::Device) -> Self {
        Pipelines { device, modules: HashMap::new(), layouts: HashMap::new(), made: Vec::new() }
    }

    fn get(&mut self, label: &str, kernel: &GpuKernel, reads: usize, writes: usize) -> (wgpu::ComputePipeline, wgpu::BindGroupLayout) {
        let device = self.device;
        let layout = self.layouts.entry((reads, writes)).or_insert_with(|| bind_group_layout(device, reads, writes)).clone();
        let same =
            |made: &GpuKernel| std::ptr::eq(made.source, kernel.source) && made.entry == kernel.entry && made.constants == kernel.constants;
        if let Some((_, pipeline)) = self.made.iter().find(|(made, _)| same(made)) {
            return (pipeline.clone(), layout);
        }
        let module = self.modules.entry(kernel.source).or_insert_with(|| {
            device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(label),
                source: wgpu::ShaderSource::Wgsl(kernel.source.into()),
            })
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(label),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(label),
            layout: Some(&pipeline_layout),
            module,
            entry_point: Some(kernel.entry),
            compilation_options: wgpu::PipelineCompilationOptions { constants: &kernel.constants, ..Default::default() },
            cache: None,
        });
        self.made.push((kernel.clone(), pipeline.clone()));
        (pipeline, layout)
    }
}

/// Reads first, then writes.
fn bind_group_layout(device: &wgpu::Device, reads: usize, writes: usize) -> wgpu::BindGroupLayout {
    let entries: Vec<wgpu::BindGroupLayoutEntry> = (0..reads + writes)
        .map(|binding| wgpu::BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: wgpu::BufferBindingType::Storage { read_only: binding < reads },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
}
