//! How RMSprop moves parameters: the dispatch and its twin.

use super::RmsProp;
use crate::kernel::{CpuKernel, GpuKernel, Kernel, grid};
use crate::optim::control::{Control, decimal};
use crate::optim::groups::BLOCK;
use crate::optim::kernel::{Moves, moving};

pub(in crate::optim) const SHADER: &str = concat!(include_str!("../prelude.wgsl"), include_str!("../rmsprop.wgsl"));

impl Moves for RmsProp {
    fn kernel(&self, len: usize) -> Kernel {
        let rule = self.clone();
        let rest = (1.0 - decimal(self.alpha)) as f32;
        let floats = [("alpha", self.alpha), ("rest", rest), ("eps", self.eps), ("momentum", self.momentum)];
        let mut constants = vec![("n", len as f64)];
        constants.extend(floats.map(|(name, value)| (name, f64::from(value))));
        let entry = match (self.momentum != 0.0, self.centered) {
            (false, false) => "plain",
            (true, false) => "with_momentum",
            (false, true) => "centered",
            (true, true) => "centered_with_momentum",
        };
        let cpu: CpuKernel = Box::new(move |reads, writes| {
            let (gradients, control, table) = (reads.f32(0), Control::read(reads.f32(1)), reads.f32(2));
            let step = |parameters: &mut [f32], squares: &mut [f32], velocity: Option<&mut [f32]>, means: Option<&mut [f32]>| {
                step(&rule, rest, &control, table, gradients, parameters, squares, velocity, means);
            };
            match writes {
                [parameters, squares] => step(parameters, squares, None, None),
                [parameters, squares, means] if rule.centered => step(parameters, squares, None, Some(means)),
                [parameters, squares, velocity] => step(parameters, squares, Some(velocity), None),
                [parameters, squares, velocity, means] => step(parameters, squares, Some(velocity), Some(means)),
                _ => {}
            }
        });
        let gpu = GpuKernel { source: SHADER, entry, constants, workgroups: grid(len, BLOCK) };
        Kernel { label: "rmsprop".into(), gpu, cpu }
    }
}

/// Twin of `rmsprop.wgsl`.
#[allow(clippy::too_many_arguments)]
fn step(
    rule: &RmsProp,
    rest: f32,
    control: &Control,
    table: &[f32],
    gradients: &[f32],
    parameters: &mut [f32],
    squares: &mut [f32],
    mut velocity: Option<&mut [f32]>,
    mut means: Option<&mut [f32]>,
) {
    for (block, rate, decay) in moving(table, control.learning_rate, parameters.len()) {
        for i in block {
            let p = parameters[i];
            let g = gradients[i] + decay * p;
            let s = rule.alpha * squares[i] + rest * g * g;
            squares[i] = s;
            let a = means.as_mut().map_or(0.0, |means| {
                means[i] += rest * (g - means[i]);
                means[i]
            });
            let mut by = g / ((s - a * a).max(0.0).sqrt() + rule.eps);
            if let Some(velocity) = &mut velocity {
                by += rule.momentum * velocity[i];
                velocity[i] = by;
            }
            parameters[i] = p - rate * by;
        }
    }
}
