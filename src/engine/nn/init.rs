//! Initial values of parameters, as `torch.nn.init` draws them.
//!
//! Knows shapes and random numbers; knows nothing of layers.

use crate::error::{Error, Result};
use crate::packed::tagged;
use crate::rng::Rng;
use crate::shape::Shape;
use serde::{Deserialize, Serialize};

tagged! {
    /// How a parameter tensor is filled before the first step.
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    as(tag = "name", rename_all = "snake_case", deny_unknown_fields)
    pub enum Init = "Init" {
        /// What PyTorch's layers do by themselves: uniform in ±1/sqrt(fan_in). For a weight that is `kaiming_uniform_(a=sqrt(5))`; a
        /// bias takes the fan of its weight.
        #[default]
        Default,
        /// Normal with variance `1 / fan_in` (LeCun et al., 1998).
        LecunNormal,
        /// Uniform with variance `1 / fan_in`.
        LecunUniform,
        /// Normal with variance `gain^2 * 2 / (fan_in + fan_out)` (Glorot and Bengio, 2010).
        XavierNormal {
            /// The factor of the standard deviation.
            #[serde(default = "one")]
            gain: f32,
        },
        /// Uniform with the same variance.
        XavierUniform {
            /// The factor of the standard deviation.
            #[serde(default = "one")]
            gain: f32,
        },
        /// Normal with variance `gain^2 / fan` (He et al., 2015).
        KaimingNormal {
            /// Which fan.
            #[serde(default)]
            mode: Fan,
            /// What follows; it gives the gain.
            #[serde(default)]
            nonlinearity: Nonlinearity,
        },
        /// Uniform with the same variance.
        KaimingUniform {
            /// Which fan.
            #[serde(default)]
            mode: Fan,
            /// What follows; it gives the gain.
            #[serde(default)]
            nonlinearity: Nonlinearity,
        },
        /// Normal.
        Normal {
            /// Its mean.
            #[serde(default)]
            mean: f32,
            /// Its standard deviation.
            #[serde(default = "one")]
            std: f32,
        },
        /// Uniform from `a` to `b`.
        Uniform {
            /// The smallest value.
            #[serde(default)]
            a: f32,
            /// The largest.
            #[serde(default = "one")]
            b: f32,
        },
        /// All the same.
        Constant {
            /// The value.
            value: f32,
        },
        /// All 0.
        Zeros,
        /// All 1.
        Ones,
    }
}

/// Whose variance a Kaiming initialisation keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fan {
    /// Inputs of one output: the activations' on the way forward.
    #[default]
    FanIn,
    /// Outputs of one input: the gradients' on the way back.
    FanOut,
}

/// The nonlinearity after a layer, with the gain that `torch.nn.init.calculate_gain` has for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nonlinearity {
    /// 1.
    Linear,
    /// sqrt(2).
    #[default]
    Relu,
    /// sqrt(2 / (1 + a^2)).
    LeakyRelu {
        /// The slope below 0.
        #[serde(default)]
        a: f32,
    },
    /// 5/3.
    Tanh,
    /// 1.
    Sigmoid,
}

fn one() -> f32 {
    1.0
}

impl Nonlinearity {
    /// The factor by which the standard deviation must be larger than that of a linear layer.
    pub fn gain(self) -> f64 {
        match self {
            Nonlinearity::Linear | Nonlinearity::Sigmoid => 1.0,
            Nonlinearity::Relu => 2f64.sqrt(),
            Nonlinearity::LeakyRelu { a } => (2.0 / (1.0 + f64::from(a).powi(2))).sqrt(),
            Nonlinearity::Tanh => 5.0 / 3.0,
        }
    }
}

/// Inputs of one output and outputs of one input, of a weight `[out, in, ...]`: the product of its other dimensions with `in`, and with
/// `out`. As in PyTorch, of a grouped convolution these are the fans of one group's weight tensor as it lies there.
///
/// A transposed convolution's weight lies as `[in, out, ...]`, and PyTorch takes its fans as they lie there all the same: its `fan_in` is
/// that of `out`. A tensor of fewer than two dimensions, which has no fans in PyTorch, counts all its numbers as both.
pub fn fans(weight: &Shape) -> (usize, usize) {
    let dims = weight.dims();
    let field: usize = dims.iter().skip(2).product();
    match *dims {
        [outputs, inputs, ..] => (inputs * field, outputs * field),
        _ => (weight.numel(), weight.numel()),
    }
}

