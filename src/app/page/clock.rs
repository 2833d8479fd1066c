//! A clock for the lecturer: the time of day, and how long the lecture has gone on.

use gloo::timers::callback::Interval;
use js_sys::Date;
use yew::prelude::*;

#[component]
pub(in crate::app) fn Clock() -> Html {
    let began = use_memo((), |()| Date::now());
    let now = use_state(Date::now);
    {
        let now = now.clone();
        use_effect_with((), move |()| {
            let tick = Interval::new(1000, move || now.set(Date::now()));
            move || drop(tick)
        });
    }
    let date = Date::new(&(*now).into());
    html! {
        <p class="clock"><time>{ format!("{:02}:{:02}", date.get_hours(), date.get_minutes()) }</time>{ format!(" · {}", gone((*now - *began) / 1000.0)) }</p>
    }
}

/// Seconds as minutes and seconds, with hours where there are some.
fn gone(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::gone;

    #[test]
    fn time_is_told_as_clocks_do() {
        assert_eq!([gone(0.0), gone(65.9), gone(3725.0), gone(-3.0)], ["0:00", "1:05", "1:02:05", "0:00"]);
    }
}
