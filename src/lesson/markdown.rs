//! Markdown to prose and cells.

use super::{Block, Problem, cell, mathematics};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// The blocks of a lesson's body, which begins in line `first_line` of its file.
pub(super) fn blocks(body: &str, first_line: usize, widgets: &[&str]) -> Vec<Block> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_MATH | Options::ENABLE_SMART_PUNCTUATION;
    let line_of = |offset: usize| first_line + body[..offset].matches('\n').count();
    let mut blocks = Vec::new();
    let mut prose: Vec<Event<'_>> = Vec::new();
    let mut events = Parser::new_ext(body, options).into_offset_iter();
    while let Some((event, range)) = events.next() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let mut code = String::new();
                for (event, _) in events.by_ref() {
                    match event {
                        Event::Text(text) => code.push_str(&text),
                        Event::End(TagEnd::CodeBlock) => break,
                        _ => {}
                    }
                }
                match cell::read(&info, &code, line_of(range.start), widgets) {
                    Some(block) => {
                        flush(&mut prose, &mut blocks);
                        blocks.push(block);
                    }
                    None => prose.extend([
                        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))),
                        Event::Text(code.into()),
                        Event::End(TagEnd::CodeBlock),
                    ]),
                }
            }
            Event::InlineMath(latex) => formula(&latex, false, line_of(range.start), &mut prose, &mut blocks),
            Event::DisplayMath(latex) => formula(&latex, true, line_of(range.start), &mut prose, &mut blocks),
            other => prose.push(other),
        }
    }
    flush(&mut prose, &mut blocks);
    blocks
}

fn formula<'a>(latex: &str, display: bool, line: usize, prose: &mut Vec<Event<'a>>, blocks: &mut Vec<Block>) {
    match mathematics::mathml(latex, display) {
        Ok(mathml) => prose.push(Event::InlineHtml(mathml.into())),
        Err(message) => {
            // Shown before the paragraph that it stands in, whose other words are kept.
            blocks.push(Block::Problem(Problem { line, message }));
            prose.push(Event::Code(CowStr::from(latex.to_string())));
        }
    }
}

fn flush(prose: &mut Vec<Event<'_>>, blocks: &mut Vec<Block>) {
    if prose.is_empty() {
        return;
    }
    name_headings(prose);
    let mut out = String::new();
    html::push_html(&mut out, prose.drain(..));
    // A table wider than a phone scrolls in a box of its own.
    let out = out.replace("<table>", "<div class=\"table\" tabindex=\"0\"><table>").replace("</table>", "</table></div>");
    blocks.push(Block::Prose(out.into()));
}

/// Gives every heading an id made of its words, so that it can be linked to.
fn name_headings(events: &mut [Event<'_>]) {
    for start in 0..events.len() {
        let words: String = events[start..]
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
                _ => None,
            })
            .collect();
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[start]
            && id.is_none()
        {
            *id = Some(slug(&words).into());
        }
    }
}

fn slug(words: &str) -> String {
    let letters: String = words.to_lowercase().chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    letters.split_whitespace().collect::<Vec<_>>().join("-")
}
