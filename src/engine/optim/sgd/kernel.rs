//! How stochastic gradient descent moves parameters: the dispatch and its twin.

use super::Sgd;
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::optim::control::{Control, decimal};
use crate::optim::groups::BLOCK;
use crate::optim::kernel::{Moves, moving};

pub(in crate::optim) const SHADER: &str = concat!(include_str!("../prelude.wgsl"), include_str!("../sgd.wgsl"));

impl Sgd {
    fn constants(&self) -> (f32, f32) {
        (self.momentum, (1.0 - decimal(self.dampening)) as f32)
    }
}

impl Moves for Sgd {
    fn kernel(&self, len: usize) -> Kernel {
        let (momentum, rest) = self.constants();
        let nesterov = self.nesterov;
        let plain = self.momentum == 0.0;
        let constants = vec![
            ("n", len as f64),
            ("momentum", f64::from(momentum)),
            ("rest", f64::from(rest)),
            ("nesterov", f64::from(u8::from(nesterov))),
        ];
        let entry = if plain { "plain" } else { "with_momentum" };
        let cpu: CpuKernel = Box::new(move |reads, writes| {
            let (gradients, control, table) = (reads.f32(0), Control::read(reads.f32(1)), reads.f32(2));
            match writes {
                [parameters] => step_plain(&control, table, gradients, parameters),
                [parameters, velocity] => step(momentum, rest, nesterov, &control, table, gradients, parameters, velocity),
                _ => {}
            }
        });
        let gpu = GpuKernel { source: SHADER, entry, constants, workgroups: grid(len, BLOCK) };
        Kernel { label: "sgd".into(), gpu, cpu }
    }
}

/// Twin of `plain` in `sgd.wgsl`.
fn step_plain(control: &Control, table: &[f32], gradients: &[f32], parameters: &mut [f32]) {
    for (block, rate, decay) in moving(table, control.learning_rate, parameters.len()) {
        for (p, g) in parameters[block.clone()].iter_mut().zip(&gradients[block]) {
            *p -= rate * (g + decay * *p);
        }
    }
}

/// Twin of `with_momentum` in `sgd.wgsl`.
#[allow(clippy::too_many_arguments)]
fn step(
    momentum: f32,
    rest: f32,
    nesterov: bool,
    control: &Control,
    table: &[f32],
    gradients: &[f32],
    parameters: &mut [f32],
    velocity: &mut [f32],
) {
    for (block, rate, decay) in moving(table, control.learning_rate, parameters.len()) {
        let state = velocity[block.clone()].iter_mut();
        for ((p, v), g) in parameters[block.clone()].iter_mut().zip(state).zip(&gradients[block]) {
            let g = g + decay * *p;
            *v = if control.step == 1 { g } else { momentum * *v + rest * g };
            *p -= rate * if nesterov { g + momentum * *v } else { *v };
        }
    }
}
