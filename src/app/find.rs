//! Finding words in passages. Pure: knows nothing of pages.

use stride_lesson::Passage;

/// A passage that has all the words, with the place in its text where the first stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found<'a> {
    pub passage: &'a Passage,
    /// A piece of the text around the first word, in three: before, the word, after.
    pub around: [String; 3],
    score: u32,
}

/// So many letters are shown on each side of a found word.
const AROUND: usize = 60;

/// The passages that have all of the words, the best first: words in a title count most, then words that begin as they were typed.
pub(super) fn find<'a>(passages: &'a [Passage], typed: &str) -> Vec<Found<'a>> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Found<'a>> = passages.iter().filter_map(|passage| look(passage, &words)).collect();
    // Equals stay in the order of the lessons.
    found.sort_by_key(|found| std::cmp::Reverse(found.score));
    found
}

fn look<'a>(passage: &'a Passage, words: &[String]) -> Option<Found<'a>> {
    let (title, text) = (passage.title.to_lowercase(), passage.text.to_lowercase());
    let mut score = 0;
    for word in words {
        let begins = |text: &str| {
            text.match_indices(word.as_str()).any(|(at, _)| text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric()))
        };
        score += match (title.contains(word), text.contains(word)) {
            (true, _) => 8 + 4 * u32::from(begins(&title)),
            (false, true) => 1 + 2 * u32::from(begins(&text)),
            (false, false) => return None,
        };
    }
    let around = words.iter().find_map(|word| piece(&passage.text, word)).unwrap_or_else(|| {
        let start: String = passage.text.chars().take(2 * AROUND).collect();
        [start, String::new(), String::new()]
    });
    Some(Found { passage, around, score })
}

/// The text around the first place of a word, cut between words where that is possible.
fn piece(text: &str, word: &str) -> Option<[String; 3]> {
    // Letter by letter, because small letters may be longer than large ones.
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let wanted: Vec<char> = word.chars().collect();
    let is_here = |at: usize| {
        letters.len() - at >= wanted.len()
            && wanted.iter().zip(&letters[at..]).all(|(want, (_, letter))| letter.to_lowercase().eq(want.to_lowercase()))
    };
    let at = (0..letters.len()).find(|&at| is_here(at))?;
    let byte = |index: usize| letters.get(index).map_or(text.len(), |&(byte, _)| byte);
    let (from, end, to) = (at.saturating_sub(AROUND), at + wanted.len(), (at + wanted.len() + AROUND).min(letters.len()));
    let mut before = &text[byte(from)..byte(at)];
    if from > 0 {
        before = before.split_once(' ').map_or(before, |(_, rest)| rest);
    }
    let mut after = &text[byte(end)..byte(to)];
    if to < letters.len() {
        after = after.rsplit_once(' ').map_or(after, |(kept, _)| kept);
    }
    Some([before.into(), text[byte(at)..byte(end)].into(), after.into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passages() -> Vec<Passage> {
        let passage = |heading: &str, title: &str, text: &str| Passage {
            lesson: "lenet5".into(),
            heading: heading.into(),
            title: title.into(),
            text: text.into(),
        };
        vec![
            passage("a", "The network", "A convolution with C_\\text{out} filters has weights. Straße."),
            passage("b", "Convolution", "What it is."),
            passage("c", "Deconvolution", "Of convolution the way back."),
        ]
    }

    #[test]
    fn titles_come_first_and_every_word_must_be_there() {
        let all = passages();
        let headings = |typed: &str| find(&all, typed).iter().map(|found| found.passage.heading.as_str()).collect::<Vec<_>>();
        assert_eq!(headings("convolution"), ["b", "c", "a"]);
        assert_eq!(headings("Convolution WEIGHTS"), ["a"]);
        assert_eq!(headings("C_\\text{out}"), ["a"]);
        assert_eq!((headings("  "), headings("pooling")), (vec![], vec![]));
    }

    #[test]
    fn what_stands_around_a_word_is_shown() {
        let all = passages();
        let found = find(&all, "filters");
        assert_eq!(found[0].around, ["A convolution with C_\\text{out} ".to_string(), "filters".into(), " has weights. Straße.".into()]);
        // Letters whose small form is longer do not shift the cut.
        assert_eq!(piece("İİİ wort", "wort").unwrap(), ["İİİ ".to_string(), "wort".into(), String::new()]);
    }
}
