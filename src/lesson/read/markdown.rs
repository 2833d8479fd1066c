//! Markdown to prose and cells.
//!
//! Knows how links, figures, footnotes and live values are written; what a cell says is read by `cell`.

use super::cell::{self, Fence};
use super::passages::Passages;
use super::{Surroundings, mathematics};
use crate::{Block, Footnote, Heading, Part, Passage};
use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_MATH)
    .union(Options::ENABLE_SMART_PUNCTUATION)
    .union(Options::ENABLE_STRIKETHROUGH);

/// Reads the parts of one lesson and keeps what they have in common: headings, footnotes, words.
pub(super) struct Reader<'a> {
    name: String,
    around: Surroundings<'a>,
    outline: Vec<Heading>,
    /// Footnotes by their name, in the order in which they are called; HTML once it has been read.
    footnotes: Vec<(String, Option<String>)>,
    passages: Passages,
    problems: Vec<Block>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(name: &str, around: &Surroundings<'a>) -> Self {
        Reader {
            name: name.into(),
            around: *around,
            outline: Vec::new(),
            footnotes: Vec::new(),
            passages: Passages::new(name),
            problems: Vec::new(),
        }
    }

    /// The blocks of a text that begins in line `first_line` of the lesson's file.
    pub(super) fn blocks(&mut self, body: &str, first_line: usize) -> Vec<Block> {
        let line_of = |offset: usize| first_line + body[..offset].matches('\n').count();
        let mut blocks = Vec::new();
        let mut prose: Vec<(Event<'_>, usize)> = Vec::new();
        let mut events = Parser::new_ext(body, OPTIONS).into_offset_iter();
        while let Some((event, range)) = events.next() {
            let line = line_of(range.start);
            // A section begins a block of its own, so that it can be shown alone.
            if matches!(event, Event::Start(Tag::Heading { level: HeadingLevel::H1 | HeadingLevel::H2, .. })) {
                self.flush(&mut prose, &mut blocks);
            }
            let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) = event else {
                prose.push((event, line));
                continue;
            };
            let mut code = String::new();
            for (event, _) in events.by_ref() {
                match event {
                    Event::Text(text) => code.push_str(&text),
                    Event::End(TagEnd::CodeBlock) => break,
                    _ => {}
                }
            }
            // What stands before it is read first, so that headings and footnotes keep their order.
            self.flush(&mut prose, &mut blocks);
            match cell::read(self, &Fence { info: &info, body: &code, line }) {
                Some(block) => blocks.push(block),
                None => prose.extend(
                    [Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))), Event::Text(code.into()), Event::End(TagEnd::CodeBlock)]
                        .map(|event| (event, line)),
                ),
            }
        }
        self.flush(&mut prose, &mut blocks);
        blocks
    }

    /// A text that is prose alone, as HTML; one paragraph loses its frame.
    pub(super) fn html(&mut self, text: &str, line: usize) -> Result<String, String> {
        let blocks = self.blocks(text, line);
        match blocks.as_slice() {
            [] => Ok(String::new()),
            [Block { part: Part::Prose(html), .. }] => {
                let inner = html.trim().strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>"));
                Ok(inner.filter(|inner| !inner.contains("<p>")).unwrap_or(html).to_string())
            }
            blocks => {
                Err(match blocks.iter().find_map(|block| if let Part::Problem(message) = &block.part { Some(message) } else { None }) {
                    Some(message) => message.clone(),
                    None => "only prose may stand here, and no cells".into(),
                })
            }
        }
    }

    /// What all parts have in common; footnotes that are called and not written become problems at the end.
    pub(super) fn finish(self, blocks: &mut Vec<Block>) -> (Vec<Heading>, Vec<Footnote>, Vec<Passage>) {
        let mut footnotes = Vec::new();
        for (name, html) in self.footnotes {
            match html {
                Some(html) => footnotes.push(Footnote { name, html }),
                None => blocks.push(Block { line: 1, part: Part::Problem(format!("the footnote '{name}' is called and not written")) }),
            }
        }
        (self.outline, footnotes, self.passages.finish())
    }

    fn flush(&mut self, prose: &mut Vec<(Event<'_>, usize)>, blocks: &mut Vec<Block>) {
        let Some(&(_, line)) = prose.first() else { return };
        let html = self.render(std::mem::take(prose));
        // Problems stand before the paragraph that they are in, whose other words are kept.
        blocks.append(&mut self.problems);
        if !html.trim().is_empty() {
            blocks.push(Block { line, part: Part::Prose(html) });
        }
    }

    fn problem(&mut self, line: usize, message: String) {
        self.problems.push(Block { line, part: Part::Problem(message) });
    }

    fn render(&mut self, events: Vec<(Event<'_>, usize)>) -> String {
        let mut out = Vec::with_capacity(events.len());
        let mut events = events.into_iter().peekable();
        while let Some((event, line)) = events.next() {
            match event {
                Event::Start(Tag::Heading { level, classes, attrs, .. }) => {
                    let within: Vec<_> = take_until(&mut events, |end| matches!(end, TagEnd::Heading(_)));
                    let words = words(&within);
                    let id = self.heading(&words, level as u8);
                    self.passages.begin(&id, &words);
                    let (name, shown) = (&self.name, escaped(&words));
                    let anchor = format!("<a class=\"anchor\" href=\"#/{name}/{id}\" aria-label=\"Link to: {shown}\">#</a>");
                    out.push(Event::Start(Tag::Heading { level, id: Some(id.clone().into()), classes, attrs }));
                    out.extend(within.into_iter().map(|(event, line)| self.inline(event, line, false)));
                    out.extend([Event::InlineHtml(anchor.into()), Event::End(TagEnd::Heading(level))]);
                }
                Event::Start(Tag::FootnoteDefinition(name)) => {
                    let within = take_until(&mut events, |end| *end == TagEnd::FootnoteDefinition);
                    let html = self.render(within);
                    let index = self.footnote(&name);
                    self.footnotes[index].1 = Some(html);
                }
                Event::Start(Tag::Paragraph) if matches!(events.peek(), Some((Event::Start(Tag::Image { .. }), _))) => {
                    let within = take_until(&mut events, |end| *end == TagEnd::Paragraph);
                    self.figure(within, line, &mut out);
                }
                other => {
                    let event = self.inline(other, line, true);
                    out.push(event);
                }
            }
        }
        let mut written = String::new();
        html::push_html(&mut written, out.into_iter());
        // A table wider than a phone scrolls in a box of its own.
        written.replace("<table>", "<div class=\"table\" tabindex=\"0\"><table>").replace("</table>", "</table></div>")
    }

    /// What stands within a line: mathematics, live values, links, footnotes' numbers.
    fn inline<'e>(&mut self, event: Event<'e>, line: usize, searched: bool) -> Event<'e> {
        match event {
            Event::InlineMath(latex) => self.formula(latex, false, line, searched),
            Event::DisplayMath(latex) => self.formula(latex, true, line, searched),
            Event::Code(code) => match code.strip_prefix('=') {
                Some(formula) => Event::InlineHtml(format!("<output data-live=\"{}\"></output>", escaped(formula.trim())).into()),
                None => {
                    if searched {
                        self.passages.add(&code);
                    }
                    Event::Code(code)
                }
            },
            Event::Text(text) => {
                if searched {
                    self.passages.add(&text);
                }
                Event::Text(text)
            }
            Event::FootnoteReference(name) => {
                let number = self.footnote(&name) + 1;
                let (lesson, name) = (&self.name, escaped(&name));
                Event::InlineHtml(
                    format!("<sup><a class=\"footnote\" href=\"#/{lesson}/footnote-{name}\" data-footnote=\"{name}\">{number}</a></sup>")
                        .into(),
                )
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let (dest_url, title) = self.link(dest_url, title, line);
                Event::Start(Tag::Link { link_type, dest_url, title, id })
            }
            other => other,
        }
    }

    fn formula<'e>(&mut self, latex: CowStr<'e>, display: bool, line: usize, searched: bool) -> Event<'e> {
        if searched {
            self.passages.add(&latex);
        }
        match mathematics::mathml(&latex, display) {
            Ok(mathml) => Event::InlineHtml(mathml.into()),
            Err(message) => {
                self.problem(line, message);
                Event::Code(latex)
            }
        }
    }

    /// Where a link leads: `#heading` of this lesson, `NAME.md` or `NAME.md#heading` of another, `term:WORD` of the glossary, or outside.
    fn link<'e>(&mut self, to: CowStr<'e>, title: CowStr<'e>, line: usize) -> (CowStr<'e>, CowStr<'e>) {
        if let Some(heading) = to.strip_prefix('#').filter(|heading| !heading.starts_with('/')) {
            return (format!("#/{}/{heading}", self.name).into(), title);
        }
        if let Some(term) = to.strip_prefix("term:") {
            let term = term.replace("%20", " ").to_lowercase();
            if !self.around.terms.contains(&term) {
                self.problem(line, format!("the glossary has no term '{term}'; write it in glossary.md"));
            }
            return (format!("#/glossary/{}", slug(&term)).into(), format!("term:{term}").into());
        }
        if let Some((lesson, heading)) = to.split_once(".md") {
            if !self.around.lessons.iter().any(|name| name == lesson) {
                self.problem(line, format!("no lesson is named '{lesson}'"));
            }
            return (format!("#/{lesson}{}", heading.replacen('#', "/", 1)).into(), title);
        }
        (to, title)
    }

    /// A picture alone in its paragraph: a figure, whose title is its caption. It says what it shows to those who do not see it.
    fn figure<'e>(&mut self, within: Vec<(Event<'e>, usize)>, line: usize, out: &mut Vec<Event<'e>>) {
        let alt = words(&within);
        let caption = within.iter().find_map(|(event, _)| match event {
            Event::Start(Tag::Image { title, .. }) => Some(title.to_string()),
            _ => None,
        });
        let images = within.iter().filter(|(event, _)| matches!(event, Event::Start(Tag::Image { .. }))).count();
        let is_alone = images == 1 && matches!(within.last(), Some((Event::End(TagEnd::Image), _)));
        if alt.is_empty() {
            self.problem(line, "this picture says nothing to those who do not see it; write what it shows between the brackets".into());
        }
        let (open, close) = match caption.filter(|caption| is_alone && !caption.is_empty()) {
            Some(caption) => ("<figure>".to_string(), format!("<figcaption>{}</figcaption></figure>\n", escaped(&caption))),
            None => ("<p>".into(), "</p>\n".into()),
        };
        out.push(Event::Html(open.into()));
        for (event, line) in within {
            let event = match event {
                Event::Start(Tag::Image { link_type, dest_url, id, .. }) => {
                    let dest_url = if dest_url.contains(':') { dest_url } else { format!("lessons/{dest_url}").into() };
                    Event::Start(Tag::Image { link_type, dest_url, title: "".into(), id })
                }
                other => self.inline(other, line, true),
            };
            out.push(event);
        }
        out.push(Event::Html(close.into()));
    }

    /// The place of a footnote among those that are called.
    fn footnote(&mut self, name: &str) -> usize {
        match self.footnotes.iter().position(|(known, _)| known == name) {
            Some(index) => index,
            None => {
                self.footnotes.push((name.into(), None));
                self.footnotes.len() - 1
            }
        }
    }

    /// Notes a heading; gives its id, which no other heading has.
    fn heading(&mut self, words: &str, level: u8) -> String {
        let plain = slug(words);
        let is_taken = |id: &str| self.outline.iter().any(|heading| heading.id == id);
        let mut id = plain.clone();
        for number in 2.. {
            if !is_taken(&id) {
                break;
            }
            id = format!("{plain}-{number}");
        }
        self.outline.push(Heading { id: id.clone(), text: words.into(), level });
        id
    }
}

/// The events up to an end, which is dropped.
fn take_until<'e>(events: &mut impl Iterator<Item = (Event<'e>, usize)>, is_end: impl Fn(&TagEnd) -> bool) -> Vec<(Event<'e>, usize)> {
    events.take_while(|(event, _)| !matches!(event, Event::End(end) if is_end(end))).collect()
}

fn words(events: &[(Event<'_>, usize)]) -> String {
    let words = events.iter().filter_map(|(event, _)| match event {
        Event::Text(text) | Event::Code(text) | Event::InlineMath(text) => Some(text.as_ref()),
        _ => None,
    });
    words.collect()
}

fn slug(words: &str) -> String {
    let letters: String = words.to_lowercase().chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    letters.split_whitespace().collect::<Vec<_>>().join("-")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
