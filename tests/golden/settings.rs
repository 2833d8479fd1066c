//! What is computed on the host: schedules and initialisations.

use super::set::{Case, Set};
use serde_json::{Value, json};
use stride_engine::nn::init::{Fan, Init, Nonlinearity, fans};
use stride_engine::optim::Schedule;
use stride_engine::rng::Rng;
use stride_engine::shape::Shape;

/// The learning rate in every epoch.
pub fn schedule(set: &Set, case: &Case) -> Result<(), String> {
    let name = match (case.op.as_str(), case.attrs.get("rule").and_then(Value::as_str)) {
        ("ExponentialLR", _) => "exponential",
        ("StepLR", _) => "step",
        ("MultiStepLR", _) => "multi_step",
        ("LambdaLR", Some("1/(epoch+1)")) => "inverse",
        ("LambdaLR", Some("1/sqrt(epoch+1)")) => "inverse_sqrt",
        ("CosineAnnealingLR", _) => "cosine_annealing",
        ("CosineAnnealingWarmRestarts", _) => "cosine_annealing_warm_restarts",
        ("LinearLR", _) => "linear",
        ("OneCycleLR", _) => "one_cycle",
        (other, rule) => return Err(format!("there is no schedule {other} {rule:?}")),
    };
    let mut arguments = serde_json::Map::from_iter([("name".to_string(), json!(name))]);
    let own = case.attrs.iter().filter(|(key, _)| !["lr", "rule"].contains(&key.as_str()));
    arguments.extend(own.map(|(key, value)| (key.to_lowercase(), value.clone())));
    let schedule: Schedule = serde_json::from_value(Value::Object(arguments)).map_err(|error| error.to_string())?;
    schedule.check().map_err(|error| error.to_string())?;
    let want = set.tensor(case, "lr")?.values;
    let got: Vec<f32> =
        (0..want.len()).map(|t| Ok(schedule.learning_rate(case.number("lr")?, t as f64) as f32)).collect::<Result<_, String>>()?;
    case.compare("lr", &got, &want)
}

/// Fans, standard deviations and bounds, told and drawn: of n draws the standard deviation lies within 5 standard errors
/// s / sqrt(2 n), and the largest uniform draw within 0.1 % below its bound.
pub fn init(case: &Case) -> Result<(), String> {
    const N: usize = 200_000;
    let expect = case.attrs.get("expect").and_then(Value::as_object).ok_or("the case expects nothing")?;
    let dims: Vec<usize> =
        serde_json::from_value(case.attrs.get("shape").cloned().unwrap_or_default()).map_err(|error| error.to_string())?;
    let fans = fans(&Shape::new(&dims));
    let kaiming = |mode| Init::KaimingNormal { mode, nonlinearity: Nonlinearity::Relu };
    for (key, want) in expect {
        let want = want.as_f64().ok_or(format!("{key} is no number"))?;
        let rule = match key.as_str() {
            "fan_in" | "fan_out" => {
                let got = if key == "fan_in" { fans.0 } else { fans.1 };
                case.compare_double(key, &[got as f64], &[want])?;
                continue;
            }
            "lecun_normal_std" => Init::LecunNormal,
            "xavier_normal_std" => Init::XavierNormal { gain: 1.0 },
            "xavier_uniform_bound" => Init::XavierUniform { gain: 1.0 },
            "kaiming_normal_fan_in_relu_std" => kaiming(Fan::FanIn),
            "kaiming_normal_fan_out_relu_std" => kaiming(Fan::FanOut),
            "kaiming_uniform_fan_in_relu_bound" => Init::KaimingUniform { mode: Fan::FanIn, nonlinearity: Nonlinearity::Relu },
            "torch_default_weight_bound" | "torch_default_bias_bound" => Init::Default,
            other => return Err(format!("there is no initialisation {other}")),
        };
        let mut drawn = vec![0.0; N];
        rule.fill(fans, &mut Rng::new(3, 3), &mut drawn);
        if key.ends_with("_bound") {
            case.compare_double(key, &[rule.bound(fans).ok_or(format!("{key}: not a uniform distribution"))?], &[want])?;
            let most = drawn.iter().fold(0f32, |most, value| most.max(value.abs()));
            if !(0.999 * want..=1.000_001 * want).contains(&f64::from(most)) {
                return Err(format!("{key}: the largest of {N} draws is {most}, the bound {want}"));
            }
        } else {
            case.compare_double(key, &[rule.std(fans)], &[want])?;
            let std = (drawn.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / N as f64).sqrt();
            if (std - want).abs() > 5.0 * want / (2.0 * N as f64).sqrt() {
                return Err(format!("{key}: {N} draws have standard deviation {std}, not {want}"));
            }
        }
    }
    Ok(())
}
