//! The network, layer by layer: shapes at every arrow, parameters, multiply-adds. Computed from the experiment's model.

use super::run_panel::thousands;
use super::{Widget, WidgetProps};
use crate::protocol::LayerSummary;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "architecture",
    about: "The network, layer by layer",
    check: super::nothing,
    view: |context| html! { <Architecture context={context.clone()} /> },
};

#[component]
fn Architecture(props: &WidgetProps) -> Html {
    let model = &props.context.experiment.model;
    let rows = match model.summary() {
        Ok(rows) => rows,
        Err(error) => return html! { <p class="error">{ error.to_string() }</p> },
    };
    let total = |of: fn(&LayerSummary) -> u64| thousands(rows.iter().map(of).sum());
    let row = |layer: &LayerSummary| {
        html! {
            <tr>
                <th scope="row">{ &layer.name }</th>
                <td><code>{ &layer.description }</code></td>
                <td class="number">{ shape(&layer.output) }</td>
                <td class="number">{ count(layer.parameters as u64) }</td>
                <td class="number">{ count(layer.multiply_adds) }</td>
            </tr>
        }
    };
    html! {
        <div class="architecture">
            <ol class="flow" aria-hidden="true">{ for flow(&model.input, &rows).into_iter() }</ol>
            <div class="table" tabindex="0">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{ "Layer" }</th><th scope="col">{ "In PyTorch" }</th><th class="number" scope="col">{ "Output" }</th>
                            <th class="number" scope="col">{ "Parameters" }</th><th class="number" scope="col">{ "Multiply-adds" }</th>
                        </tr>
                    </thead>
                    <tbody>{ for rows.iter().map(row) }</tbody>
                    <tfoot>
                        <tr>
                            <th scope="row">{ "In all" }</th><td></td><td></td>
                            <td class="number" data-testid="parameters">{ total(|layer| layer.parameters as u64) }</td>
                            <td class="number">{ total(|layer| layer.multiply_adds) }</td>
                        </tr>
                    </tfoot>
                </table>
            </div>
        </div>
    }
}

/// The input and every layer that changes the shape, as boxes whose height and depth follow it; a layer that keeps the shape is named
/// in the box before.
fn flow(input: &[usize], rows: &[LayerSummary]) -> Vec<Html> {
    let mut boxes: Vec<(String, Vec<usize>, usize)> = vec![("input".into(), input.to_vec(), 0)];
    for layer in rows {
        match boxes.last_mut() {
            Some((names, shape, _)) if *shape == layer.output && layer.parameters == 0 => {
                let kind = layer.description.split('(').next().unwrap_or_default();
                *names = format!("{names} + {kind}");
            }
            _ => boxes.push((layer.name.clone(), layer.output.clone(), layer.parameters)),
        }
    }
    boxes.into_iter().enumerate().map(|(index, (name, shape, parameters))| stage(index, &name, &shape, parameters)).collect()
}

fn stage(index: usize, name: &str, dims: &[usize], parameters: usize) -> Html {
    let drawn = match *dims {
        [channels, height, width] => {
            // Sheets one behind the other: one for every map, as far as can be told apart.
            let (h, w, sheets) = (height as f64 * 2.4, width as f64 * 2.4, channels.min(16));
            let (room_w, room_h) = (w + 3.0 * sheets as f64 + 2.0, h + 3.0 * sheets as f64 + 2.0);
            html! {
                <svg width={room_w.to_string()} height={room_h.to_string()} viewBox={format!("-1 -1 {room_w} {room_h}")}>
                    { for (0..sheets).map(|sheet| html! {
                        <rect x={(3 * sheet).to_string()} y={(3 * sheet).to_string()} width={w.to_string()} height={h.to_string()} />
                    }) }
                </svg>
            }
        }
        _ => {
            let features: usize = dims.iter().product();
            let height = 14.0 + 110.0 * (features as f64).sqrt() / 20.0;
            html! {
                <svg width="14" height={(height + 2.0).to_string()} viewBox={format!("-1 -1 14 {}", height + 2.0)}>
                    <rect x="0" y="0" width="11" height={height.to_string()} />
                </svg>
            }
        }
    };
    let weights = if parameters > 0 { thousands(parameters as u64) } else { String::new() };
    html! {
        <>
            if index > 0 {
                <li class="arrow"><span>{ weights }</span><span class="line">{ "→" }</span></li>
            }
            <li class="stage">{ drawn }<strong>{ name }</strong><span class="quiet number">{ shape(dims) }</span></li>
        </>
    }
}

fn shape(dims: &[usize]) -> String {
    dims.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ")
}

fn count(number: u64) -> String {
    if number == 0 { "–".into() } else { thousands(number) }
}
