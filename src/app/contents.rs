//! The contents: every lesson with a sentence.

use super::load::{Loaded, not_here, use_text};
use serde::Deserialize;
use yew::prelude::*;

/// `lessons/index.toml`.
#[derive(Deserialize)]
struct Index {
    lesson: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    title: String,
    summary: String,
    minutes: u32,
}

#[component]
pub(super) fn Contents() -> Html {
    let (loaded, retry) = use_text("lessons/index.toml".into());
    use_effect_with((), |()| gloo::utils::document().set_title("Stride"));
    let Loaded::Text(text) = &loaded else { return not_here("The contents", &loaded, &retry) };
    let lessons = match toml::from_str::<Index>(text) {
        Ok(index) => index.lesson,
        Err(error) => return html! { <div class="error" role="alert">{ format!("lessons/index.toml cannot be read: {error}") }</div> },
    };
    let entry = |lesson: Entry| {
        html! {
            <li>
                <a href={format!("#/{}", lesson.name)}>{ lesson.title }</a>
                <p>{ lesson.summary }</p>
                <p class="quiet">{ format!("{} minutes", lesson.minutes) }</p>
            </li>
        }
    };
    html! {
        <div class="prose">
            <h1>{ "Contents" }</h1>
            <p class="lead">
                { "Every page here trains a real network on this machine, while you watch. Nothing is a recording." }
            </p>
            <ol class="contents">{ for lessons.into_iter().map(entry) }</ol>
            <p class="quiet"><a href="#/bench">{ "What your device does" }</a>{ ": how fast it trains, measured here" }</p>
        </div>
    }
}
