//! Everything about a run that is settled before anything is allocated: places, plans, and so what it will take.
//!
//! Knows models, plans and memory; of devices only what they would take.

use super::Settings;
use super::places::{Placed, Places, layer_places, place};
use super::plans::Planner;
use crate::device::Device;
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

/// What a run takes on a device, in bytes, known before anything is allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// All of it.
    pub bytes: u64,
    /// Of that, what stays from step to step: parameters, what the optimizer remembers, images.
    pub resident: u64,
    /// Of that, what the values of a step share.
    pub shared: u64,
    /// Of that, what the dispatches of a GPU hand on to each other where one computation is several of them.
    pub scratch: u64,
    /// The least that the values of a step need: what is alive at once.
    pub least: u64,
    /// What those values would take if no place were used again.
    pub without_reuse: u64,
}

/// What a run of these settings would take on this device: to the byte what [`super::Trainer::bytes`] tells of it then. Fails where the
/// device could not compute it, with the sentence that the run would fail with.
pub fn footprint(settings: &Settings, device: &Device) -> Result<Footprint> {
    let Layout { memory, plans, .. } = Layout::new(settings)?;
    let (bytes, planned, resident) = (device.bytes(&memory, &plans)?, memory.bytes(&plans), memory.bytes(&[]));
    let largest = |of: fn(&Plan) -> usize| 4 * plans.iter().map(of).max().unwrap_or_default() as u64;
    Ok(Footprint {
        bytes,
        resident,
        shared: planned - resident,
        scratch: bytes - planned,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Family;
    use crate::nn::Model;
    use crate::nn::zoo::{Residuals, alexnet, googlenet, lenet5, resnet, vgg};
    use crate::ops::Augmentation;
    use crate::optim::Optimizer;
    use crate::plan::arrange::{Arrangement, Limits, Terms, arrange};
    use crate::trainer::Pixels;

    fn settings(model: Model, batch: usize) -> Settings {
        Settings {
            model,
            optimizer: Optimizer::sgd(0.9),
            groups: Vec::new(),
            augmentation: Augmentation { flip: true, crop_padding: 4, ..Augmentation::default() },
            label_smoothing: 0.1,
            batch,
            seed: 1,
            train_images: 1024,
            test_images: 64,
            test_batch: 64,
            pixels: Pixels::Bytes { mean: 0.45, std: 0.22 },
        }
    }

    fn arranged(settings: &Settings, limits: Limits, family: Option<Family>) -> Result<(Layout, Arrangement)> {
        let layout = Layout::new(settings)?;
        let arrangement = arrange(&layout.memory, &layout.plans, &Terms { limits, family, always: false })?;
        Ok((layout, arrangement))
    }

    /// On the least that WebGPU promises, buffers of 256 MiB of which a dispatch sees 128, every network of the chapter is trained, though
    /// VGG19 has 548 MiB of parameters and one matrix of 392.
    #[test]
    fn every_network_is_trained_within_the_least_limits() {
        let limits = Limits::new(256 << 20, 128 << 20);
        let models = [
            ("LeNet-5", lenet5(), 512),
            ("AlexNet", alexnet(1000), 64),
            ("VGG19", vgg(19, false, 1000), 32),
            ("VGG11 with batch normalisation", vgg(11, true, 1000), 32),
            ("GoogLeNet", googlenet(1000, true), 64),
            ("ResNet-50", resnet(Residuals::resnet(50), 1000), 32),
        ];
        for (name, model, batch) in models {
            for family in [None, Some(Family::Registers), Some(Family::Workgroups)] {
                let (layout, arrangement) = arranged(&settings(model.clone(), batch), limits, family).unwrap();
                assert!(arrangement.buffers.iter().all(|(_, bytes)| *bytes <= limits.buffer), "{name}");
                for dispatch in arrangement.programs.iter().flatten() {
                    for bound in dispatch.reads.iter().chain(&dispatch.writes) {
                        let end = bound.from + bound.len;
                        assert!(bound.len <= limits.binding && end <= arrangement.buffers[bound.buffer].1, "{name}: {}", dispatch.label);
                        assert!(bound.from.is_multiple_of(256), "{name}: {}", dispatch.label);
                    }
                    let apart = dispatch.reads.iter().all(|read| dispatch.writes.iter().all(|write| read.buffer != write.buffer));
                    assert!(apart, "{name}: {} reads and writes one buffer", dispatch.label);
                }
                let (planned, all) = (layout.memory.bytes(&layout.plans), arrangement.bytes());
                println!(
                    "{name}, batch {batch}, {family:?}: {} dispatches a step, {} MiB and {} MiB of scratch memory",
                    arrangement.programs[0].len(),
                    planned >> 20,
                    (all - planned) >> 20
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_cut_is_said() {
        let error = arranged(&settings(vgg(11, true, 1000), 8), Limits::new(4 << 20, 1 << 20), None).map(|_| ()).unwrap_err().to_string();
        // Of the first layer's output every channel has 8 x 224 x 224 numbers, of which the variance is taken.
        let want = "channel_moments: 98 MiB are needed at once, in no smaller parts, and this device gives 1 MiB; try a smaller batch, smaller images or a smaller layer";
        assert_eq!(error, want);
    }
}
