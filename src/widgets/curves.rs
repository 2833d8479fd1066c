//! The run's curves: training and test loss, test accuracy, learning rate.

use super::canvas::{Canvas, Draw};
use super::{Widget, WidgetProps};
use crate::plots::lines::{Axes, Look, Series, draw};
use crate::plots::short;
use crate::worker::record::Record;
use plotters::prelude::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use std::rc::Rc;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "curves",
    about: "Loss, accuracy and learning rate of the run",
    check: super::nothing,
    view: |context| html! { <Curves context={context.clone()} /> },
};

/// Steps that the smooth training curve averages over, weighted by how recent they are.
const SMOOTH_STEPS: f64 = 10.0;

#[component]
fn Curves(props: &WidgetProps) -> Html {
    let kept = &props.context.kept;
    let log = kept.get("log", false);
    let run = &props.context.run;
    let record = run.record();
    let (mut loss, mut accuracy, mut rate) = (losses(&record), accuracies(&record), rates(&record));
    let forks = run.forks();
    let fork_names: Vec<String> = forks.iter().map(|fork| fork.record().name_beside(&record)).collect();
    for (index, (fork, name)) in forks.iter().zip(&fork_names).enumerate() {
        let fork = fork.record();
        loss.extend(forked(losses(&fork).swap_remove(1), &fork, index, name));
        accuracy.extend(forked(accuracies(&fork).swap_remove(0), &fork, index, name));
        rate.extend(forked(rates(&fork).swap_remove(0), &fork, index, name));
    }
    let labels = (label("Loss", &loss, "nats"), label("Test accuracy", &accuracy, "%"), label("Learning rate", &rate, ""));
    let best = accuracy[0].points.iter().map(|point| point.1).fold(0.0, f64::max);
    let latest = accuracy[0].points.last().map_or(0.0, |point| point.1);
    // The last percent are seen from near, as long as the curve stays up there.
    let floor = if best > 90.0 && latest > 80.0 { 80.0 } else { 0.0 };
    let top_rate = rate[0].points.iter().map(|point| point.1).fold(1e-6, f64::max);
    let version = 2 * run.version();
    let choose = |value: bool| {
        let kept = kept.clone();
        Callback::from(move |_: MouseEvent| kept.set("log", &value, &false))
    };
    html! {
        <div class="plot-grid">
            <figure class="plot wide">
                <figcaption>
                    { "Loss " }{ swatch(0, "training") }{ swatch(1, "test") }
                    { for fork_names.iter().enumerate().map(|(index, name)| swatch(fork_color(index), name)) }
                    <span class="segmented" role="group" aria-label="Scale of the loss">
                        <button aria-pressed={(!log).to_string()} onclick={choose(false)}>{ "linear" }</button>
                        <button aria-pressed={log.to_string()} onclick={choose(true)}>{ "log" }</button>
                    </span>
                </figcaption>
                <Canvas version={version + u64::from(log)} label={labels.0} testid="plot-loss"
                    draw={plot(loss, Axes { x: "step", y: "loss (nats)", log, y_range: None })} />
            </figure>
            <figure class="plot">
                <figcaption>{ "Test accuracy" }</figcaption>
                <Canvas {version} label={labels.1} testid="plot-accuracy"
                    draw={plot(accuracy, Axes { x: "step", y: "test accuracy (%)", log: false, y_range: Some((floor, 100.0)) })} />
            </figure>
            <figure class="plot">
                <figcaption>{ "Learning rate" }</figcaption>
                <Canvas {version} label={labels.2} testid="plot-learning-rate"
                    draw={plot(rate, Axes { x: "step", y: "", log: false, y_range: Some((0.0, 1.15 * top_rate)) })} />
            </figure>
        </div>
    }
}

/// The colour of a fork's curves, by its place among the forks.
pub(super) fn fork_color(index: usize) -> usize {
    3 + index % 3
}

