//! Adam (Kingma and Ba, 2015), as `torch.optim.Adam` computes it:
//! `m = beta1 * m + (1 - beta1) * g`, `v = beta2 * v + (1 - beta2) * g^2`,
//! `p = p - lr * (m / c1) / (sqrt(v) / c2 + eps)`, where m and v are 0 before the first step and
//! `c1 = 1 - beta1^t`, `c2 = sqrt(1 - beta2^t)` come from the host ([`Optimizer::corrections`](super::Optimizer::corrections)).

use super::control::{CORRECTION1, CORRECTION2, LEARNING_RATE, decimal};
use crate::kernel::{GpuKernel, Kernel, grid};

pub(super) const SHADER: &str = include_str!("adam.wgsl");

/// What stays the same from step to step.
#[derive(Clone, Copy)]
struct Constants {
    /// `1 - beta1`.
    rest1: f32,
    beta2: f32,
    /// `1 - beta2`.
    rest2: f32,
    eps: f32,
}

impl Constants {
    fn new(beta1: f32, beta2: f32, eps: f32) -> Self {
        Constants { rest1: (1.0 - decimal(beta1)) as f32, beta2, rest2: (1.0 - decimal(beta2)) as f32, eps }
    }
}

/// Reads `gradients, control`; writes `parameters, m, v`.
pub(super) fn kernel(len: usize, beta1: f32, beta2: f32, eps: f32) -> Kernel {
    let c = Constants::new(beta1, beta2, eps);
    let floats = [("rest1", c.rest1), ("beta2", c.beta2), ("rest2", c.rest2), ("eps", c.eps)];
    let mut constants = vec![("n", len as f64)];
    constants.extend(floats.map(|(name, value)| (name, f64::from(value))));
    let gpu = GpuKernel { source: SHADER, entry: "step_adam", constants, workgroups: grid(len, 64) };
    Kernel {
        label: "adam".into(),
        gpu,
        cpu: Box::new(move |reads, writes| {
            if let [parameters, m, v] = writes {
                step(c, reads.f32(1), reads.f32(0), parameters, m, v);
            }
        }),
    }
}

/// Twin of `adam.wgsl`.
fn step(c: Constants, control: &[f32], gradients: &[f32], parameters: &mut [f32], m: &mut [f32], v: &mut [f32]) {
    let (learning_rate, c1, c2) = (control[LEARNING_RATE], control[CORRECTION1], control[CORRECTION2]);
    for (((p, m), v), g) in parameters.iter_mut().zip(m).zip(v).zip(gradients) {
        *m += c.rest1 * (g - *m);
        *v = c.beta2 * *v + c.rest2 * g * g;
        *p -= learning_rate * (*m / c1) / (v.sqrt() / c2 + c.eps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::Optimizer;

    fn control(adam: &Optimizer, step: u32) -> [f32; 8] {
        let [c1, c2] = adam.corrections(step);
        [0.1, step as f32, 0.0, c1, c2, 0.0, 0.0, 0.0]
    }

    #[test]
    fn two_steps_by_hand() {
        let adam = Optimizer::Adam { beta1: 0.5, beta2: 0.75, eps: 1e-8 };
        let c = Constants::new(0.5, 0.75, 1e-8);
        let (mut p, mut m, mut v) = ([1.0, 1.0], [0.0; 2], [0.0; 2]);
        // The first step is the learning rate, whatever the gradient's size.
        step(c, &control(&adam, 1), &[4.0, -1e-3], &mut p, &mut m, &mut v);
        assert_eq!((m[0], v[0]), (2.0, 4.0));
        assert!((p[0] - 0.9).abs() < 1e-6 && (p[1] - 1.1).abs() < 1e-5, "{p:?}");
        // m = 1, v = 3, c1 = 3/4, c2^2 = 7/16: (1 / 0.75) / sqrt(3 / (7/16)) = 0.509175.
        step(c, &control(&adam, 2), &[0.0, 0.0], &mut p, &mut m, &mut v);
        assert_eq!((m[0], v[0]), (1.0, 3.0));
        assert!((p[0] - (0.9 - 0.0509175)).abs() < 1e-6, "{p:?}");
    }
}
