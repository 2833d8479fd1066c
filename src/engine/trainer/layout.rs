//! Everything about a run that is settled before anything is allocated: places, plans, and so what it will take.
//!
//! Knows models, plans and memory; knows nothing of devices.

use super::Settings;
use super::places::{Placed, Places, layer_places, place};
use super::plans::Planner;
use crate::error::{Error, Result};
use crate::nn::{Buffer, Built};
use crate::optim::groups;
use crate::plan::{ALIGNMENT, Memory, Plan};

/// What a trainer is made from.
pub(super) struct Layout {
    pub outline: Built,
    pub parameters: Vec<Placed>,
    pub buffers: Vec<Placed<Buffer>>,
    pub layers: Vec<(usize, usize)>,
    pub memory: Memory,
    pub places: Places,
    pub plans: Vec<Plan>,
    /// How far each running statistic moves.
    pub rates: Vec<f32>,
    /// The optimizer's options, block by block.
    pub options: Vec<f32>,
}

impl Layout {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        check(settings)?;
        let outline = settings.model.outline()?;
        let (parameters, buffers) = (place(outline.parameters.clone()), place(outline.buffers.clone()));
        let layers = layer_places(&outline);
        let mut memory = Memory::new();
        let places = Places::new(&mut memory, settings, &parameters, &buffers, &layers);
        let named = parameters.iter().map(|placed| (placed.tensor.name.as_str(), placed.offset, placed.tensor.shape.numel()));
        let options = groups::table(named, places.parameters.len, &settings.groups, &settings.optimizer)?;
        let planner = Planner { settings, outline: &outline, parameters: &parameters, buffers: &buffers, layers: &layers, places: &places };
        let (plans, rates) = (planner.plans()?, planner.rates()?);
        Ok(Layout { outline, parameters, buffers, layers, memory, places, plans, rates, options })
    }
}

/// What a run takes on a device, in bytes, known before anything is allocated. Not counted: what a GPU's variants hand on between their
/// own dispatches, which depends on the device ([`crate::kernel::Variant::scratch`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// All of it.
    pub bytes: u64,
    /// Of that, what stays from step to step: parameters, what the optimizer remembers, images.
    pub resident: u64,
    /// Of that, what the values of a step share.
    pub shared: u64,
    /// The least that the values of a step need: what is alive at once.
    pub least: u64,
    /// What those values would take if no place were used again.
    pub without_reuse: u64,
}

/// What a run of these settings would take.
pub fn footprint(settings: &Settings) -> Result<Footprint> {
    let Layout { memory, plans, .. } = Layout::new(settings)?;
    let (bytes, resident) = (memory.bytes(&plans), memory.bytes(&[]));
    let largest = |of: fn(&Plan) -> usize| 4 * plans.iter().map(of).max().unwrap_or_default() as u64;
    Ok(Footprint {
        bytes,
        resident,
        shared: bytes - resident,
        least: largest(|plan| plan.most_alive),
        without_reuse: largest(|plan| plan.computed),
    })
}

fn check(settings: &Settings) -> Result<()> {
    settings.optimizer.check()?;
    if settings.batch == 0 || settings.test_batch == 0 {
        return Err(Error::model("a batch must hold at least one image"));
    }
    if settings.train_images < settings.batch {
        return Err(Error::model(format!(
            "a batch of {} needs as many training images; there are {}",
            settings.batch, settings.train_images
        )));
    }
    if !settings.test_batch.is_multiple_of(ALIGNMENT) {
        return Err(Error::model(format!("the test batch is {}; it must be a multiple of {ALIGNMENT}", settings.test_batch)));
    }
    if settings.test_images < settings.test_batch || !settings.test_images.is_multiple_of(settings.test_batch) {
        let (images, batch) = (settings.test_images, settings.test_batch);
        return Err(Error::model(format!("{images} test images are no multiple of the test batch of {batch}")));
    }
    Ok(())
}
