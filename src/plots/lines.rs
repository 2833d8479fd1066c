//! Curves over steps: losses, accuracies, learning rates, spreads.

use super::{Style, short};
use plotters::coord::Shift;
use plotters::prelude::*;

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is, for the legend.
    pub name: String,
    /// Index into the style's colours.
    pub color: usize,
    /// Step and value, by rising step. Values that are not finite leave gaps.
    pub points: Vec<(f64, f64)>,
    /// How it is drawn.
    pub look: Look,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Every value, faint: noise to see through.
    Faint,
    /// A line.
    Line,
    /// A line with a mark at every value: few values, each measured.
    Marked,
}

/// What stands at the axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Axes {
    /// Along the bottom, with its unit.
    pub x: &'static str,
    /// Along the left, with its unit.
    pub y: &'static str,
    /// Whether equal ratios are equal distances.
    pub log: bool,
    /// The range of y, if it is not that of the numbers.
    pub y_range: Option<(f64, f64)>,
}

/// Draws the curves.
pub fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    series: &[Series],
    axes: &Axes,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    area.fill(&style.paper)?;
    let scaled = |y: f64| if axes.log { y.log10() } else { y };
    // What lies outside a range that was asked for is left out: at the edge it would be a value that was never measured.
    let shown = |y: f64| axes.y_range.is_none_or(|(low, high)| (low..=high).contains(&y));
    let usable = |&(x, y): &(f64, f64)| x.is_finite() && scaled(y).is_finite() && shown(scaled(y));
    let points = || series.iter().flat_map(|series| series.points.iter().filter(|point| usable(point)));
    let last_step = points().map(|&(x, _)| x).fold(10.0, f64::max);
    let (low, high) = y_range(points().map(|&(_, y)| scaled(y)), axes.y_range);
    let font = |size: f64, color: &RGBColor| (style.font.as_str(), style.px(size)).into_font().color(color);
    let mut chart = ChartBuilder::on(area)
        .margin_top(style.px(8.0))
        .margin_right(style.px(24.0))
        .x_label_area_size(style.px(if axes.x.is_empty() { 2.0 } else { 40.0 }))
        .y_label_area_size(style.px(if axes.y.is_empty() { 64.0 } else { 76.0 }))
        .build_cartesian_2d(0.0..last_step, low..high)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(style.grid)
        .axis_style(style.quiet)
        .x_labels(if axes.x.is_empty() { 0 } else { 5 })
        .y_labels(if axes.x.is_empty() { 3 } else { 5 })
        .x_label_formatter(&|step| format!("{step:.0}"))
        .y_label_formatter(&|y| short(if axes.log { 10f64.powf(*y) } else { *y }))
        .label_style(font(13.0, &style.quiet))
        .axis_desc_style(font(13.0, &style.ink))
        .x_desc(axes.x)
        .y_desc(axes.y)
        .draw()?;
    let columns = area.dim_in_pixel().0 as usize;
    for one in series {
        let color = style.series[one.color % style.series.len()];
        for run in thin(&one.points, columns).split(|point| !usable(point)).filter(|run| !run.is_empty()) {
            let line = run.iter().map(|&(x, y)| (x, scaled(y)));
            match one.look {
                Look::Faint => chart.draw_series(LineSeries::new(line, color.mix(0.28).stroke_width(style.px(1.0))))?,
                Look::Line | Look::Marked => chart.draw_series(LineSeries::new(line, color.stroke_width(style.px(2.0))))?,
            };
            if one.look == Look::Marked {
                let marks = run.iter().map(|&(x, y)| Circle::new((x, scaled(y)), style.px(3.5), color.filled()));
                chart.draw_series(marks)?;
            }
        }
    }
    if let Some(step) = first_not_finite(series) {
        let text = format!("not finite from step {step:.0} on");
        let at = ((area.dim_in_pixel().0 / 4) as i32, (area.dim_in_pixel().1 / 3) as i32);
        area.draw(&Text::new(text, at, font(15.0, &style.series[1])))?;
    }
    Ok(())
}

/// The range of the numbers with a little room, or the one asked for.
fn y_range(values: impl Iterator<Item = f64>, wanted: Option<(f64, f64)>) -> (f64, f64) {
    if let Some(range) = wanted {
        return range;
    }
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
    if low > high {
        return (0.0, 1.0);
    }
    let room = if high > low { 0.06 * (high - low) } else { 0.5 * high.abs().max(1e-3) };
    (low - room, high + room)
}

