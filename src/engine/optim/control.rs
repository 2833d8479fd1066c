//! What the host tells the device before each step: a few numbers in one small buffer of floats.
//!
//! Knows where each number lies; knows nothing of schedules or of who writes the buffer.

/// The length of the buffer.
pub const CONTROL_LEN: usize = 8;

/// The numbers of one step, in the order in which they lie in the buffer. Shaders read `control[0]` and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Control {
    /// 0: the learning rate of this step.
    pub learning_rate: f32,
    /// 1: the number of this step, from 1 on.
    pub step: u32,
    /// 2: the index of the batch's first image in the order of the epoch.
    pub first_image: u32,
    /// 3 and 4: what undoes that an optimizer's averages began at 0 ([`super::Optimizer::corrections`]).
    pub corrections: [f32; 2],
    /// 5 and 6: the seed of the random numbers drawn in the step, its lower and its upper 16 bits.
    pub seed: u32,
}

impl Control {
    /// As floats; whole numbers are exact up to 2^24.
    pub fn values(&self) -> [f32; CONTROL_LEN] {
        [
            self.learning_rate,
            self.step as f32,
            self.first_image as f32,
            self.corrections[0],
            self.corrections[1],
            (self.seed & 0xffff) as f32,
            (self.seed >> 16) as f32,
            0.0,
        ]
    }

    /// Back from floats; what is missing is 0.
    pub fn read(values: &[f32]) -> Self {
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        Control {
            learning_rate: at(0),
            step: at(1) as u32,
            first_image: at(2) as u32,
            corrections: [at(3), at(4)],
            seed: at(5) as u32 | (at(6) as u32) << 16,
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
    fn what_is_written_is_read() {
        let control = Control { learning_rate: 0.1, step: 77_000, first_image: 3, corrections: [0.5, 0.25], seed: 0xdead_beef };
        assert_eq!(Control::read(&control.values()), control);
        assert_eq!(decimal(0.999), 0.999);
    }
}
