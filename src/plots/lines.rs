//! Curves over steps: losses, accuracies, learning rates, spreads.

use super::{Style, short};
use plotters::coord::Shift;
use plotters::element::DashedPathElement;
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
    /// What lies between two curves, faint: the first half of the points is the lower one, the second half the upper.
    Band,
    /// Another run, thin and grey: the how-manieth, which chooses the dashes, and whether every value has a mark.
    Ghost(u8, bool),
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

/// How a reader looks at a plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The steps that are shown, if not all.
    pub steps: Option<(f64, f64)>,
    /// Whether equal ratios are equal distances along the bottom.
    pub log_x: bool,
    /// Where a hair line stands.
    pub cursor: Option<f64>,
    /// Whether the curves are named in the picture, for one that leaves the page.
    pub legend: bool,
}

/// Where a drawn plot has its steps, in pixels of the surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// The left and the right edge of the plotting area.
    pub pixels: (f64, f64),
    /// The steps there, their logarithms if so they are laid out.
    scaled: (f64, f64),
    log: bool,
}

impl Frame {
    /// The step at a pixel; beyond the edges that of the edge.
    pub fn step(&self, pixel: f64) -> f64 {
        let share = ((pixel - self.pixels.0) / (self.pixels.1 - self.pixels.0)).clamp(0.0, 1.0);
        let at = self.scaled.0 + share * (self.scaled.1 - self.scaled.0);
        if self.log { 10f64.powf(at) } else { at }
    }

    /// The steps of the edges.
    pub fn steps(&self) -> (f64, f64) {
        (self.step(self.pixels.0), self.step(self.pixels.1))
    }
}

/// How dashes and gaps of the ghosts are, in CSS pixels, one after the other.
const DASHES: [(f64, f64); 4] = [(1.0, 0.0), (7.0, 4.0), (2.5, 3.0), (12.0, 3.0)];

/// A series as it is laid out: where it is not finite or not shown there is a gap.
struct Laid<'a> {
    series: &'a Series,
    runs: Vec<Vec<(f64, f64)>>,
    /// Its values in view, for marks.
    marks: Vec<(f64, f64)>,
}

/// Draws the curves.
pub fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    series: &[Series],
    axes: &Axes,
    style: &Style,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    draw_view(area, series, axes, &View::default(), style).map(drop)
}