/// The first step from which on a curve has no finite value any more.
fn first_not_finite(series: &[Series]) -> Option<f64> {
    let ends_badly = |one: &Series| {
        let good = one.points.iter().rposition(|point| point.1.is_finite()).map_or(0, |index| index + 1);
        one.points.get(good).map(|point| point.0)
    };
    series.iter().filter_map(ends_badly).min_by(f64::total_cmp)
}

/// At most the smallest and the largest value for every column of pixels, so that a long run costs no more than a short one.
fn thin(points: &[(f64, f64)], columns: usize) -> Vec<(f64, f64)> {
    let columns = columns.max(1);
    if points.len() <= 4 * columns {
        return points.to_vec();
    }
    let mut kept = Vec::with_capacity(2 * columns);
    for chunk in points.chunks(points.len().div_ceil(columns)) {
        // Comparisons with NaN are false: begin with a value that is none, if there is one.
        let first = chunk.iter().position(|point| point.1.is_finite()).unwrap_or(0);
        let (mut low, mut high) = (first, first);
        for (index, point) in chunk.iter().enumerate() {
            if point.1 < chunk[low].1 {
                low = index;
            }
            if point.1 > chunk[high].1 {
                high = index;
            }
        }
        kept.push(chunk[low.min(high)]);
        if low != high {
            kept.push(chunk[low.max(high)]);
        }
    }
    // A curve ends where the run stands.
    if let Some(&last) = points.last()
        && kept.last() != Some(&last)
    {
        kept.push(last);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(series: &[Series], log: bool) -> String {
        let mut out = String::new();
        {
            let area = SVGBackend::with_string(&mut out, (400, 240)).into_drawing_area();
            let axes = Axes { x: "step", y: "loss (nats)", log, y_range: None };
            draw(&area, series, &axes, &Style::default()).unwrap();
        }
        out
    }

    fn loss(points: &[(f64, f64)]) -> Vec<Series> {
        vec![Series { name: "loss".into(), color: 0, points: points.to_vec(), look: Look::Line }]
    }

    #[test]
    fn axes_carry_their_units() {
        let out = svg(&loss(&[(1.0, 2.3), (100.0, 0.1)]), false);
        assert!(out.contains("loss (nats)") && out.contains("step") && out.contains("100"), "{out}");
    }

    #[test]
    fn a_log_axis_names_the_values_themselves() {
        let out = svg(&loss(&[(1.0, 1.0), (100.0, 0.001)]), true);
        assert!(out.contains("0.01") || out.contains("0.1"), "{out}");
    }

    #[test]
    fn nothing_and_one_point_can_be_drawn() {
        svg(&[], true);
        svg(&loss(&[]), false);
        svg(&loss(&[(1.0, 0.0)]), true);
    }

    #[test]
    fn a_curve_that_ends_in_nan_says_where() {
        let out = svg(&loss(&[(1.0, 2.0), (2.0, f64::NAN), (3.0, 5.0), (12.0, f64::INFINITY), (13.0, f64::NAN)]), false);
        assert!(out.contains("not finite from step 12 on"), "{out}");
    }

    #[test]
    fn what_is_out_of_range_is_not_drawn_at_the_edge() {
        let draw_to = |points: &[(f64, f64)]| {
            let mut out = String::new();
            {
                let area = SVGBackend::with_string(&mut out, (400, 240)).into_drawing_area();
                let axes = Axes { x: "step", y: "test accuracy (%)", log: false, y_range: Some((80.0, 100.0)) };
                let series = [Series { name: "test".into(), color: 1, points: points.to_vec(), look: Look::Marked }];
                draw(&area, &series, &axes, &Style::default()).unwrap();
            }
            out.matches("<circle").count()
        };
        assert_eq!(draw_to(&[(50.0, 10.0), (100.0, 91.0), (150.0, 97.0)]), 2);
    }

    #[test]
    fn thinning_keeps_the_extremes_in_order() {
        let points: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i), if i == 54_321 { 9.0 } else { f64::from(i % 7) })).collect();
        let kept = thin(&points, 300);
        assert!(kept.len() <= 601 && kept.contains(&(54_321.0, 9.0)));
        assert!(kept.is_sorted_by_key(|point| point.0));
        assert_eq!(kept.last(), points.last());
        let mut broken = points;
        broken[54_180].1 = f64::NAN;
        assert!(thin(&broken, 300).contains(&(54_321.0, 9.0)));
    }
}
