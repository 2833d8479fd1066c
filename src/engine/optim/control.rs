//! What the host tells the device before each step: a few numbers in one small buffer of floats.
//!
//! Knows where each number lies and how the optimizers' corrections are computed; knows nothing of schedules or of who writes
//! the buffer.

use super::Optimizer;

/// The learning rate of this step.
pub const LEARNING_RATE: usize = 0;
/// The number of this step, from 1 on.
pub const STEP: usize = 1;
/// The index of the batch's first image in the order of the epoch.
pub const FIRST_IMAGE: usize = 2;
/// The first of [`Optimizer::corrections`].
pub const CORRECTION1: usize = 3;
/// The second of [`Optimizer::corrections`].
pub const CORRECTION2: usize = 4;
/// The length of the buffer; what has no name is not read.
pub const CONTROL_LEN: usize = 8;

impl Optimizer {
    /// For Adam `1 - beta1^step` and `sqrt(1 - beta2^step)`, which undo that its averages began at 0; for SGD ones. `step` counts from 1.
    ///
    /// The host computes them in double precision: in single precision `1 - beta2^step` would lose most of its digits in the first
    /// steps, when `beta2^step` is almost 1.
    pub fn corrections(&self, step: u32) -> [f32; 2] {
        match *self {
            Optimizer::Sgd { .. } => [1.0, 1.0],
            Optimizer::Adam { beta1, beta2, .. } => {
                let missing = |beta: f32| 1.0 - decimal(beta).powf(f64::from(step));
                [missing(beta1) as f32, missing(beta2).sqrt() as f32]
            }
        }
    }
}

/// The double that is written in the same digits: 0.999 for 0.999, where the float's own value would be 0.99900001287. What is left
/// to 1 is then a thousandth, as in PyTorch, which keeps its constants in double precision.
pub(super) fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_by_hand() {
        let adam = Optimizer::adam();
        assert_eq!(adam.corrections(1), [0.1, 0.001f64.sqrt() as f32]);
        assert_eq!(adam.corrections(2), [0.19, 0.001999f64.sqrt() as f32]);
        assert_eq!(adam.corrections(1_000_000), [1.0, 1.0]);
        assert_eq!(Optimizer::sgd(0.9).corrections(3), [1.0, 1.0]);
    }
}
