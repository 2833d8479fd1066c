//! The figures as a table. On narrow screens a style sheet lays its rows out as blocks, so its roles are said.

use super::Stage;
use super::figures::{Figures, Line, agenda, number, percent, rows};
use crate::bench::Workload;
use yew::prelude::*;

const COLUMNS: [&str; 4] = ["ms a step", "images a second", "GFLOP/s", "share of limit"];

pub(super) fn table(figures: &Figures, stage: Stage) -> Html {
    let now = match stage {
        Stage::Measuring(index) => agenda().get(index).copied(),
        _ => None,
    };
    html! {
        <table class="bench-table" role="table">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{ "Workload" }</th>
                    { for COLUMNS.iter().map(|&name| html! { <th role="columnheader" scope="col" class="number">{ name }</th> }) }
                </tr>
            </thead>
            <tbody role="rowgroup">
                { limit(figures) }
                { for rows().iter().map(|workload| row(figures, workload, now.as_ref() == Some(workload))) }
            </tbody>
        </table>
    }
}

/// What the others are held against.
fn limit(figures: &Figures) -> Html {
    let (line, note) = match figures.limit() {
        Some(limit) => (figures.line(&limit.workload), format!("best product: {}", size(&limit.workload))),
        None => (None, "best product of square matrices".into()),
    };
    cells("limit", "This device's limit", &note, line.as_ref(), false)
}

fn size(workload: &Workload) -> String {
    match workload {
        Workload::Product { size } => format!("{size} × {size}"),
        Workload::Step(_) => String::new(),
    }
}

fn row(figures: &Figures, workload: &Workload, now: bool) -> Html {
    let (key, about) = match workload {
        Workload::Product { size } => (format!("matmul{size}"), format!("{} operations", number(2.0 * (*size as f64).powi(3)))),
        Workload::Step(training) => (training.network.key().to_string(), training.network.about().to_string()),
    };
    cells(&key, &workload.title(), &about, figures.line(workload).as_ref(), now)
}

fn cells(key: &str, title: &str, about: &str, line: Option<&Line>, now: bool) -> Html {
    let share = line.and_then(|line| line.share);
    let width = format!("width: {:.1}%", 100.0 * share.unwrap_or(0.0).min(1.0));
    let numbers = match line {
        Some(line) => [line.ms.clone(), line.images.clone(), line.gflops.clone()],
        None => [(); 3].map(|()| if now { "…".to_string() } else { "–".to_string() }),
    };
    html! {
        <tr role="row" data-testid={format!("bench-{key}")} class={classes!(now.then_some("now"))}>
            <th role="rowheader" scope="row">{ title }<span class="quiet">{ about }</span></th>
            { for numbers.iter().zip(COLUMNS).map(|(text, name)| html! {
                <td role="cell" class="number" data-label={name}>{ text }</td>
            }) }
            <td role="cell" class="share" data-label={COLUMNS[3]}>
                <span class="bar" aria-hidden="true"><span style={width}></span></span>
                <span class="number">{ percent(share) }</span>
            </td>
        </tr>
    }
}
