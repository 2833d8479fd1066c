//! Prose: HTML that the lesson's reader made, with the values of controls put where the text shows them.

use super::blocks::Shared;
use super::live;
use yew::prelude::*;

/// HTML from a lesson as it is.
pub(super) fn raw(html: &str) -> Html {
    Html::from_html_unchecked(AttrValue::from(html.to_string()))
}

/// Prose, and what its live values are now.
pub(super) fn prose(html: &str, shared: &Shared) -> Html {
    let values: Vec<String> =
        live::formulas(html).map(|formula| live::value(&formula, &|name| shared.state.value(&shared.lesson, name))).collect();
    html! { <Prose html={AttrValue::from(html.to_string())} {values} /> }
}

#[derive(Properties, PartialEq)]
struct Props {
    html: AttrValue,
    /// What stands in the live places, in their order.
    values: Vec<String>,
}

#[component]
fn Prose(props: &Props) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with((props.html.clone(), props.values.clone()), move |(_, values)| {
            let Some(element) = node.cast::<web_sys::Element>() else { return };
            let Ok(places) = element.query_selector_all("output[data-live]") else { return };
            for (index, value) in values.iter().enumerate() {
                if let Some(place) = places.get(index as u32) {
                    place.set_text_content(Some(value));
                }
            }
        });
    }
    html! { <div class="prose" ref={node}>{ Html::from_html_unchecked(props.html.clone()) }</div> }
}
