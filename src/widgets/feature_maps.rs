//! What every layer makes of one test image, as the network learns.

use super::pixels::{Maps, Scale, image, view};
use super::{Widget, WidgetProps, probabilities};
use crate::protocol::{Activation, RunCommand, Seen};
use web_sys::HtmlInputElement;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "feature-maps",
    about: "What every layer makes of one image",
    check: super::nothing,
    view: |context| html! { <FeatureMaps context={context.clone()} /> },
};

#[component]
fn FeatureMaps(props: &WidgetProps) -> Html {
    let run = &props.context.run;
    let record = run.record();
    let Some(seen) = &record.seen else {
        return html! { <p class="note" data-testid="feature-maps">{ "The images are on their way." }</p> };
    };
    let last = record.data.as_ref().map_or(0, |data| data.test_images.saturating_sub(1));
    let watch = |index: usize| {
        let run = run.clone();
        Callback::from(move |_: MouseEvent| run.send(RunCommand::Watch { index }))
    };
    let onchange = {
        let run = run.clone();
        Callback::from(move |event: Event| {
            let number = event.target_dyn_into::<HtmlInputElement>().and_then(|input| input.value().trim().parse::<usize>().ok());
            if let Some(index) = number {
                run.send(RunCommand::Watch { index: index.min(last) });
            }
        })
    };
    let version = u64::from(seen.step) << 24 | seen.index as u64;
    html! {
        <div class="panel seen" data-testid="feature-maps">
            <div class="controls">
                <button class="button" onclick={watch(seen.index.saturating_sub(1))} disabled={seen.index == 0}>{ "Previous" }</button>
                <label class="field inline">
                    <span>{ "Test image" }</span>
                    <input type="number" min="0" max={last.to_string()} value={seen.index.to_string()} {onchange} />
                </label>
                <button class="button" onclick={watch(seen.index + 1)} disabled={seen.index >= last}>{ "Next" }</button>
                <span class="quiet">{ format!("after {} steps", seen.step) }</span>
            </div>
            <div class="seen-body">
                <figure class="seen-image">
                    { image(&seen.pixels, version, format!("Test image {}, a {}", seen.index, seen.label), "digit") }
                    <figcaption>{ verdict(seen) }</figcaption>
                    { probabilities::view(&seen.guess.probabilities, None) }
                </figure>
                <dl class="seen-layers">{ for seen.layers.iter().map(|layer| shown(layer, version)) }</dl>
            </div>
        </div>
    }
}

fn verdict(seen: &Seen) -> String {
    let shares = &seen.guess.probabilities;
    match (0..shares.len()).max_by(|&a, &b| shares[a].total_cmp(&shares[b])) {
        Some(guess) if guess == usize::from(seen.label) => format!("A {}, and taken for one.", seen.label),
        Some(guess) => format!("A {}, taken for a {guess}.", seen.label),
        None => format!("A {}.", seen.label),
    }
}

fn shown(layer: &Activation, version: u64) -> Html {
    let scale = Scale::of(&layer.values);
    let maps = match *layer.shape {
        [channels, height, width] => Maps { values: layer.values.clone().into(), size: (height, width), across: channels.min(8), scale },
        _ => Maps { values: layer.values.clone().into(), size: (1, 1), across: layer.values.len().min(60), scale },
    };
    let class = if layer.shape.len() == 3 { "maps" } else { "strip" };
    let dims: Vec<String> = layer.shape.iter().map(usize::to_string).collect();
    html! {
        <>
            <dt>{ &layer.name }<span class="quiet">{ dims.join(" × ") }</span></dt>
            <dd>{ view(&maps, version, format!("Output of {}", layer.name), class) }</dd>
        </>
    }
}