/// A fork's curve, from where it split off: what lies before is the other run's.
fn forked(mut series: Series, record: &Record, index: usize, name: &str) -> Option<Series> {
    let split = f64::from(record.from?.step);
    series.points.retain(|&(step, _)| step >= split);
    (series.name, series.color) = (format!("{} ({name})", series.name), fork_color(index));
    Some(series)
}

/// Draws curves on a canvas; shared with other widgets.
pub(super) fn plot(series: Vec<Series>, axes: Axes) -> Draw {
    Rc::new(move |canvas, style| {
        if let Some(backend) = CanvasBackend::with_canvas_object(canvas.clone()) {
            let area = backend.into_drawing_area();
            // A canvas that cannot be drawn on stays as it was.
            let _ = draw(&area, &series, &axes, style).and_then(|()| area.present());
        }
    })
}

/// A colour of the plots with what it stands for.
pub(super) fn swatch(series: usize, name: &str) -> Html {
    html! { <span class="swatch" style={format!("--swatch: var(--series-{})", series + 1)}>{ name }</span> }
}

fn losses(record: &Record) -> Vec<Series> {
    let raw: Vec<(f64, f64)> = record.steps.iter().map(|point| (f64::from(point.step), f64::from(point.loss))).collect();
    let test = record.tests.iter().map(|test| (f64::from(test.step), f64::from(test.loss))).collect();
    vec![
        Series { name: "training, each batch".into(), color: 0, points: raw.clone(), look: Look::Faint },
        Series { name: "training".into(), color: 0, points: smooth(&raw), look: Look::Line },
        Series { name: "test".into(), color: 1, points: test, look: Look::Marked },
    ]
}

/// The exponential moving average, unbiased at the start as Adam's is.
fn smooth(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let keep = 1.0 - 1.0 / SMOOTH_STEPS;
    let (mut sum, mut weight) = (0.0, 0.0);
    points
        .iter()
        .map(|&(step, value)| {
            sum = keep * sum + (1.0 - keep) * value;
            weight = keep * weight + (1.0 - keep);
            (step, sum / weight)
        })
        .collect()
}

fn accuracies(record: &Record) -> Vec<Series> {
    let points = record.tests.iter().map(|test| (f64::from(test.step), 100.0 * f64::from(test.accuracy))).collect();
    vec![Series { name: "test accuracy".into(), color: 1, points, look: Look::Marked }]
}

fn rates(record: &Record) -> Vec<Series> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for point in &record.steps {
        let (step, rate) = (f64::from(point.step), f64::from(point.learning_rate));
        // A rate holds until the next step takes another: level, then upright.
        if let Some(&(_, before)) = points.last()
            && before != rate
        {
            points.push((step, before));
        }
        points.push((step, rate));
    }
    vec![Series { name: "learning rate".into(), color: 2, points, look: Look::Line }]
}

/// The picture in words: where every curve stands.
fn label(title: &str, series: &[Series], unit: &str) -> String {
    let now = |one: &Series| one.points.last().map(|&(step, value)| format!("{} {} {unit} at step {step:.0}", one.name, short(value)));
    let ends: Vec<String> = series.iter().filter(|one| one.look != Look::Faint).filter_map(now).collect();
    if ends.is_empty() { format!("{title}: nothing yet") } else { format!("{title}: {}", ends.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smooth_curve_begins_at_the_first_value_and_follows() {
        let smooth = smooth(&[(1.0, 2.0), (2.0, 2.0), (3.0, 1.0)]);
        assert_eq!(smooth[0], (1.0, 2.0));
        assert!((smooth[1].1 - 2.0).abs() < 1e-12 && smooth[2].1 < 2.0 && smooth[2].1 > 1.0);
    }

    #[test]
    fn a_label_says_where_the_curve_stands() {
        let series = [Series { name: "test".into(), color: 1, points: vec![(50.0, 0.25)], look: Look::Marked }];
        assert_eq!(label("Loss", &series, "nats"), "Loss: test 0.25 nats at step 50");
        assert_eq!(label("Loss", &[], "nats"), "Loss: nothing yet");
    }
}
