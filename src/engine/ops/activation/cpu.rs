//! Twins of `activation.wgsl`, one number at a time.

use super::Activation;

/// `y` for `x`.
pub(super) fn forward(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::Relu => {
            if x <= 0.0 {
                0.0
            } else {
                x
            }
        }
        Activation::LeakyRelu { slope } => {
            if x <= 0.0 {
                slope * x
            } else {
                x
            }
        }
        Activation::Tanh => x.tanh(),
        Activation::Sigmoid => {
            let e = (-x.abs()).exp();
            (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
        }
        Activation::Gelu => x * normal_cdf(x),
        Activation::GeluTanh => 0.5 * x * (1.0 + inner(x).tanh()),
    }
}

/// The gradient of x: `gy dy/dx`, with y or x in `a`.
pub(super) fn gradient(activation: Activation, a: &[f32], gy: &[f32], gx: &mut [f32]) {
    match activation {
        // By itself, so that the loop has nothing to decide.
        Activation::Relu => {
            for ((gx, &a), &gy) in gx.iter_mut().zip(a).zip(gy) {
                *gx = gy * if a > 0.0 { 1.0 } else { 0.0 };
            }
        }
        _ => {
            for ((gx, &a), &gy) in gx.iter_mut().zip(a).zip(gy) {
                *gx = gy * slope(activation, a);
            }
        }
    }
}

/// `dy/dx`, from y or x, whichever [`Activation::reads_output`] says.
fn slope(activation: Activation, a: f32) -> f32 {
    match activation {
        Activation::Relu => {
            if a > 0.0 {
                1.0
            } else {
                0.0
            }
        }
        Activation::LeakyRelu { slope } => {
            if a <= 0.0 {
                slope
            } else {
                1.0
            }
        }
        Activation::Tanh => 1.0 - a * a,
        Activation::Sigmoid => a * (1.0 - a),
        Activation::Gelu => normal_cdf(a) + a * 0.398_942_3 * (-0.5 * a * a).exp(),
        Activation::GeluTanh => {
            let t = inner(a).tanh();
            0.5 * (1.0 + t) + 0.5 * a * (1.0 - t * t) * SQRT_2_BY_PI * (1.0 + 0.134_145 * a * a)
        }
    }
}

const SQRT_2_BY_PI: f32 = 0.797_884_6;

fn inner(x: f32) -> f32 {
    SQRT_2_BY_PI * (x + 0.044_715 * x * x * x)
}

/// Phi, the distribution function of the normal distribution, as in the shader.
fn normal_cdf(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let poly = t * (0.254_829_6 + t * (-0.284_496_72 + t * (1.421_413_8 + t * (-1.453_152_1 + t * 1.061_405_4))));
    let tail = 0.5 * poly * (-z * z).exp();
    if x < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!([-2.0, 0.0, 3.0].map(|x| forward(Activation::Relu, x)), [0.0, 0.0, 3.0]);
        assert!(forward(Activation::Relu, f32::NAN).is_nan());
        assert_eq!([-2.0, 3.0].map(|x| forward(Activation::LeakyRelu { slope: 0.25 }, x)), [-0.5, 3.0]);
        assert_eq!([-500.0, 0.0, 500.0].map(|x| forward(Activation::Sigmoid, x)), [0.0, 0.5, 1.0]);
        assert_eq!([-50.0, 0.0, 50.0].map(|x| forward(Activation::Gelu, x)), [0.0, 0.0, 50.0]);
        assert_eq!([-50.0, 0.0, 50.0].map(|x| forward(Activation::GeluTanh, x)), [0.0, 0.0, 50.0]);
    }

    /// Phi(1) and Phi(-2), from tables.
    #[test]
    fn the_normal_distribution() {
        assert!((normal_cdf(1.0) - 0.841_344_8).abs() < 2e-7);
        assert!((normal_cdf(-2.0) - 0.022_750_13).abs() < 2e-7);
    }
}
