//! Stochastic gradient descent with momentum, as `torch.optim.SGD` computes it:
//! `v = momentum * v + g`, `p = p - lr * v`, where v is 0 before the first step.

use super::control::LEARNING_RATE;
use crate::kernel::{GpuKernel, Kernel, grid};

pub(super) const SHADER: &str = include_str!("sgd.wgsl");

/// Reads `gradients, control`; writes `parameters, velocity`.
pub(super) fn kernel(len: usize, momentum: f32) -> Kernel {
    let constants = vec![("n", len as f64), ("momentum", f64::from(momentum))];
    let gpu = GpuKernel { source: SHADER, entry: "step_sgd", constants, workgroups: grid(len, 64) };
    Kernel {
        label: "sgd".into(),
        gpu,
        cpu: Box::new(move |reads, writes| {
            if let [parameters, velocity] = writes {
                step(momentum, reads.f32(1)[LEARNING_RATE], reads.f32(0), parameters, velocity);
            }
        }),
    }
}

/// Twin of `sgd.wgsl`.
fn step(momentum: f32, learning_rate: f32, gradients: &[f32], parameters: &mut [f32], velocity: &mut [f32]) {
    for ((p, v), g) in parameters.iter_mut().zip(velocity).zip(gradients) {
        *v = momentum * *v + g;
        *p -= learning_rate * *v;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_steps_by_hand() {
        let (mut p, mut v) = ([1.0, -2.0], [0.0; 2]);
        step(0.5, 0.25, &[4.0, 8.0], &mut p, &mut v);
        assert_eq!((p, v), ([0.0, -4.0], [4.0, 8.0]));
        step(0.5, 0.25, &[2.0, -4.0], &mut p, &mut v);
        assert_eq!((p, v), ([-1.0, -4.0], [4.0, 0.0]));
    }

    #[test]
    fn without_momentum_only_the_gradient_counts() {
        let (mut p, mut v) = ([1.0], [123.0]);
        step(0.0, 0.5, &[1.0], &mut p, &mut v);
        assert_eq!(p, [0.5]);
    }
}
