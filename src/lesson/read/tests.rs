//! Lessons with every kind of cell, and lessons with every kind of mistake.

use super::*;
use crate::control::Range;
use crate::{Answer, Ground};

const HEAD: &str = "---\ntitle: A lesson\nsummary: Says something.\nminutes: 5\n---\n";

fn whole(text: &str) -> Read {
    let lessons = ["a-lesson".to_string(), "lenet5".to_string()];
    lesson("a-lesson", text, &Surroundings { lessons: &lessons, terms: &["stride".to_string()] })
}

fn parse(body: &str) -> Lesson {
    whole(&format!("{HEAD}{body}")).lesson
}

fn problems(body: &str) -> Vec<(usize, String)> {
    parse(body).problems().into_iter().map(|problem| (problem.line, problem.message)).collect()
}

/// The only prose.
fn prose(body: &str) -> String {
    let lesson = parse(body);
    match lesson.blocks.as_slice() {
        [Block { part: Part::Prose(html), .. }] => html.clone(),
        blocks => panic!("{blocks:?}"),
    }
}

#[test]
fn prose_and_cells_keep_their_order() {
    let lesson = parse("# Start\n\nOne.\n\n```widget curves\nlog = true\n```\n\nTwo.\n");
    assert_eq!((lesson.front.title.as_str(), lesson.front.minutes), ("A lesson", 5));
    let [one, widget, two] = lesson.blocks.as_slice() else { panic!("{:?}", lesson.blocks) };
    assert_eq!([one.line, widget.line, two.line], [6, 10, 14]);
    let Part::Widget(cell) = &widget.part else { panic!("{widget:?}") };
    assert_eq!((cell.name.as_str(), &cell.values), ("curves", &serde_json::json!({ "log": true })));
    assert!(matches!(&two.part, Part::Prose(html) if html.contains("<p>Two.</p>")));
}

#[test]
fn every_kind_of_cell_is_read() {
    let lesson = parse(
        "```control width\nlabel = \"Width\"\nmin = 1\nmax = 64\nstep = 1\nvalue = 8\n```\n\
         ```control kind\nlabel = \"Kind\"\nchoices = [\"max\", \"average\"]\nvalue = \"max\"\n```\n\
         ```control norm\nlabel = \"Batch norm\"\nvalue = true\n```\n\
         ```experiment plain\nlearning_rate = 0.1\nwidth = \"$width\"\n```\n\
         ```predict first\nquestion = \"Is $x^2 \\\\ge 0$?\"\nchoices = [\"yes\", \"no\"]\nanswer = \"yes\"\nexplanation = \"It is.\"\n```\n\
         ```predict second\nquestion = \"How much?\"\nanswer = 2.3\ntolerance = 0.1\nunit = \"nats\"\nexplanation = \"So much.\"\n```\n\
         ````note\nSay *this*.\n\n```widget curves\n```\n````\n\
         ```reveal\nFirst.\n---\nSecond.\n```\n\
         ```claim measured plain\nIt gets better.\n```\n\
         ```claim contested\nNobody knows.\n```\n\
         ```python\nprint(1)\n```\n",
    );
    assert_eq!(lesson.problems(), []);
    let parts: Vec<&Part> = lesson.blocks.iter().map(|block| &block.part).collect();
    let [
        Part::Control { name: width, control: slider },
        Part::Control { control: choice, .. },
        Part::Control { control: switch, .. },
        Part::Experiment(plain),
        Part::Predict(first),
        Part::Predict(second),
        Part::Note(note),
        Part::Reveal(steps),
        Part::Claim { rests_on: Ground::Measured, by: Some(by), .. },
        Part::Claim { rests_on: Ground::Contested, by: None, .. },
        Part::Prose(code),
    ] = parts.as_slice()
    else {
        panic!("{parts:#?}")
    };
    assert_eq!((width.as_str(), slider.value.to_string().as_str()), ("width", "8"));
    assert_eq!(slider.range, Range::Slider { min: 1.0, max: 64.0, step: 1.0, log: false });
    assert!(matches!((&choice.range, &switch.range), (Range::Choice(two), Range::Switch) if two.len() == 2));
    assert_eq!((plain.name.as_str(), by.as_str()), ("plain", "plain"));
    assert!(first.question.contains("<math") && first.explanation == "It is.", "{first:?}");
    assert!(matches!(&first.answer, Answer::Choice { right: 0, choices } if choices == &["yes", "no"]));
    assert!(second.answer.is_right(2.4) && !second.answer.is_right(2.41));
    assert_eq!(note.iter().map(|block| block.line).collect::<Vec<_>>(), [40, 42]);
    assert_eq!(steps.len(), 2);
    assert!(code.contains("<pre><code class=\"language-python\">"), "{code}");
}

