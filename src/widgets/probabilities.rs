//! Ten probabilities as bars.

use yew::prelude::*;

/// The bars; the most likely digit is set in bold and marked, not only coloured.
pub(super) fn view(probabilities: &[f32], testid: Option<&'static str>) -> Html {
    let best = (0..probabilities.len()).max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    let bar = |(digit, &share): (usize, &f32)| {
        let is_best = Some(digit) == best;
        html! {
            <li class={classes!(is_best.then_some("best"))}>
                <span class="digit">{ digit }</span>
                <span class="bar" aria-hidden="true"><span style={format!("width: {:.1}%", 100.0 * share)} /></span>
                <span class="number">{ format!("{:.1} %", 100.0 * share) }</span>
            </li>
        }
    };
    html! { <ol class="probabilities" data-testid={testid} aria-label="Probability of each digit">{ for probabilities.iter().enumerate().map(bar) }</ol> }
}
