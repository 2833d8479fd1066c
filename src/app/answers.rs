//! The reader's predictions, kept in this browser.
//!
//! Knows lessons and questions by their names; knows nothing of what was asked.

use gloo::storage::{LocalStorage, Storage};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Where they lie in the browser's storage.
const KEY: &str = "stride-answers";

/// What was answered, and whether it was right.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Given {
    /// The number, or which choice.
    pub value: f64,
    pub right: bool,
}

/// The answers to a lesson's questions, by their names.
pub(super) type OfLesson = BTreeMap<String, Given>;
type Answers = BTreeMap<String, OfLesson>;

thread_local! {
    /// What is known while the page is open, even where the browser keeps nothing.
    static ANSWERS: RefCell<Option<Answers>> = const { RefCell::new(None) };
}

fn with<T>(use_them: impl FnOnce(&mut Answers) -> T) -> T {
    ANSWERS.with_borrow_mut(|answers| use_them(answers.get_or_insert_with(|| LocalStorage::get(KEY).unwrap_or_default())))
}

/// The answer to a question of a lesson.
pub(super) fn of(lesson: &str, question: &str) -> Option<Given> {
    with(|answers| answers.get(lesson)?.get(question).copied())
}

/// Keeps an answer, or forgets it.
pub(super) fn keep(lesson: &str, question: &str, given: Option<Given>) {
    with(|answers| {
        let of_lesson = answers.entry(lesson.into()).or_default();
        match given {
            Some(given) => drop(of_lesson.insert(question.into(), given)),
            None => drop(of_lesson.remove(question)),
        }
        // Storage that is full or denied loses nothing while the page is open.
        let _ = LocalStorage::set(KEY, &*answers);
    });
}

/// Replaces all answers of a lesson; gives what they were.
pub(super) fn replace(lesson: &str, by: OfLesson) -> OfLesson {
    with(|answers| {
        let were = answers.insert(lesson.into(), by).unwrap_or_default();
        let _ = LocalStorage::set(KEY, &*answers);
        were
    })
}

/// How many of these questions of a lesson were answered, and how many of them rightly.
pub(super) fn tally(lesson: &str, questions: &[String]) -> (usize, usize) {
    let given: Vec<Given> = questions.iter().filter_map(|question| of(lesson, question)).collect();
    (given.len(), given.iter().filter(|given| given.right).count())
}
