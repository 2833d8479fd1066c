//! Scalar expressions: value and gradient in double precision, by reverse and by forward mode.

use super::set::Case;
use serde_json::Value;
use stride_engine::expression::Expression;

pub fn run(case: &Case) -> Result<(), String> {
    let source = case.attrs.get("expression").and_then(Value::as_str).ok_or("the case has no expression")?;
    let numbers = |key: &str| -> Result<Vec<(String, f64)>, String> {
        let map = case.attrs.get(key).and_then(Value::as_object).ok_or(format!("the case has no '{key}'"))?;
        map.iter().map(|(name, value)| Ok((name.clone(), value.as_f64().ok_or(format!("{name} is no number"))?))).collect()
    };
    let (at, gradient) = (numbers("at")?, numbers("gradient")?);
    let text = |error: stride_engine::error::Error| error.to_string();
    let names: Vec<&str> = at.iter().map(|(name, _)| name.as_str()).collect();
    let expression = Expression::parse(source, &names).map_err(text)?;
    let point: Vec<f64> = at.iter().map(|&(_, value)| value).collect();
    case.compare_double("value", &[expression.value(&point).map_err(text)?], &[case.number("value")?])?;
    let want: Vec<f64> = names.iter().map(|name| gradient.iter().find(|(of, _)| of == name).map_or(0.0, |&(_, value)| value)).collect();
    case.compare_double("gradient", &expression.gradient(&point).map_err(text)?, &want)?;
    let forward: Vec<f64> = (0..names.len())
        .map(|index| {
            let direction: Vec<f64> = (0..names.len()).map(|other| f64::from(u8::from(other == index))).collect();
            expression.tangent(&point, &direction).map_err(text)
        })
        .collect::<Result<_, _>>()?;
    case.compare_double("gradient by forward mode", &forward, &want)
}
