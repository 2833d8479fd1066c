//! For every layer the spread of its activations and of their gradients, now and over the run.

use super::canvas::{Canvas, Draw};
use super::curves::swatch;
use super::plot::Plot;
use super::{Widget, WidgetProps};
use crate::plots::lines::{Axes, Look, Series};
use crate::plots::{histogram, short};
use crate::protocol::{Distribution, LayerProbe};
use crate::worker::record::Record;
use plotters::prelude::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use std::rc::Rc;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "layer-statistics",
    about: "Activations and gradients of every layer",
    check: super::nothing,
    view: |context| html! { <LayerStatistics context={context.clone()} /> },
};

#[component]
fn LayerStatistics(props: &WidgetProps) -> Html {
    let run = &props.context.run;
    let record = run.record();
    let Some(now) = record.probes.last() else {
        return html! {
            <p class="note" data-testid="plot-activations">{ "Press Run: every layer shows its numbers from the first step on." }</p>
        };
    };
    let version = u64::from(now.step) << 8 | record.probes.len() as u64 & 0xff;
    let row = |(index, layer): (usize, &LayerProbe)| {
        html! {
            <tr key={layer.name.clone()}>
                <th scope="row">{ &layer.name }</th>
                { cell("activations", layer, &layer.activation, 0, version) }
                { cell("gradients", layer, &layer.gradient, 1, version) }
                <td class="over-time">
                    <Plot small=true title={format!("standard deviations of {}", layer.name)} {version} series={Rc::new(spreads(&record, index))}
                        label={format!("Standard deviations of {} over the run", layer.name)} testid={format!("plot-spread-{index}")}
                        axes={Axes { x: "", y: "", log: true, y_range: None }} />
                </td>
            </tr>
        }
    };
    html! {
        <div class="table" tabindex="0" data-testid="plot-activations">
            <table class="layers">
                <caption>{ format!("One training batch, at step {}. Heights are logarithmic; under each histogram mean ± standard deviation.", now.step) }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ "Layer" }</th>
                        <th scope="col">{ swatch(0, "activations") }</th>
                        <th scope="col">{ swatch(1, "gradients of the loss by them") }</th>
                        <th scope="col">{ "standard deviations over the run (log)" }</th>
                    </tr>
                </thead>
                <tbody>{ for now.layers.iter().enumerate().map(row) }</tbody>
            </table>
        </div>
    }
}

fn cell(what: &str, layer: &LayerProbe, spread: &Distribution, color: usize, version: u64) -> Html {
    let numbers = format!("{} ± {}", short(f64::from(spread.mean)), short(f64::from(spread.std)));
    html! {
        <td class="spread">
            <Canvas {version} label={format!("Histogram of the {what} of {}: {numbers}", layer.name)} draw={bars(spread.clone(), color)} />
            <span class="number" title="mean ± standard deviation">{ numbers }</span>
        </td>
    }
}

fn bars(spread: Distribution, color: usize) -> Draw {
    Rc::new(move |canvas, style| {
        if let Some(backend) = CanvasBackend::with_canvas_object(canvas.clone()) {
            let area = backend.into_drawing_area();
            let range = (f64::from(spread.min), f64::from(spread.max));
            // A canvas that cannot be drawn on stays as it was.
            let _ = histogram::draw(&area, range, &spread.counts, color, style).and_then(|()| area.present());
        }
    })
}

fn spreads(record: &Record, index: usize) -> Vec<Series> {
    let curve = |name: &str, color: usize, of: fn(&LayerProbe) -> &Distribution| {
        let value = |layer: &LayerProbe| f64::from(of(layer).std);
        let points = record.probes.iter().filter_map(|probe| Some((f64::from(probe.step), value(probe.layers.get(index)?)))).collect();
        Series { name: name.into(), color, points, look: Look::Line }
    };
    vec![curve("activations", 0, |layer| &layer.activation), curve("gradients", 1, |layer| &layer.gradient)]
}