#[test]
fn mathematics_becomes_mathml() {
    let html = prose("Inline $x^2$ and\n\n$$\\sum_{i=1}^n \\frac{1}{i}$$\n");
    assert_eq!(html.matches("<math").count(), 2, "{html}");
    assert!(html.contains("<msup>") && html.contains("<mfrac>"), "{html}");
}

#[test]
fn headings_have_names_of_their_own_and_links_to_themselves() {
    let lesson = parse("# Start\n\n## A *b* $c$\n\n## A b c\n\n[back](#start), [there](lenet5.md#c3)\n");
    let ids: Vec<&str> = lesson.outline.iter().map(|heading| heading.id.as_str()).collect();
    assert_eq!(ids, ["start", "a-b-c", "a-b-c-2"]);
    let html: String = lesson.blocks.iter().map(|block| if let Part::Prose(html) = &block.part { html.as_str() } else { "" }).collect();
    for part in ["<h2 id=\"a-b-c\">", "href=\"#/a-lesson/a-b-c\"", "href=\"#/a-lesson/start\"", "href=\"#/lenet5/c3\""] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn sections_can_be_shown_alone() {
    let lesson = parse("# Start\n\nOne.\n\n```widget curves\n```\n\n## Second\n\n### Within\n\nTwo.\n\n## Third\n");
    let sections = lesson.sections();
    assert_eq!(sections, [0..2, 2..3, 3..4]);
    let titles: Vec<_> = sections.iter().filter_map(|section| lesson.heading(section)).map(|heading| heading.text.as_str()).collect();
    assert_eq!(titles, ["Start", "Second", "Third"]);
    assert!(matches!(Lesson::default().sections().as_slice(), [only] if only.is_empty()));
}

#[test]
fn footnotes_are_numbered_through_the_page() {
    let lesson = parse("One[^b].\n\n```widget curves\n```\n\nTwo[^a], and one again[^b].\n\n[^a]: The *first*.\n[^b]: The second.\n");
    let notes: Vec<(&str, &str)> = lesson.footnotes.iter().map(|note| (note.name.as_str(), note.html.trim())).collect();
    assert_eq!(notes, [("b", "<p>The second.</p>"), ("a", "<p>The <em>first</em>.</p>")]);
    let Part::Prose(html) = &lesson.blocks[2].part else { panic!("{lesson:?}") };
    assert!(html.contains("data-footnote=\"a\">2</a>") && html.contains("data-footnote=\"b\">1</a>"), "{html}");
    assert!(problems("One[^c].\n\n[^d]: Nobody calls this.\n").is_empty(), "pulldown-cmark leaves what has no definition as it is");
}

#[test]
fn a_picture_alone_is_a_figure() {
    let html = prose("![A cat](cat.svg \"Figure 1. A cat.\")\n");
    for part in ["<figure>", "src=\"lessons/cat.svg\"", "alt=\"A cat\"", "<figcaption>Figure 1. A cat.</figcaption>"] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(problems("![](cat.svg)\n")[0].1.contains("says nothing to those who do not see it"));
}

#[test]
fn a_live_value_names_its_controls() {
    let control = "```control w\nlabel = \"W\"\nmin = 1\nmax = 9\nvalue = 7\n```\n\n";
    let lesson = parse(&format!("{control}It is `= (w - 5) / 2 + max(w, 1)`.\n"));
    assert_eq!(lesson.problems(), []);
    assert!(matches!(&lesson.blocks[1].part, Part::Prose(html) if html.contains("<output data-live=\"(w - 5) / 2 + max(w, 1)\">")));
    assert!(problems("It is `= w`.\n")[0].1.contains("no control of this page is named 'w'"));
}

#[test]
fn a_term_is_a_link_into_the_glossary() {
    let html = prose("The [stride](term:stride).\n");
    assert!(html.contains("href=\"#/glossary/stride\"") && html.contains("title=\"term:stride\""), "{html}");
    assert_eq!(problems("The [pad](term:pad).\n"), [(6, "the glossary has no term 'pad'; write it in glossary.md".to_string())]);
}

#[test]
fn the_glossary_is_terms_and_sentences() {
    let around = Surroundings { lessons: &[], terms: &[] };
    let read =
        glossary("# Glossary\n\nWords.\n\n## Stride\n\nHow far $S$ the kernel moves.\n\n## Patch\n\nWhat it sees.\n", &around).unwrap();
    assert_eq!(read.keys().collect::<Vec<_>>(), ["patch", "stride"]);
    assert!(read["stride"].contains("<math"));
    let problem = glossary("## Stride\n\n## Patch\n\nYes.\n", &around).unwrap_err();
    assert_eq!((problem.line, problem.message.as_str()), (2, "the term 'Stride' wants a sentence, and nothing else"));
}

#[test]
fn search_finds_words_and_mathematics_as_written() {
    let read = whole(&format!("{HEAD}Before.\n\n## The *sum*\n\nOf $\\alpha_i$ terms, `code`.\n"));
    let found: Vec<(&str, &str)> = read.passages.iter().map(|passage| (passage.heading.as_str(), passage.text.as_str())).collect();
    assert_eq!(found, [("", "Before."), ("the-sum", "Of \\alpha_i terms, code .")]);
}

#[test]
fn mistakes_are_shown_in_place_with_their_line() {
    for (body, line, message) in [
        ("Before.\n\n```widgit curves\n```\n", 8, "'widgit' is no cell and no language of this notebook"),
        ("```widget curves\n= 3\n```\n", 6, "the cell's TOML cannot be read"),
        ("```widget\n```\n", 6, "a widget cell names its widget"),
        ("```widget curves\nrate = \"$rate\"\n```\n", 6, "no control of this page is named 'rate'"),
        ("```widget curves\nrun = \"wide\"\n```\n", 6, "no experiment of this page is named \"wide\", whose run this widget is to show"),
        ("```widget curves\nrun = 3\n```\n", 6, "no experiment of this page is named 3"),
        ("a\n\n$\\nocommand{1}$\n", 8, "cannot be read"),
        ("```control w\nlabel = \"W\"\nmin = 1\nmax = 2\nvalue = 3\n```\n", 6, "it is 3; it must be from 1 to 2"),
        ("```control w\nlabel = \"W\"\nmin = 2\nmax = 1\nvalue = 1\n```\n", 6, "the first must be smaller"),
        ("```control 3w\nlabel = \"W\"\nvalue = true\n```\n", 6, "is no name for a control"),
        ("```control w\nvalue = true\n```\n", 6, "missing field `label`"),
        ("```predict q\nquestion = \"?\"\nchoices = [\"a\"]\nanswer = \"b\"\nexplanation = \"\"\n```\n", 6, "none of the choices"),
        ("```predict q\nquestion = \"?\"\nanswer = 1\nexplanation = \"\"\n```\n", 6, "says what still counts as right"),
        ("```claim measured\nIt is so.\n```\n", 6, "names the experiment that measures it"),
        ("```claim measured run\nIt is so.\n```\n", 6, "no experiment of this page is named 'run'"),
        ("```claim sure\nIt is so.\n```\n", 6, "proved, measured or contested"),
        ("[there](nowhere.md)\n", 6, "no lesson is named 'nowhere'"),
        ("````reveal\nOne.\n---\n```widgit\n```\n````\n", 9, "'widgit' is no cell"),
    ] {
        let found = problems(body);
        assert!(matches!(found.as_slice(), [(at, text)] if *at == line && text.contains(message)), "{body}: {found:?}");
    }
    assert!(problems("```experiment\n```\n\n```experiment\n```\n")[0].1.contains("two experiment cells named ''"));
}

#[test]
fn a_widget_names_its_run() {
    let lesson = parse("```experiment wide\n```\n\n```widget curves\nrun = \"wide\"\nlog = true\n```\n");
    assert_eq!(lesson.problems(), []);
    let Part::Widget(cell) = &lesson.blocks[1].part else { panic!("{lesson:?}") };
    assert_eq!((cell.run(), cell.parameters()), (Some(&"wide".into()), serde_json::json!({ "log": true })));
}

#[test]
fn a_lesson_without_front_matter_says_what_is_missing() {
    let lesson = whole("# Hello\n").lesson;
    let problem = lesson.problems().remove(0);
    assert_eq!((problem.line, problem.message.contains("begins with a line '---'")), (1, true), "{problem:?}");
    assert_eq!(lesson.blocks.len(), 2);
    let unknown = whole("---\ntitle: A\nauthor: B\n---\n").lesson.problems().remove(0);
    assert_eq!((unknown.line, unknown.message.contains("'author' is unknown here")), (3, true), "{unknown:?}");
    let early = whole("---\ntitle: A\nprerequisites: lenet5, nothing\n---\n").lesson.problems().remove(0);
    assert!(early.message.contains("no lesson is named 'nothing'"), "{early:?}");
}
