//! The test images that the network gets most wrong.

use super::pixels::image;
use super::{Widget, WidgetProps};
use crate::protocol::Mistake;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "mistakes",
    about: "The worst mistakes on the test set",
    check: super::nothing,
    view: |context| html! { <Mistakes context={context.clone()} /> },
};

#[component]
fn Mistakes(props: &WidgetProps) -> Html {
    let record = props.context.run.record();
    let Some(examination) = &record.examination else {
        return html! { <p class="note" data-testid="mistakes">{ "They show once the run has been tested on all images." }</p> };
    };
    let version = u64::from(examination.point.step);
    let shown = |mistake: &Mistake| {
        let words = format!("Test image {}: a {}, taken for a {}", mistake.index, mistake.label, mistake.guess);
        html! {
            <li key={mistake.index}>
                { image(&mistake.pixels, version, words, "digit") }
                <span>{ mistake.label }{ " → " }<strong>{ mistake.guess }</strong></span>
                <span class="quiet number">{ format!("{:.1} nats", mistake.loss) }</span>
            </li>
        }
    };
    html! { <ol class="mistakes" data-testid="mistakes">{ for examination.worst.iter().map(shown) }</ol> }
}
