//! The contents: every lesson with a sentence, by the chapter's sections, and how far the reader is.

use super::answers;
use super::load::{Loaded, not_here, use_json};
use stride_lesson::Entry;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// Counts the changes of the lessons' files while they are being written.
    pub version: u32,
}

#[component]
pub(super) fn Contents(props: &Props) -> Html {
    let (loaded, retry) = use_json::<Vec<Entry>>("lessons/index.json".into(), props.version);
    use_effect_with((), |()| gloo::utils::document().set_title("Stride"));
    let Loaded::Here(entries) = &loaded else { return not_here("The contents", &loaded, &retry) };
    html! {
        <div class="prose">
            <h1>{ "Contents" }</h1>
            <p class="lead">
                { "Every page here trains a real network on this machine, while you watch. Nothing is a recording." }
            </p>
            { for sections(entries).into_iter().map(section) }
            <p class="quiet"><a href="#/bench">{ "What your device does" }</a>{ ": how fast it trains, measured here" }</p>
            <p class="quiet"><a href="#/cells">{ "What a lesson may hold" }</a>{ ": for those who write their own" }</p>
        </div>
    }
}

fn section((title, entries): (&str, Vec<&Entry>)) -> Html {
    html! {
        <section>
            if !title.is_empty() {
                <h2>{ title.to_string() }</h2>
            }
            <ol class="contents">{ for entries.into_iter().map(entry) }</ol>
        </section>
    }
}

fn entry(entry: &Entry) -> Html {
    let (answered, right) = answers::tally(&entry.name, &entry.questions);
    let progress = (answered > 0).then(|| format!(" · {answered} of {} questions answered, {right} right", entry.questions.len()));
    html! {
        <li>
            <a href={format!("#/{}", entry.name)}>{ entry.front.title.clone() }</a>
            <p>{ entry.front.summary.clone() }</p>
            <p class="quiet">{ format!("{} minutes", entry.front.minutes) }{ for progress }</p>
        </li>
    }
}

/// The lessons by their sections, in the order in which the first of each stands.
fn sections(entries: &[Entry]) -> Vec<(&str, Vec<&Entry>)> {
    let mut sections: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for entry in entries {
        let title = entry.front.section.as_str();
        match sections.iter_mut().find(|(known, _)| *known == title) {
            Some((_, within)) => within.push(entry),
            None => sections.push((title, vec![entry])),
        }
    }
    sections
}