/// What the numbers of a tensor are drawn from.
enum Distribution {
    Normal {
        mean: f64,
        std: f64,
    },
    /// Uniform in `centre ± half`.
    Uniform {
        centre: f64,
        half: f64,
    },
    Same(f64),
}

impl Init {
    /// The rule applied to these fans.
    fn distribution(self, (fan_in, fan_out): (usize, usize)) -> Distribution {
        let (fan_in, fan_out) = (fan_in.max(1) as f64, fan_out.max(1) as f64);
        let kaiming = |mode, nonlinearity: Nonlinearity| nonlinearity.gain() / if mode == Fan::FanIn { fan_in } else { fan_out }.sqrt();
        let xavier = |gain: f32| f64::from(gain) * (2.0 / (fan_in + fan_out)).sqrt();
        let normal = |std| Distribution::Normal { mean: 0.0, std };
        // Uniform in ±half has variance half^2 / 3.
        let uniform = |std: f64| Distribution::Uniform { centre: 0.0, half: std * 3f64.sqrt() };
        match self {
            Init::Default => Distribution::Uniform { centre: 0.0, half: 1.0 / fan_in.sqrt() },
            Init::LecunNormal => normal(1.0 / fan_in.sqrt()),
            Init::LecunUniform => uniform(1.0 / fan_in.sqrt()),
            Init::XavierNormal { gain } => normal(xavier(gain)),
            Init::XavierUniform { gain } => uniform(xavier(gain)),
            Init::KaimingNormal { mode, nonlinearity } => normal(kaiming(mode, nonlinearity)),
            Init::KaimingUniform { mode, nonlinearity } => uniform(kaiming(mode, nonlinearity)),
            Init::Normal { mean, std } => Distribution::Normal { mean: mean.into(), std: std.into() },
            Init::Uniform { a, b } => {
                let (a, b) = (f64::from(a), f64::from(b));
                Distribution::Uniform { centre: (a + b) / 2.0, half: (b - a) / 2.0 }
            }
            Init::Constant { value } => Distribution::Same(value.into()),
            Init::Zeros => Distribution::Same(0.0),
            Init::Ones => Distribution::Same(1.0),
        }
    }

    /// The standard deviation of what is drawn for a tensor with these fans. (A bias has the fans of its weight, so that the shape alone
    /// would not do.)
    pub fn std(self, fans: (usize, usize)) -> f64 {
        match self.distribution(fans) {
            Distribution::Normal { std, .. } => std,
            Distribution::Uniform { half, .. } => half / 3f64.sqrt(),
            Distribution::Same(_) => 0.0,
        }
    }

    /// The mean of what is drawn.
    pub fn mean(self, fans: (usize, usize)) -> f64 {
        match self.distribution(fans) {
            Distribution::Normal { mean, .. } => mean,
            Distribution::Uniform { centre, .. } => centre,
            Distribution::Same(value) => value,
        }
    }

    /// How far from the mean a uniform distribution reaches; for those around 0 the largest value that is drawn.
    pub fn bound(self, fans: (usize, usize)) -> Option<f64> {
        match self.distribution(fans) {
            Distribution::Uniform { half, .. } => Some(half),
            Distribution::Normal { .. } | Distribution::Same(_) => None,
        }
    }

    /// Fails where a constant makes no sense.
    pub fn check(self) -> Result<()> {
        let number = |name: &str, value: f32| {
            if value.is_finite() {
                Ok(())
            } else {
                Err(Error::model(format!("the initialisation's {name} is {value}; it must be a number")))
            }
        };
        match self {
            Init::XavierNormal { gain } | Init::XavierUniform { gain } => number("gain", gain),
            Init::KaimingNormal { nonlinearity: Nonlinearity::LeakyRelu { a }, .. }
            | Init::KaimingUniform { nonlinearity: Nonlinearity::LeakyRelu { a }, .. } => number("slope", a),
            Init::Normal { mean, std } => {
                number("mean", mean)?;
                number("std", std)?;
                if std >= 0.0 { Ok(()) } else { Err(Error::model(format!("the initialisation's std is {std}; it must be 0 or more"))) }
            }
            Init::Uniform { a, b } => {
                number("a", a)?;
                number("b", b)?;
                if a <= b {
                    Ok(())
                } else {
                    Err(Error::model(format!("the initialisation is uniform from {a} to {b}; a must not exceed b")))
                }
            }
            Init::Constant { value } => number("value", value),
            Init::KaimingNormal { .. } | Init::KaimingUniform { .. } => Ok(()),
            Init::Default | Init::LecunNormal | Init::LecunUniform | Init::Zeros | Init::Ones => Ok(()),
        }
    }

