//! The weights of the convolutions, as small pictures.

use super::pixels::{Maps, Scale, view};
use super::{Widget, WidgetProps};
use crate::plots::short;
use crate::protocol;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "filters",
    about: "The learned filters",
    check: super::nothing,
    view: |context| html! { <Filters context={context.clone()} /> },
};

#[component]
fn Filters(props: &WidgetProps) -> Html {
    let record = props.context.run.record();
    if record.filters.is_empty() {
        return html! { <p class="note" data-testid="filters">{ "The network is being made ready." }</p> };
    }
    html! { <div class="filters" data-testid="filters">{ for record.filters.iter().map(shown) }</div> }
}

fn shown(filters: &protocol::Filters) -> Html {
    let [outputs, inputs, height, width] = filters.shape;
    let most = filters.weights.iter().filter(|w| w.is_finite()).fold(0f32, |most, w| most.max(w.abs()));
    // One filter a row where each has several channels, all in one row where it has one.
    let across = if inputs == 1 { outputs } else { inputs };
    let maps = Maps { values: filters.weights.clone().into(), size: (height, width), across, scale: Scale::Signed(most) };
    let label = format!("The {outputs} filters of {}, {inputs} x {height} x {width} each", filters.name);
    let caption = if inputs == 1 {
        format!("{outputs} filters of {height} × {width}, at step {}", filters.step)
    } else {
        format!("{outputs} filters (rows) of {inputs} channels (columns), at step {}", filters.step)
    };
    let class = if inputs == 1 { "few" } else { "many" };
    html! {
        <figure class={classes!("filter-set", class)}>
            <figcaption><strong>{ &filters.name }</strong>{ " " }<span class="quiet">{ caption }</span></figcaption>
            { view(&maps, u64::from(filters.step), label, class) }
            <p class="scale"><span>{ format!("−{}", short(f64::from(most))) }</span><span class="ramp" aria-hidden="true" /><span>{ short(f64::from(most)) }</span></p>
        </figure>
    }
}
