//! Which digit is taken for which, on the whole test set.

use super::run_panel::thousands;
use super::{Widget, WidgetProps};
use crate::data::CLASSES;
use yew::prelude::*;

pub(super) const WIDGET: Widget = Widget {
    name: "confusion",
    about: "Which digit is taken for which",
    check: super::nothing,
    view: |context| html! { <Confusion context={context.clone()} /> },
};

#[component]
fn Confusion(props: &WidgetProps) -> Html {
    let record = props.context.run.record();
    let Some(examination) = &record.examination else {
        return html! {
            <p class="note" data-testid="confusion">{ "Pause the run, or let it finish an epoch: then it is tested on all test images." }</p>
        };
    };
    let row = |label: usize| {
        let counts = &examination.confusion[label * CLASSES..(label + 1) * CLASSES];
        let wrong: u32 = counts.iter().enumerate().filter(|(guess, _)| *guess != label).map(|(_, count)| count).sum();
        let cell = |(guess, &count): (usize, &u32)| {
            let share = if guess == label || wrong == 0 { 0.0 } else { f64::from(count) / f64::from(wrong) };
            let class = if guess == label {
                "right"
            } else if count == 0 {
                "none"
            } else {
                ""
            };
            html! { <td {class} style={format!("--share: {share:.3}")}>{ count }</td> }
        };
        html! { <tr><th scope="row">{ label }</th>{ for counts.iter().enumerate().map(cell) }</tr> }
    };
    let point = &examination.point;
    html! {
        <div class="table" tabindex="0" data-testid="confusion">
            <table class="confusion">
                <caption>
                    { format!(
                        "{} test images after {} steps: {:.2} % right. Shade: share of the row's mistakes.",
                        thousands(u64::from(point.images)), point.step, 100.0 * point.accuracy
                    ) }
                </caption>
                <thead>
                    <tr><th scope="col">{ "is \\ taken for" }</th>{ for (0..CLASSES).map(|guess| html! { <th scope="col">{ guess }</th> }) }</tr>
                </thead>
                <tbody>{ for (0..CLASSES).map(row) }</tbody>
            </table>
        </div>
    }
}
