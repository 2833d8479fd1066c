//! Compiled kernels, made once and kept for the life of a device: a run that begins anew has them at once.
//!
//! Knows sources, constants and bindings; knows nothing of plans or buffers.

use std::collections::HashMap;

/// What a pipeline is made from.
pub(super) struct Recipe<'a> {
    pub label: &'a str,
    pub source: &'a [&'static str],
    pub entry: &'static str,
    pub constants: &'a [(&'static str, f64)],
    pub reads: usize,
    pub writes: usize,
}

/// A pipeline and the layout of what it binds.
#[derive(Clone)]
pub(super) struct Pipeline {
    pub pipeline: wgpu::ComputePipeline,
    pub layout: wgpu::BindGroupLayout,
}

/// A recipe without its label; numbers by their bits.
type Key = (Vec<&'static str>, &'static str, Vec<(&'static str, u64)>, [usize; 2]);

/// All pipelines of a device.
#[derive(Default)]
pub(super) struct Pipelines {
    modules: HashMap<Vec<&'static str>, wgpu::ShaderModule>,
    layouts: HashMap<[usize; 2], wgpu::BindGroupLayout>,
    made: HashMap<Key, Pipeline>,
}

impl Pipelines {
    /// Forgets all: after one of them was refused.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The pipeline of a recipe, made if it is the first of its kind.
    pub fn get(&mut self, device: &wgpu::Device, recipe: &Recipe<'_>) -> Pipeline {
        let bound = [recipe.reads, recipe.writes];
        let constants = recipe.constants.iter().map(|&(name, value)| (name, value.to_bits())).collect();
        let key: Key = (recipe.source.to_vec(), recipe.entry, constants, bound);
        if let Some(made) = self.made.get(&key) {
            return made.clone();
        }
        let layout = self.layouts.entry(bound).or_insert_with(|| bind_group_layout(device, bound)).clone();
        let module = self.modules.entry(recipe.source.to_vec()).or_insert_with(|| {
            let source = wgpu::ShaderSource::Wgsl(recipe.source.concat().into());
            device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(recipe.label), source })
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(recipe.label),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(recipe.label),
            layout: Some(&pipeline_layout),
            module,
            entry_point: Some(recipe.entry),
            compilation_options: wgpu::PipelineCompilationOptions { constants: recipe.constants, ..Default::default() },
            cache: None,
        });
        let made = Pipeline { pipeline, layout };
        self.made.insert(key, made.clone());
        made
    }
}

/// Reads first, then writes.
fn bind_group_layout(device: &wgpu::Device, [reads, writes]: [usize; 2]) -> wgpu::BindGroupLayout {
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
