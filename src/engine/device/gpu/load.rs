//! From plans to buffers, pipelines and bind groups: all that is made once.

use super::Gpu;
use super::machine::{Dispatch, GpuMachine};
use super::pipelines::{Pipelines, Recipe};
use crate::error::{Error, Result};
use crate::graph::Element;
use crate::kernel::{Operand, Pass};
use crate::plan::{Buffer, Memory, Plan, Span, Step, pool, pooled};

pub(super) async fn load(gpu: &Gpu, memory: &Memory, plans: Vec<Plan>) -> Result<GpuMachine> {
    let device = &gpu.device;
    let limits = device.limits();
    let lengths = pool(&plans);
    let ways: Vec<Vec<Way<'_>>> = plans.iter().map(|plan| plan.steps.iter().map(|step| gpu.way(step)).collect()).collect();
    let scratch = ways.iter().flatten().map(|way| way.scratch).max().unwrap_or_default();
    let sizes = memory.residents().iter().map(|resident| (resident.name.as_str(), resident.bytes()));
    let sizes = sizes.chain(lengths.iter().map(|&len| ("activations", 4 * len as u64)));
    let sizes: Vec<(&str, u64)> = sizes.chain((scratch > 0).then_some(("scratch memory", 4 * scratch as u64))).collect();
    let bytes = memory.bytes(&plans) + 4 * scratch as u64;
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
    let mut programs = Vec::with_capacity(plans.len());
    {
        let mut pipelines = gpu.pipelines()?;
        for (plan, ways) in plans.iter().zip(&ways) {
            let slots = pooled(plan);
            let binding = |span: Span| {
                let buffer = match span.buffer {
                    Buffer::Resident(index) => &buffers[index],
                    Buffer::Slot(slot) => &buffers[residents + slots[slot]],
                };
                (buffer, (span.offset * bytes_per_element(memory, span)) as u64, bytes_of(memory, span))
            };
            let mut program = Vec::with_capacity(plan.steps.len());
            for (step, way) in plan.steps.iter().zip(ways) {
                for pass in way.passes.iter() {
                    let bound = pass.reads.iter().chain(pass.writes.iter()).map(|operand| match *operand {
                        Operand::Read(index) => binding(step.reads[index]),
                        Operand::Write(index) => binding(step.writes[index]),
                        Operand::Scratch(len) => (&buffers[buffers.len() - 1], 0, 4 * len as u64),
                    });
                    program.push(dispatch(device, &mut pipelines, &step.kernel.label, pass, bound));
                }
            }
            programs.push(program);
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
    let elements = memory.residents().iter().map(|resident| resident.element).collect();
    Ok(GpuMachine::new(gpu, buffers, elements, programs, bytes))
}

/// The dispatches of one step.
pub(super) struct Way<'a> {
    pub passes: std::borrow::Cow<'a, [Pass]>,
    /// Floats that they hand on to each other.
    pub scratch: usize,
}

impl<'a> Way<'a> {
    /// The step's own kernel.
    pub fn plain(step: &'a Step) -> Self {
        let kernel = &step.kernel.gpu;
        let pass = Pass {
            source: vec![kernel.source],
            entry: kernel.entry,
            constants: kernel.constants.clone(),
            workgroups: kernel.workgroups,
            reads: (0..step.reads.len()).map(Operand::Read).collect(),
            writes: (0..step.writes.len()).map(Operand::Write).collect(),
        };
        Way { passes: vec![pass].into(), scratch: 0 }
    }
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

/// A pass with what it binds: buffers, first bytes and lengths in bytes.
fn dispatch<'a>(
    device: &wgpu::Device,
    pipelines: &mut Pipelines,
    label: &str,
    pass: &Pass,
    bound: impl Iterator<Item = (&'a wgpu::Buffer, u64, u64)>,
) -> Dispatch {
    let Pass { source, entry, constants, workgroups, reads, writes } = pass;
    let recipe = Recipe { label, source, entry, constants, reads: reads.len(), writes: writes.len() };
    let made = pipelines.get(device, &recipe);
    let entries: Vec<wgpu::BindGroupEntry> = bound
        .zip(0..)
        .map(|((buffer, offset, size), binding)| wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size: wgpu::BufferSize::new(size) }),
        })
        .collect();
    let descriptor = wgpu::BindGroupDescriptor { label: Some(label), layout: &made.layout, entries: &entries };
    Dispatch { pipeline: made.pipeline, bind_group: device.create_bind_group(&descriptor), workgroups: *workgroups }
}
