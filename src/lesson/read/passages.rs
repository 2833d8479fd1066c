//! What search finds: the words of a lesson, heading by heading, with mathematics as it was written.

use crate::Passage;

/// Gathers words as they are read.
pub(super) struct Passages {
    lesson: String,
    all: Vec<Passage>,
}

impl Passages {
    pub(super) fn new(lesson: &str) -> Self {
        Passages { lesson: lesson.into(), all: Vec::new() }
    }

    /// Words under the last heading.
    pub(super) fn add(&mut self, words: &str) {
        if self.all.is_empty() {
            self.begin("", "");
        }
        if let Some(passage) = self.all.last_mut() {
            if !passage.text.is_empty() && !passage.text.ends_with(char::is_whitespace) {
                passage.text.push(' ');
            }
            passage.text.push_str(words.trim());
        }
    }

    /// A heading: what follows stands under it.
    pub(super) fn begin(&mut self, id: &str, title: &str) {
        self.all.push(Passage { lesson: self.lesson.clone(), heading: id.into(), title: title.into(), text: String::new() });
    }

    pub(super) fn finish(self) -> Vec<Passage> {
        self.all.into_iter().filter(|passage| !(passage.title.is_empty() && passage.text.is_empty())).collect()
    }
}
