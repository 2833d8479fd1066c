//! How Adam moves parameters: the dispatch and its twin.

use super::{Adam, AdamW};
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::optim::control::{Control, decimal};
use crate::optim::groups::BLOCK;
use crate::optim::kernel::{Moves, moving};

pub(in crate::optim) const SHADER: &str = concat!(include_str!("../prelude.wgsl"), include_str!("../adam.wgsl"));

/// What stays the same from step to step.
#[derive(Clone, Copy)]
struct Constants {
    /// `1 - beta1`.
    rest1: f32,
    beta2: f32,
    /// `1 - beta2`.
    rest2: f32,
    eps: f32,
    decoupled: bool,
    amsgrad: bool,
}

macro_rules! moves {
    ($name:ident, $label:literal, $decoupled:literal) => {
        impl Moves for $name {
            fn kernel(&self, len: usize) -> Kernel {
                let constants = Constants {
                    rest1: (1.0 - decimal(self.beta1)) as f32,
                    beta2: self.beta2,
                    rest2: (1.0 - decimal(self.beta2)) as f32,
                    eps: self.eps,
                    decoupled: $decoupled,
                    amsgrad: self.amsgrad,
                };
                kernel($label, len, constants)
            }
        }
    };
}

moves!(Adam, "adam", false);
moves!(AdamW, "adamw", true);

fn kernel(label: &str, len: usize, c: Constants) -> Kernel {
    let floats = [("rest1", c.rest1), ("beta2", c.beta2), ("rest2", c.rest2), ("eps", c.eps)];
    let mut constants = vec![("n", len as f64), ("decoupled", f64::from(u8::from(c.decoupled)))];
    constants.extend(floats.map(|(name, value)| (name, f64::from(value))));
    let entry = if c.amsgrad { "amsgrad" } else { "adam" };
    let cpu: CpuKernel = Box::new(move |reads, writes| {
        let (gradients, control, table) = (reads.f32(0), Control::read(reads.f32(1)), reads.f32(2));
        match writes {
            [parameters, m, v] => step(c, &control, table, gradients, parameters, m, v, None),
            [parameters, m, v, largest] => step(c, &control, table, gradients, parameters, m, v, Some(largest)),
            _ => {}
        }
    });
    Kernel { label: label.into(), gpu: GpuKernel { source: SHADER, entry, constants, workgroups: grid(len, BLOCK) }, cpu }
}

/// Twin of `adam.wgsl`.
#[allow(clippy::too_many_arguments)]
fn step(
    c: Constants,
    control: &Control,
    table: &[f32],
    gradients: &[f32],
    parameters: &mut [f32],
    m: &mut [f32],
    v: &mut [f32],
    mut largest: Option<&mut [f32]>,
) {
    for (block, rate, decay) in moving(table, control.learning_rate, parameters.len()) {
        let (parameters, gradients) = (&mut parameters[block.clone()], &gradients[block.clone()]);
        let (m, v) = (&mut m[block.clone()], &mut v[block.clone()]);
        // A loop for each, so that none has anything to decide.
        match &mut largest {
            Some(largest) => {
                let numbers = parameters.iter_mut().zip(gradients).zip(m).zip(v).zip(&mut largest[block]);
                for ((((p, &g), m), v), most) in numbers {
                    moved(c, control.corrections, rate, decay, p, g, m, v, |square| {
                        *most = most.max(square);
                        *most
                    });
                }
            }
            None => {
                for (((p, &g), m), v) in parameters.iter_mut().zip(gradients).zip(m).zip(v) {
                    moved(c, control.corrections, rate, decay, p, g, m, v, |square| square);
                }
            }
        }
    }
}

/// Moves one parameter; `square` gives what divides from the mean of squares.
#[allow(clippy::too_many_arguments)]
#[inline(always)]
fn moved(
    c: Constants,
    [c1, c2]: [f32; 2],
    rate: f32,
    decay: f32,
    p: &mut f32,
    g: f32,
    m: &mut f32,
    v: &mut f32,
    square: impl FnOnce(f32) -> f32,
) {
    let (start, g) = if c.decoupled { (*p - rate * decay * *p, g) } else { (*p, g + decay * *p) };
    *m += c.rest1 * (g - *m);
    *v = c.beta2 * *v + c.rest2 * g * g;
    *p = start - rate * (*m / c1) / (square(*v).sqrt() / c2 + c.eps);
}
