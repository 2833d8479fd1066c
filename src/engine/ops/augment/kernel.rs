//! How `augment` is computed: the dispatches and their twins. Knows sizes; knows nothing of gradients.

use super::super::random::with_threefry;
use super::{Augment, STREAM, Sizes, cpu};
use crate::kernel::{GpuKernel, Kernel, grid};
use crate::ops::Kernels;
use crate::ops::cut::Cut;
use crate::shape::Shape;

const AUGMENT: &str = with_threefry!("augment.wgsl");

/// The shaders: file name and text.
pub(in crate::ops) const SHADERS: &[(&str, &str)] = &[("augment.wgsl", AUGMENT)];

impl Kernels for Augment {
    fn cuts(&self, _: &[&Shape], _: &Shape) -> Vec<Cut> {
        vec![Cut::rows([true, false]).knowing(|images| vec![("first", images.start as f64)])]
    }

    fn kernel(&self, inputs: &[&Shape], _: &Shape) -> Kernel {
        let (a, x) = (self.settings, inputs[0]);
        let s = Sizes { channels: x[1], height: x[2], width: x[3], mean: self.mean, std: self.std };
        let constants = vec![
            ("batch", x[0] as f64),
            ("channels", x[1] as f64),
            ("height", x[2] as f64),
            ("width", x[3] as f64),
            ("shift", a.shift as f64),
            ("crop", a.crop_padding as f64),
            ("flip", f64::from(u8::from(a.flip))),
            ("jitter", f64::from(u8::from(a.jitters()))),
            ("brightness", f64::from(a.brightness)),
            ("contrast", f64::from(a.contrast)),
            ("saturation", f64::from(a.saturation)),
            ("cutout", a.cutout as f64),
            ("mean", f64::from(self.mean)),
            ("deviation", f64::from(self.std)),
            ("stream", f64::from(STREAM)),
        ];
        Kernel {
            label: "augment".into(),
            gpu: GpuKernel { source: AUGMENT, entry: "main", constants, workgroups: grid(x[0], 1) },
            cpu: Box::new(move |reads, writes| cpu::augment(&a, &s, reads.f32(0), reads.f32(1), writes[0])),
        }
    }
}
