//! Initial values of parameters.

use crate::rng::Rng;

/// How a parameter tensor is filled before the first step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Uniform in [-bound, bound].
    Uniform {
        /// The largest value.
        bound: f32,
    },
}

impl Init {
    /// PyTorch's default of linear and convolutional layers, for weight and bias alike: uniform in ±1/sqrt(fan_in), which is
    /// `kaiming_uniform_(a = sqrt 5)`.
    pub fn pytorch_default(fan_in: usize) -> Self {
        Init::Uniform { bound: 1.0 / (fan_in.max(1) as f32).sqrt() }
    }

    /// Fills `values`.
    pub fn fill(self, rng: &mut Rng, values: &mut [f32]) {
        match self {
            Init::Uniform { bound } => values.iter_mut().for_each(|value| *value = (2.0 * rng.uniform() - 1.0) * bound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_uniform_within_its_bound() {
        let mut values = vec![0.0; 60_000];
        Init::pytorch_default(25).fill(&mut Rng::new(1, 2), &mut values);
        let bound = values.iter().fold(0f32, |m, v| m.max(v.abs()));
        assert!(bound <= 0.2 && bound > 0.199, "{bound}");
        let variance = values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
        assert!((variance - 0.04 / 3.0).abs() < 2e-4, "{variance}");
    }
}