/// Draws the curves as a reader looks at them.
pub fn draw_view<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    series: &[Series],
    axes: &Axes,
    view: &View,
    style: &Style,
) -> Result<Frame, DrawingAreaErrorKind<DB::ErrorType>> {
    area.fill(&style.paper)?;
    let columns = area.dim_in_pixel().0 as usize;
    let scale_x = |x: f64| if view.log_x { x.log10() } else { x };
    let scale_y = |y: f64| if axes.log { y.log10() } else { y };
    let (first, last) = x_range(series, view);
    let laid: Vec<Laid> = series.iter().map(|one| laid(one, axes, (first, last), columns, &scale_x, &scale_y)).collect();
    let values = laid.iter().flat_map(|one| one.runs.iter().flatten().map(|point| point.1));
    let (low, high) = y_range(values, axes.y_range);
    let font = |size: f64, color: &RGBColor| (style.font.as_str(), style.px(size)).into_font().color(color);
    let legend = if view.legend { legend(area, series, style)? } else { 0 };
    let mut chart = ChartBuilder::on(area)
        .margin_top(style.px(8.0) + legend)
        .margin_right(style.px(24.0))
        .x_label_area_size(style.px(if axes.x.is_empty() { 2.0 } else { 40.0 }))
        .y_label_area_size(style.px(if axes.y.is_empty() { 64.0 } else { 76.0 }))
        .build_cartesian_2d(first..last, low..high)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(style.grid)
        .axis_style(style.quiet)
        .x_labels(if axes.x.is_empty() { 0 } else { 5 })
        .y_labels(if axes.x.is_empty() { 3 } else { 5 })
        .x_label_formatter(&|x| if view.log_x { short(10f64.powf(*x)) } else { format!("{x:.0}") })
        .y_label_formatter(&|y| short(if axes.log { 10f64.powf(*y) } else { *y }))
        .label_style(font(13.0, &style.quiet))
        .axis_desc_style(font(13.0, &style.ink))
        .x_desc(axes.x)
        .y_desc(axes.y)
        .draw()?;
    for one in &laid {
        let color = style.series[one.series.color % style.series.len()];
        if one.series.look == Look::Band {
            if let [lower, upper] = one.runs.as_slice() {
                let outline: Vec<(f64, f64)> = lower.iter().chain(upper.iter().rev()).copied().collect();
                chart.draw_series([Polygon::new(outline, color.mix(0.2).filled())])?;
            }
            continue;
        }
        for run in &one.runs {
            let line = run.iter().copied();
            match one.series.look {
                Look::Faint => chart.draw_series(LineSeries::new(line, color.mix(0.28).stroke_width(style.px(1.0))))?,
                Look::Ghost(number, _) if number % 4 > 0 => {
                    let (dash, gap) = DASHES[usize::from(number % 4)];
                    let ghost = style.quiet.stroke_width(style.px(1.2));
                    chart.draw_series(DashedLineSeries::new(line, style.px(dash), style.px(gap), ghost))?
                }
                Look::Ghost(..) => chart.draw_series(LineSeries::new(line, style.quiet.stroke_width(style.px(1.2))))?,
                Look::Line | Look::Marked | Look::Band => chart.draw_series(LineSeries::new(line, color.stroke_width(style.px(2.0))))?,
            };
        }
        let marks = one.marks.iter().copied();
        let (size, mark) =
            if one.series.look == Look::Marked { (3.5, color.filled()) } else { (2.5, style.quiet.stroke_width(style.px(1.0))) };
        chart.draw_series(marks.map(|at| Circle::new(at, style.px(size), mark)))?;
    }
    if let Some(step) = view.cursor.map(scale_x).filter(|step| (first..=last).contains(step)) {
        chart.draw_series([PathElement::new([(step, low), (step, high)], style.ink.mix(0.7).stroke_width(style.px(1.0)))])?;
        for one in series.iter().filter(|one| one.look != Look::Band && one.look != Look::Faint) {
            let color = if matches!(one.look, Look::Ghost(..)) { style.quiet } else { style.series[one.color % style.series.len()] };
            let near = nearest(&one.points, view.cursor.unwrap_or(step)).map(|(x, y)| (scale_x(x), scale_y(y)));
            if let Some(at) = near.filter(|(x, y)| (first..=last).contains(x) && (low..=high).contains(y)) {
                chart.draw_series([Circle::new(at, style.px(5.0), color.stroke_width(style.px(1.5)))])?;
            }
        }
    }
    let (across, _) = chart.plotting_area().get_pixel_range();
    if let Some(step) = first_not_finite(series) {
        let text = format!("not finite from step {step:.0} on");
        let at = ((area.dim_in_pixel().0 / 4) as i32, (area.dim_in_pixel().1 / 3) as i32);
        area.draw(&Text::new(text, at, font(15.0, &style.series[1])))?;
    }
    Ok(Frame { pixels: (across.start.into(), across.end.into()), scaled: (first, last), log: view.log_x })
}

/// The point whose step is nearest; of those that are finite.
pub fn nearest(points: &[(f64, f64)], step: f64) -> Option<(f64, f64)> {
    let after = points.partition_point(|point| point.0 < step);
    let before = points[..after].iter().rev().find(|point| point.1.is_finite());
    let after = points[after..].iter().find(|point| point.1.is_finite());
    let closer = |a: &&(f64, f64), b: &&(f64, f64)| (a.0 - step).abs().total_cmp(&(b.0 - step).abs());
    before.into_iter().chain(after).min_by(closer).copied()
}

/// The first and the last step that are shown, as they are laid out.
fn x_range(series: &[Series], view: &View) -> (f64, f64) {
    let steps = || series.iter().flat_map(|one| one.points.iter().map(|point| point.0)).filter(|step| step.is_finite());
    let last = steps().fold(10.0, f64::max);
    let first = steps().filter(|step| *step > 0.0).fold(f64::INFINITY, f64::min).clamp(last * 1e-6, last / 10.0);
    let (from, to) = view.steps.unwrap_or((0.0, last));
    if view.log_x { (from.max(first).log10(), to.max(2.0 * first).log10()) } else { (from, to) }
}

