//! One number for rows and columns alike, or two: how PyTorch writes a kernel, a stride or a padding.

use crate::packed::written;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Down and across; written as one number where both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", from = "Written", into = "Written")]
pub struct Pair(pub [usize; 2]);

written!(Pair, |pair: &Pair, serializer| Serialize::serialize(&pair.0, serializer), |deserializer| {
    <[usize; 2] as Deserialize>::deserialize(deserializer).map(Pair)
});

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "one whole number, or two in brackets: down and across")]
enum Written {
    Same(usize),
    Both([usize; 2]),
}

impl From<Written> for Pair {
    fn from(written: Written) -> Self {
        match written {
            Written::Same(size) => Pair([size; 2]),
            Written::Both(sizes) => Pair(sizes),
        }
    }
}

impl From<Pair> for Written {
    fn from(pair: Pair) -> Self {
        if pair.0[0] == pair.0[1] { Written::Same(pair.0[0]) } else { Written::Both(pair.0) }
    }
}

impl From<usize> for Pair {
    fn from(size: usize) -> Self {
        Pair([size; 2])
    }
}

impl From<[usize; 2]> for Pair {
    fn from(sizes: [usize; 2]) -> Self {
        Pair(sizes)
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [down, across] if down == across => write!(f, "{down}"),
            [down, across] => write!(f, "({down}, {across})"),
        }
    }
}
