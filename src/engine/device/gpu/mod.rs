//! The GPU as a device: wgpu, so WebGPU in a browser and Vulkan, Metal or DX12 natively.

mod load;
mod machine;
mod pipelines;

use crate::error::{Error, Result};
use crate::kernel::Family;
use crate::plan::arrange::{Limits, Terms, arrange};
use crate::plan::{Memory, Plan};
use pipelines::Pipelines;
use std::sync::{Arc, Mutex, MutexGuard};

/// Which adapters will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapters {
    /// Only real GPUs.
    Hardware,
    /// A software rasteriser too.
    Any,
}

/// What is known of an adapter before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterReport {
    /// Its name, as far as the browser tells.
    pub name: String,
    /// Whether it computes on the CPU after all.
    pub software: bool,
}

/// An open GPU.
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    report: AdapterReport,
    /// The first thing that went wrong outside of any call.
    lost: Arc<Mutex<Option<String>>>,
    /// How much it takes at once, and which ways of computing suit it.
    terms: Terms,
    /// What has been compiled.
    pipelines: Arc<Mutex<Pipelines>>,
}

impl Gpu {
    /// Opens the best adapter of those that will do; the error says in a sentence why there is none.
    pub async fn open(adapters: Adapters) -> Result<Gpu> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let options = wgpu::RequestAdapterOptions { power_preference: wgpu::PowerPreference::HighPerformance, ..Default::default() };
        let adapter = instance.request_adapter(&options).await.map_err(|_| Error::device("there is no WebGPU adapter here"))?;
        let info = adapter.get_info();
        let report = AdapterReport { name: name_of(&info), software: is_software(&info) };
        if report.software && adapters == Adapters::Hardware {
            return Err(Error::device(format!("the only WebGPU adapter, {}, computes in software", report.name)));
        }
        Self::from_adapter(&adapter, report).await
    }

    async fn from_adapter(adapter: &wgpu::Adapter, report: AdapterReport) -> Result<Gpu> {
        let most = adapter.limits();
        let limits = wgpu::Limits {
            max_buffer_size: most.max_buffer_size,
            max_storage_buffer_binding_size: most.max_storage_buffer_binding_size,
            ..wgpu::Limits::default().or_worse_values_from(&most)
        };
        let descriptor = wgpu::DeviceDescriptor { label: Some("stride"), required_limits: limits, ..Default::default() };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|error| Error::device(format!("{} refused to open: {error}", report.name)))?;
        let lost = Arc::new(Mutex::new(None));
        let note = lost.clone();
        device.set_device_lost_callback(move |reason, message| {
            if let Ok(mut lost) = note.lock() {
                lost.get_or_insert(format!("the GPU was lost ({reason:?}): {message}"));
            }
        });
        let note = lost.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            if let Ok(mut lost) = note.lock() {
                lost.get_or_insert(format!("the GPU reported an error: {error}"));
            }
        }));
        let family = Some(if report.software { Family::Registers } else { Family::Workgroups });
        let limits = Limits::new(most.max_buffer_size, most.max_storage_buffer_binding_size);
        let terms = Terms { limits, family, always: false };
        Ok(Gpu { device, queue, report, lost, terms, pipelines: Arc::default() })
    }

    /// The adapter's name.
    pub fn name(&self) -> &str {
        &self.report.name
    }

    /// What is known of the adapter.
    pub fn report(&self) -> &AdapterReport {
        &self.report
    }

    /// Takes the ways of this family from the next load on, for small kernels too, or every kernel's own: for tests and measurements.
    pub fn set_family(&mut self, family: Option<Family>) {
        self.terms.family = family;
        self.terms.always = true;
    }

    /// How much it takes at once.
    pub fn limits(&self) -> Limits {
        self.terms.limits
    }

    /// Keeps within smaller limits than the device's own from the next load on: for tests, and to see what a lesser device would make
    /// of a run.
    pub fn set_limits(&mut self, limits: Limits) {
        let own = self.device.limits();
        self.terms.limits = Limits::new(limits.buffer.min(own.max_buffer_size), limits.binding.min(own.max_storage_buffer_binding_size));
    }

    /// What these plans take here, in bytes, before anything is allocated.
    pub(super) fn bytes(&self, memory: &Memory, plans: &[Plan]) -> Result<u64> {
        Ok(arrange(memory, plans, &self.terms)?.bytes())
    }

    fn pipelines(&self) -> Result<MutexGuard<'_, Pipelines>> {
        self.pipelines.lock().map_err(|_| Error::device("an earlier load on this GPU failed"))
    }

    /// Makes buffers, pipelines and bind groups for these plans.
    pub(super) async fn load(&self, memory: &Memory, plans: Vec<Plan>) -> Result<machine::GpuMachine> {
        load::load(self, memory, plans).await
    }
}

/// A name to show: browsers often hide it, and then tell the vendor and architecture in other fields.
fn name_of(info: &wgpu::AdapterInfo) -> String {
    let parts = [info.name.as_str(), info.driver.as_str(), info.driver_info.as_str()];
    parts.into_iter().map(str::trim).find(|part| !part.is_empty()).unwrap_or("a GPU that does not tell its name").to_string()
}

fn is_software(info: &wgpu::AdapterInfo) -> bool {
    let text = format!("{} {} {}", info.name, info.driver, info.driver_info).to_lowercase();
    info.device_type == wgpu::DeviceType::Cpu
        || ["swiftshader", "llvmpipe", "lavapipe", "basic render", "software"].iter().any(|name| text.contains(name))
}