    /// Fills `values`, the numbers of a tensor with these fans.
    pub fn fill(self, fans: (usize, usize), rng: &mut Rng, values: &mut [f32]) {
        match self.distribution(fans) {
            Distribution::Normal { mean, std } => {
                let (mean, std) = (mean as f32, std as f32);
                values.iter_mut().for_each(|value| *value = mean + std * rng.normal());
            }
            Distribution::Uniform { centre, half } => {
                let (centre, half) = (centre as f32, half as f32);
                values.iter_mut().for_each(|value| *value = centre + half * (2.0 * rng.uniform() - 1.0));
            }
            Distribution::Same(value) => values.fill(value as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: [Init; 13] = [
        Init::Default,
        Init::LecunNormal,
        Init::LecunUniform,
        Init::XavierNormal { gain: 2.0 },
        Init::XavierUniform { gain: 1.0 },
        Init::KaimingNormal { mode: Fan::FanIn, nonlinearity: Nonlinearity::Tanh },
        Init::KaimingNormal { mode: Fan::FanOut, nonlinearity: Nonlinearity::Relu },
        Init::KaimingUniform { mode: Fan::FanIn, nonlinearity: Nonlinearity::LeakyRelu { a: 0.2 } },
        Init::KaimingUniform { mode: Fan::FanOut, nonlinearity: Nonlinearity::Linear },
        Init::Normal { mean: 0.5, std: 0.1 },
        Init::Normal { mean: 0.0, std: 1.0 },
        Init::Uniform { a: -0.3, b: 0.3 },
        Init::Uniform { a: 2.0, b: 5.0 },
    ];

    /// Each of three numbers of a sample of n must lie within 5 of its standard errors of what the rule tells: the mean (s / sqrt(n)), the
    /// standard deviation (s / sqrt(2 n); less for the uniform distribution), and the share q within one standard deviation of the mean
    /// (sqrt(q (1 - q) / n)), which tells a normal distribution (q = 0.6827) from a uniform one (q = 1 / sqrt(3) = 0.5774). The largest
    /// deviation of a uniform sample lies within 0.1 % below the bound; that it does not has probability 0.999^n.
    #[test]
    fn samples_are_distributed_as_is_told() {
        const N: usize = 100_000;
        let n = N as f64;
        for (stream, rule) in (0..).zip(RULES) {
            rule.check().unwrap();
            let fans = fans(&Shape::new(&[20, 8, 5, 3]));
            let mut values = vec![f32::NAN; N];
            rule.fill(fans, &mut Rng::new(1, stream), &mut values);
            let (centre, spread) = (rule.mean(fans), rule.std(fans));
            let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
            let std = (values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / n).sqrt();
            let within = values.iter().filter(|&&v| (f64::from(v) - centre).abs() < spread).count() as f64 / n;
            let q = if rule.bound(fans).is_some() { 1.0 / 3f64.sqrt() } else { 0.682689 };
            assert!((mean - centre).abs() < 5.0 * spread / n.sqrt(), "{rule:?}: mean {mean}, not {centre}");
            assert!((std - spread).abs() < 5.0 * spread / (2.0 * n).sqrt(), "{rule:?}: deviation {std}, not {spread}");
            assert!((within - q).abs() < 5.0 * (q * (1.0 - q) / n).sqrt(), "{rule:?}: {within} within one deviation, not {q}");
            if let Some(bound) = rule.bound(fans) {
                let most = values.iter().fold(0f64, |most, &value| most.max((f64::from(value) - centre).abs()));
                assert!(most <= bound * 1.000001 && most > 0.999 * bound, "{rule:?}: {most}, not {bound}");
            }
        }
    }

    #[test]
    fn deviations_and_bounds_by_hand() {
        // fan_in 2 * 9 = 18, fan_out 32 * 9 = 288.
        let fans = fans(&Shape::new(&[32, 2, 3, 3]));
        let kaiming = |mode, nonlinearity| Init::KaimingNormal { mode, nonlinearity };
        let leaky = |a| Nonlinearity::LeakyRelu { a };
        for (rule, std) in [
            (Init::Default, 1.0 / 54f64.sqrt()),
            (Init::LecunNormal, 1.0 / 18f64.sqrt()),
            (Init::XavierNormal { gain: 3.0 }, 3.0 / 153f64.sqrt()),
            (kaiming(Fan::FanIn, Nonlinearity::Relu), 1.0 / 3.0),
            (kaiming(Fan::FanOut, Nonlinearity::Relu), 1.0 / 12.0),
            (kaiming(Fan::FanIn, Nonlinearity::Linear), 1.0 / 18f64.sqrt()),
            (kaiming(Fan::FanIn, Nonlinearity::Sigmoid), 1.0 / 18f64.sqrt()),
            (kaiming(Fan::FanIn, Nonlinearity::Tanh), 5.0 / 3.0 / 18f64.sqrt()),
            (kaiming(Fan::FanIn, leaky(0.0)), 1.0 / 3.0),
            (kaiming(Fan::FanIn, leaky(1.0)), 1.0 / 18f64.sqrt()),
            (Init::Uniform { a: 1.0, b: 7.0 }, 3f64.sqrt()),
            (Init::Ones, 0.0),
        ] {
            assert!((rule.std(fans) - std).abs() < 1e-12, "{rule:?}: {}, not {std}", rule.std(fans));
        }
        for (rule, bound) in [
            (Init::Default, 1.0 / 18f64.sqrt()),
            (Init::LecunUniform, (3f64 / 18.0).sqrt()),
            (Init::XavierUniform { gain: 1.0 }, (6f64 / 306.0).sqrt()),
            (Init::KaimingUniform { mode: Fan::FanIn, nonlinearity: Nonlinearity::Relu }, (6f64 / 18.0).sqrt()),
            // PyTorch's layers are filled by kaiming_uniform_(a = sqrt(5)).
            (Init::KaimingUniform { mode: Fan::FanIn, nonlinearity: leaky(5f32.sqrt()) }, 1.0 / 18f64.sqrt()),
        ] {
            let got = rule.bound(fans).unwrap();
            assert!((got - bound).abs() < 1e-7, "{rule:?}: {got}, not {bound}");
        }
    }

    #[test]
    fn what_is_not_drawn_is_set() {
        for (rule, want) in [(Init::Zeros, 0.0), (Init::Ones, 1.0), (Init::Constant { value: -2.5 }, -2.5)] {
            let mut values = [f32::NAN; 3];
            rule.fill((1, 1), &mut Rng::new(1, 1), &mut values);
            assert_eq!(values, [want; 3]);
        }
    }

    #[test]
    fn fans_by_hand() {
        assert_eq!(fans(&Shape::new(&[40, 60])), (60, 40));
        assert_eq!(fans(&Shape::new(&[6, 14, 5, 3])), (14 * 15, 6 * 15));
        // Six channels in three groups; a transposed convolution from 4 channels to 7.
        assert_eq!(fans(&Shape::new(&[6, 2, 3, 3])), (18, 54));
        assert_eq!(fans(&Shape::new(&[4, 7, 2, 2])), (28, 16));
        assert_eq!(fans(&Shape::new(&[5, 3, 4])), (12, 20));
    }

    #[test]
    fn what_is_not_said_is_as_in_pytorch() {
        let read = |text: &str| serde_json::from_str::<Init>(text).unwrap();
        assert_eq!(read(r#"{"name": "uniform"}"#), Init::Uniform { a: 0.0, b: 1.0 });
        assert_eq!(read(r#"{"name": "normal"}"#), Init::Normal { mean: 0.0, std: 1.0 });
        assert_eq!(read(r#"{"name": "xavier_uniform"}"#), Init::XavierUniform { gain: 1.0 });
        let kaiming = Init::KaimingNormal { mode: Fan::FanIn, nonlinearity: Nonlinearity::Relu };
        assert_eq!(read(r#"{"name": "kaiming_normal"}"#), kaiming);
        let leaky = Init::KaimingNormal { mode: Fan::FanOut, nonlinearity: Nonlinearity::LeakyRelu { a: 0.25 } };
        assert_eq!(read(r#"{"name": "kaiming_normal", "mode": "fan_out", "nonlinearity": {"leaky_relu": {"a": 0.25}}}"#), leaky);
    }

    #[test]
    fn nonsense_is_refused() {
        let refused = |rule: Init| rule.check().unwrap_err().to_string();
        assert_eq!(refused(Init::Normal { mean: 0.0, std: -1.0 }), "the initialisation's std is -1; it must be 0 or more");
        assert_eq!(refused(Init::Uniform { a: 2.0, b: 1.0 }), "the initialisation is uniform from 2 to 1; a must not exceed b");
        assert_eq!(refused(Init::Constant { value: f32::INFINITY }), "the initialisation's value is inf; it must be a number");
        let nonlinearity = Nonlinearity::LeakyRelu { a: f32::NAN };
        let kaiming = Init::KaimingUniform { mode: Fan::FanIn, nonlinearity };
        assert_eq!(refused(kaiming), "the initialisation's slope is NaN; it must be a number");
    }
}
