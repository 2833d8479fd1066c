//! The page that documents what a lesson may hold, made from these examples: each is shown as it is written and as it looks.
//!
//! Knows examples; they are read like any lesson.

/// Something that a lesson may hold.
struct Feature {
    /// A heading.
    title: &'static str,
    /// What it is for.
    about: &'static str,
    /// How it is written.
    example: &'static str,
}

const FEATURES: &[Feature] = &[
    Feature {
        title: "Prose and mathematics",
        about: "Markdown; formulas in LaTeX between dollar signs, alone in a line between two of them.",
        example: "An output pixel is a *sum*, $y_i = \\sum_j w_j x_{i+j}$, and its gradient is\n\n$$\\frac{\\partial y_i}{\\partial w_j} = x_{i+j}.$$\n",
    },
    Feature {
        title: "Tables",
        about: "As Markdown has them; a table that is too wide scrolls by itself.",
        example: "| layer | parameters |\n| --- | ---: |\n| C1 | 156 |\n| C3 | 2,416 |\n",
    },
    Feature {
        title: "Footnotes and terms",
        about: "A footnote is shown beside its number on pointing, tapping or focusing, and at the end of the page. A term is a link of the form `term:WORD` to what `lessons/glossary.md` says of the word.",
        example: "The [stride](term:stride) is how far the kernel moves[^manual].\n\n[^manual]: The first step is always at the top left.\n",
    },
    Feature {
        title: "Links",
        about: "To a heading of this lesson, to another lesson, to a heading of it. `make test` fails where a lesson is not there.",
        example: "[Tables](#tables), [LeNet-5](lenet5.md), [its layers](lenet5.md#the-network).\n",
    },
    Feature {
        title: "control",
        about: "A value that the reader sets: a slider (`min`, `max`, `step`, `log`), a choice (`choices`) or a switch (`value = true`). Prose, widgets and experiments name it as `$NAME`, and text shows formulas of controls by `` `= formula` ``.",
        example: "```control w\nlabel = \"Image width\"\nmin = 5\nmax = 32\nstep = 1\nvalue = 28\nunit = \"pixels\"\n```\n\n```control padding\nlabel = \"Padding\"\nchoices = [0, 1, 2]\nvalue = 2\n```\n\nA kernel of 5 fits `= w - 5 + 2 * padding + 1` times.\n",
    },
    Feature {
        title: "predict",
        about: "A question to answer before looking: with `choices`, or for a number with a `tolerance`. The answer is kept in the reader's browser.",
        example: "```predict manual-choice\nquestion = \"Which has more weights?\"\nchoices = [\"one $5 \\\\times 5$ kernel\", \"two $3 \\\\times 3$ kernels\"]\nanswer = \"one $5 \\\\times 5$ kernel\"\nexplanation = \"$25 > 2 \\\\cdot 9 = 18$.\"\n```\n\n```predict manual-number\nquestion = \"How many has the $5 \\\\times 5$ kernel?\"\nanswer = 25\ntolerance = 0\nunit = \"weights\"\nexplanation = \"$5 \\\\cdot 5$.\"\n```\n",
    },
    Feature {
        title: "reveal",
        about: "Steps that are shown one after the other; lines `---` part them. In lecture mode the arrow keys go through them.",
        example: "```reveal\nFirst the sum.\n---\nThen the bias.\n---\nThen the nonlinearity.\n```\n",
    },
    Feature {
        title: "claim",
        about: "A statement with what it rests on: `proved`, `measured NAME` by an experiment of the page, or `contested`.",
        example: "```claim proved\nA convolution commutes with shifts, away from the border.\n```\n\n```claim measured manual\nThis network passes 90 % within a hundred steps.\n```\n\n```claim contested\nWhy dropout helps.\n```\n",
    },
    Feature {
        title: "note",
        about: "For the lecturer only: the second window shows it (key N) while the section that it stands in is on the screen. Here there is one, and you do not see it.",
        example: "```note\nAsk who has seen this before.\n```\n",
    },
    Feature {
        title: "guide",
        about: "A card that leads through the page once: every step names the control that it points at by its test id, and is ticked off when the reader has used it.",
        example: "```guide\n[[step]]\nsay = \"Press **Run**.\"\nat = \"run\"\n\n[[step]]\nsay = \"Then **Pause**.\"\nat = \"pause\"\n```\n",
    },
    Feature {
        title: "widget",
        about: "A widget by its name, with its parameters in TOML. It shows the run of the page's first experiment, or with `run = \"NAME\"` that of the experiment of this name. What there is stands at the end of this page.",
        example: "```widget run-panel\n```\n\n```widget curves\n```\n",
    },
    Feature {
        title: "experiment",
        about: "Everything that a run depends on. It may have a name, by which claims and widgets mean it; every experiment of a page is a run of its own. A table `stop` says when it stops: after `steps`, at `loss_below`, at `accuracy_above`, or after `plateau_steps` without progress.",
        example: "```experiment manual\nseed = 1\nbatch_size = 32\nlearning_rate = 0.05\n\n[optimizer]\nname = \"sgd\"\nmomentum = 0.9\n\n[model]\ninput = [1, 28, 28]\n\n[[model.layers]]\nlayer = \"flatten\"\n\n[[model.layers]]\nlayer = \"linear\"\nin_features = 784\nout_features = 32\n\n[[model.layers]]\nlayer = \"relu\"\n\n[[model.layers]]\nlayer = \"linear\"\nin_features = 32\nout_features = 10\n```\n",
    },
];

/// The name under which the page is found.
pub const NAME: &str = "cells";

/// The page as a lesson is written. It stands in no contents: `order` is 0, as of nothing else.
pub fn text() -> String {
    let mut text = String::from(
        "---\ntitle: What a lesson may hold\nsummary: Every kind of cell, as it is written and as it looks.\nminutes: 10\norder: 0\n---\n\n\
         # What a lesson may hold\n\nA lesson is one Markdown file in `lessons/`. `make new-lesson NAME=my-lesson` begins one, and while `make serve` \
         runs, the page follows the file. Everything below is written in the box and shown under it.\n\n",
    );
    for feature in FEATURES {
        text.push_str(&format!(
            "## {}\n\n{}\n\n`````markdown\n{}`````\n\n{}\n",
            feature.title, feature.about, feature.example, feature.example
        ));
    }
    text
}