fn laid<'a>(
    series: &'a Series,
    axes: &Axes,
    (first, last): (f64, f64),
    columns: usize,
    scale_x: &impl Fn(f64) -> f64,
    scale_y: &impl Fn(f64) -> f64,
) -> Laid<'a> {
    // What lies outside a range that was asked for is left out: at the edge it would be a value that was never measured.
    let shown = |y: f64| y.is_finite() && axes.y_range.is_none_or(|(low, high)| (low..=high).contains(&y));
    let lay = |points: &[(f64, f64)]| -> Vec<(f64, f64)> { points.iter().map(|&(x, y)| (scale_x(x), scale_y(y))).collect() };
    let halves = if series.look == Look::Band { series.points.len() / 2 } else { series.points.len() };
    let mut runs = Vec::new();
    for part in series.points.chunks(halves.max(1)).take(2) {
        let seen = seen(&lay(part), (first, last));
        for run in thin(&seen, columns).split(|&(x, y)| !(x.is_finite() && shown(y))).filter(|run| !run.is_empty()) {
            runs.push(run.to_vec());
        }
    }
    let marks = lay(&series.points).into_iter().filter(|&(x, y)| (first..=last).contains(&x) && shown(y));
    let wants_marks = matches!(series.look, Look::Marked | Look::Ghost(_, true));
    Laid { series, runs, marks: if wants_marks { marks.collect() } else { Vec::new() } }
}

/// The part of a curve that is in view; at the edges it is cut where it crosses them.
fn seen(points: &[(f64, f64)], (first, last): (f64, f64)) -> Vec<(f64, f64)> {
    let cut = |a: (f64, f64), b: (f64, f64), at: f64| (at, a.1 + (b.1 - a.1) * (at - a.0) / (b.0 - a.0));
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (index, &point) in points.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| points[index]);
        for edge in [first, last] {
            kept.extend(before.filter(|before| before.0 < edge && edge < point.0).map(|before| cut(before, point, edge)));
        }
        if (first..=last).contains(&point.0) {
            kept.push(point);
        }
    }
    kept
}

/// Names the curves along the top; gives the height that takes.
fn legend<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    series: &[Series],
    style: &Style,
) -> Result<u32, DrawingAreaErrorKind<DB::ErrorType>> {
    let font = (style.font.as_str(), style.px(13.0)).into_font().color(&style.ink);
    let (line, gap) = (style.px(22.0) as i32, style.px(6.0) as i32);
    let (mut left, mut top) = (gap, gap);
    for one in series.iter().filter(|one| !matches!(one.look, Look::Faint | Look::Band)) {
        let (width, _) = area.estimate_text_size(&one.name, &font)?;
        if left > gap && left + line + 3 * gap + width as i32 > area.dim_in_pixel().0 as i32 {
            (left, top) = (gap, top + style.px(18.0) as i32);
        }
        let middle = top + style.px(7.0) as i32;
        let ghost = matches!(one.look, Look::Ghost(..));
        let (color, thick) = if ghost { (style.quiet, 1.2) } else { (style.series[one.color % style.series.len()], 2.0) };
        let stroke = color.stroke_width(style.px(thick));
        match one.look {
            Look::Ghost(number, _) if number % 4 > 0 => {
                let (dash, gap) = DASHES[usize::from(number % 4)];
                area.draw(&DashedPathElement::new(vec![(left, middle), (left + line, middle)], style.px(dash), style.px(gap), stroke))?;
            }
            _ => area.draw(&PathElement::new([(left, middle), (left + line, middle)], stroke))?,
        }
        area.draw(&Text::new(one.name.clone(), (left + line + gap, top), font.clone()))?;
        left += line + 3 * gap + width as i32;
    }
    Ok((top - gap) as u32 + style.px(20.0))
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
pub fn thin(points: &[(f64, f64)], columns: usize) -> Vec<(f64, f64)> {
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
#[path = "lines_tests.rs"]
mod tests;
