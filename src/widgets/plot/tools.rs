//! A plot's toolbar: small, quiet, and named for those who do not see it.

use yew::prelude::*;

/// What a reader may do to a plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    In,
    Out,
    Whole,
    LogY,
    LogX,
    Keep,
    Png,
    Svg,
    Csv,
}

impl Tool {
    /// What stands on the button, and what it is called.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Tool::In => ("+", "Zoom in"),
            Tool::Out => ("−", "Zoom out"),
            Tool::Whole => ("all", "Show all steps"),
            Tool::LogY => ("log y", "Logarithmic values"),
            Tool::LogX => ("log x", "Logarithmic steps"),
            Tool::Keep => ("Keep", "Keep this run's curves to compare"),
            Tool::Png => ("PNG", "Save the picture as PNG"),
            Tool::Svg => ("SVG", "Save the picture as SVG"),
            Tool::Csv => ("CSV", "Save the numbers as CSV"),
        }
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub title: AttrValue,
    pub testid: AttrValue,
    /// Which tools there are, and for those that are on or off, which they are.
    pub tools: Vec<(Tool, Option<bool>)>,
    pub small: bool,
    pub press: Callback<Tool>,
}

#[component]
pub(super) fn Tools(props: &Props) -> Html {
    let button = |&(tool, on): &(Tool, Option<bool>)| {
        let (text, name) = tool.words();
        let press = props.press.clone();
        html! {
            <button type="button" title={name} aria-label={name} aria-pressed={on.map(|on| on.to_string())}
                data-testid={format!("{}-{}", props.testid, super::super::save::slug(name))} onclick={move |_: MouseEvent| press.emit(tool)}>
                { text }
            </button>
        }
    };
    let buttons = html! {
        <div class="plot-tools" role="group" aria-label={format!("{}: view and save", props.title)}>{ for props.tools.iter().map(button) }</div>
    };
    if props.small {
        html! { <details class="plot-more"><summary aria-label={format!("{}: view and save", props.title)}>{ "…" }</summary>{ buttons }</details> }
    } else {
        buttons
    }
}
