//! The numbers of a plot as comma-separated values, and what they are at one step.
//!
//! Pure; knows series and axes.

use super::aligned;
use super::lines::{Axes, Look, Series, nearest};
use std::collections::BTreeMap;

/// The unit that stands in brackets at the end of an axis's name; empty if there is none.
pub fn unit(label: &str) -> &str {
    label.trim_end().strip_suffix(')').and_then(|rest| rest.rsplit_once('(')).map_or("", |(_, unit)| unit)
}

/// A line for every step, a column for every curve; a band has two. A curve that has no value at a step has an empty cell there.
pub fn csv(series: &[Series], axes: &Axes) -> String {
    let unit = unit(axes.y);
    let titled = |name: &str| quoted(&if unit.is_empty() { name.to_string() } else { format!("{name} ({unit})") });
    let mut columns: Vec<(String, &[(f64, f64)])> = Vec::new();
    for one in series {
        if one.look == Look::Band {
            let (low, high) = one.points.split_at(one.points.len() / 2);
            columns.push((titled(&format!("{}, lower", one.name)), low));
            columns.push((titled(&format!("{}, upper", one.name)), high));
        } else {
            columns.push((titled(&one.name), &one.points));
        }
    }
    let mut rows: BTreeMap<u64, Vec<Option<f64>>> = BTreeMap::new();
    for (column, (_, points)) in columns.iter().enumerate() {
        for &(step, value) in points.iter().filter(|(step, _)| *step >= 0.0) {
            // The bits of numbers that are not negative are in their order.
            rows.entry(step.to_bits()).or_insert_with(|| vec![None; columns.len()])[column] = Some(value);
        }
    }
    let first = quoted(if axes.x.is_empty() { "step" } else { axes.x });
    let titles: Vec<String> = [first].into_iter().chain(columns.iter().map(|(title, _)| title.clone())).collect();
    let mut text = titles.join(",") + "\r\n";
    for (step, values) in rows {
        text += &f64::from_bits(step).to_string();
        for value in values {
            text += ",";
            // Both what was measured in single precision and what was computed from it come back to the same single-precision number.
            text += &value.map(|value| (value as f32).to_string()).unwrap_or_default();
        }
        text += "\r\n";
    }
    text
}

/// A cell as RFC 4180 has it.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_string() }
}

/// What a curve is at a step: its own nearest step, and the value there as it is written beside the others'.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Which series.
    pub series: usize,
    /// The step at which the value was measured.
    pub step: f64,
    /// The value.
    pub value: String,
}

/// The readings of all curves but bands at the step nearest to `step` that any of them has, and that step.
pub fn readings(series: &[Series], step: f64) -> Option<(f64, Vec<Reading>)> {
    let curves = || series.iter().enumerate().filter(|(_, one)| one.look != Look::Band);
    let found: Vec<(usize, (f64, f64))> = curves().filter_map(|(index, one)| Some((index, nearest(&one.points, step)?))).collect();
    let (_, (at, _)) = found.iter().min_by(|a, b| (a.1.0 - step).abs().total_cmp(&(b.1.0 - step).abs()))?;
    let values = aligned(&found.iter().map(|(_, (_, value))| *value).collect::<Vec<f64>>());
    let readings = found.iter().zip(values).map(|((series, (step, _)), value)| Reading { series: *series, step: *step, value });
    Some((*at, readings.collect()))
}

/// The next step that any curve has after `step` (or before it), at least `stride` away if there is one so far; for moving by keys.
pub fn neighbour(series: &[Series], step: f64, forwards: bool, stride: f64) -> Option<f64> {
    let steps = || series.iter().filter(|one| one.look != Look::Band).flat_map(|one| &one.points).filter(|p| p.1.is_finite()).map(|p| p.0);
    if forwards {
        let far = steps().filter(|at| *at > step && *at >= step + stride).min_by(f64::total_cmp);
        far.or_else(|| steps().filter(|at| *at > step).max_by(f64::total_cmp))
    } else {
        let far = steps().filter(|at| *at < step && *at <= step - stride).max_by(f64::total_cmp);
        far.or_else(|| steps().filter(|at| *at < step).min_by(f64::total_cmp))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Vec<Series> {
        let one = |name: &str, look, points: &[(f64, f64)]| Series { name: name.into(), color: 0, points: points.to_vec(), look };
        vec![
            one("spread", Look::Band, &[(1.0, 0.5), (1.0, 1.5)]),
            one("training, smooth", Look::Line, &[(1.0, 2.5), (2.0, 0.25)]),
            one("test", Look::Marked, &[(2.0, f64::NAN), (3.0, 0.125)]),
        ]
    }

    #[test]
    fn every_point_has_its_cell_and_every_column_its_unit() {
        let axes = Axes { x: "step", y: "loss (nats)", log: true, y_range: None };
        let lines = [
            "step,\"spread, lower (nats)\",\"spread, upper (nats)\",\"training, smooth (nats)\",test (nats)",
            "1,0.5,1.5,2.5,",
            "2,,,0.25,NaN",
            "3,,,,0.125",
        ];
        assert_eq!(csv(&series(), &axes).split_terminator("\r\n").collect::<Vec<_>>(), lines);
        assert_eq!((unit("loss (nats)"), unit("step"), unit("a (b) c")), ("nats", "", ""));
    }

    #[test]
    fn readings_are_the_nearest_values_in_one_column() {
        let (step, readings) = readings(&series(), 1.8).unwrap();
        assert_eq!(step, 2.0);
        let reading = |series, step, value: &str| Reading { series, step, value: value.into() };
        assert_eq!(readings, [reading(1, 2.0, "0.250"), reading(2, 3.0, "0.125")]);
        assert_eq!(super::readings(&[], 1.0), None);
    }

    #[test]
    fn keys_go_from_step_to_step_and_stop_at_the_ends() {
        let go = |step, forwards, stride| neighbour(&series(), step, forwards, stride);
        assert_eq!((go(1.0, true, 0.0), go(1.0, true, 2.0), go(1.0, true, 9.0)), (Some(2.0), Some(3.0), Some(3.0)));
        assert_eq!((go(3.0, true, 0.0), go(3.0, false, 0.0), go(3.0, false, 9.0)), (None, Some(2.0), Some(1.0)));
    }
}
