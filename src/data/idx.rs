//! IDX, the format in which MNIST and its relatives are handed round: a magic number, big-endian sizes, bytes.
//!
//! Pure functions of bytes (any gzip already undone); knows nothing of how a reader's file gets here. Every mistake is one sentence
//! that names the file.

use super::shards::check_labels;
use super::{DataSet, Images, MAX_IMAGES, PIXELS, SIDE};

/// Unsigned bytes in three dimensions.
const IMAGES_MAGIC: u32 = 0x0000_0803;

/// Unsigned bytes in one dimension.
const LABELS_MAGIC: u32 = 0x0000_0801;

/// The largest file worth decompressing: the most images there may be, with their header.
pub const MAX_BYTES: usize = 16 + MAX_IMAGES * PIXELS;

/// The most files a data set is made of.
pub const MOST_FILES: usize = 4;

/// With fewer there is too little to train on, and to test on a sixth of.
const MIN_IMAGES_OF_ONE_PAIR: usize = 60;

/// Whether the bytes are compressed with gzip.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// A file with its contents, of which nothing has been checked yet.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name, for messages and to tell training from test files.
    pub name: String,
    /// What is in it, decompressed.
    pub bytes: Vec<u8>,
}

/// A file whose header has been found right and taken off.
enum Part {
    Pixels(File),
    Labels(File),
}

/// Makes a data set of IDX files: one of images and one of labels, or two of each for training and test.
///
/// Images and labels are told apart by content. Training and test files are told apart by name (`train`, `t10k`, `test`), else by
/// how many images they hold. Where there is one pair only, its last sixth becomes the test set.
pub fn data_set(files: Vec<File>) -> Result<DataSet, String> {
    let (given, mut pixels, mut labels) = (files.len(), Vec::new(), Vec::new());
    // What is wrong with a file is said before what is wrong with their number.
    for file in files.into_iter().take(MOST_FILES) {
        match parse(file)? {
            Part::Pixels(file) => pixels.push(file),
            Part::Labels(file) => labels.push(file),
        }
    }
    if !matches!(given, 2 | MOST_FILES) {
        let wish = "give one file of images and one of labels, or two of each for training and test";
        return Err(format!("a data set cannot be made of {}; {wish}", count(given, "file")));
    }
    if pixels.len() != labels.len() {
        let (images, labels) = (count(pixels.len(), "file"), count(labels.len(), "file"));
        return Err(format!("there are {images} of images and {labels} of labels; every file of images needs one of labels"));
    }
    if pixels.len() == 1 {
        return one_pair(pixels.remove(0), labels.remove(0));
    }
    let (train_pixels, test_pixels) = train_and_test(pixels)?;
    let (train_labels, test_labels) = train_and_test(labels)?;
    let name = train_pixels.name.clone();
    Ok(DataSet::complete(name, pair(train_pixels, train_labels)?, pair(test_pixels, test_labels)?))
}

fn one_pair(pixels: File, labels: File) -> Result<DataSet, String> {
    let name = pixels.name.clone();
    let mut train = pair(pixels, labels)?;
    if train.len() < MIN_IMAGES_OF_ONE_PAIR {
        let found = count(train.len(), "image");
        return Err(format!("{name} holds {found}; to train on them and test on a sixth, give at least {MIN_IMAGES_OF_ONE_PAIR}"));
    }
    let test = train.split_off(train.len() - train.len() / 6);
    Ok(DataSet::complete(name, train, test))
}

fn pair(pixels: File, labels: File) -> Result<Images, String> {
    let images = Images { pixels: pixels.bytes, labels: labels.bytes, ..Images::default() };
    if images.pixels.len() / PIXELS == images.len() {
        return Ok(images);
    }
    let (held, labelled) = (count(images.pixels.len() / PIXELS, "image"), count(images.len(), "label"));
    Err(format!("{} holds {held} and {} holds {labelled}; every image needs one label", pixels.name, labels.name))
}

/// Puts the training file before the test file, by their names or, where these say nothing, by their sizes.
fn train_and_test(mut two: Vec<File>) -> Result<(File, File), String> {
    let (Some(b), Some(a)) = (two.pop(), two.pop()) else { return Err("there must be two files of each kind".into()) };
    let first_is_training = match (role(&a.name), role(&b.name)) {
        (Some(Role::Train), Some(Role::Train)) | (Some(Role::Test), Some(Role::Test)) => None,
        (Some(role), _) => Some(role == Role::Train),
        (_, Some(role)) => Some(role == Role::Test),
        (None, None) if a.bytes.len() == b.bytes.len() => None,
        (None, None) => Some(a.bytes.len() > b.bytes.len()),
    };
    match first_is_training {
        Some(true) => Ok((a, b)),
        Some(false) => Ok((b, a)),
        None => Err(format!(
            "{} and {} cannot be told apart as training and test file; name one with 'train' and the other with 'test'",
            a.name, b.name
        )),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Train,
    Test,
}

fn role(name: &str) -> Option<Role> {
    let name = name.to_lowercase();
    if name.contains("train") {
        Some(Role::Train)
    } else if name.contains("t10k") || name.contains("test") {
        Some(Role::Test)
    } else {
        None
    }
}

/// Takes the header off, once it and the size are found right.
fn parse(File { name, mut bytes }: File) -> Result<Part, String> {
    let word = |index: usize| -> Option<u32> {
        let four = bytes.get(4 * index..4 * index + 4)?;
        Some(u32::from_be_bytes(four.try_into().ok()?))
    };
    let short = |header: usize| format!("{name} is truncated: it has {} and its header alone takes {header}", count(bytes.len(), "byte"));
    let magic = word(0).ok_or_else(|| short(4))?;
    let (header, size) = match magic {
        IMAGES_MAGIC => (16, PIXELS),
        LABELS_MAGIC => (8, 1),
        _ => {
            let right = "0x00000803 (images) or 0x00000801 (labels)";
            return Err(format!("{name} begins with 0x{magic:08x}; an IDX file of bytes begins with {right}"));
        }
    };
    let images = word(1).ok_or_else(|| short(header))? as usize;
    if magic == IMAGES_MAGIC {
        let (rows, columns) = word(2).zip(word(3)).ok_or_else(|| short(header))?;
        if (rows as usize, columns as usize) != (SIDE, SIDE) {
            return Err(format!("{name} holds images of {rows}x{columns} pixels; LeNet-5 here takes {SIDE}x{SIDE}"));
        }
    }
    if images == 0 || images > MAX_IMAGES {
        return Err(format!("{name} announces {images} entries; there must be from 1 to {MAX_IMAGES}"));
    }
    let expected = header + images * size;
    if bytes.len() != expected {
        let wrong = if bytes.len() < expected { "truncated" } else { "too long" };
        return Err(format!("{name} is {wrong}: it has {} and should have {expected}", count(bytes.len(), "byte")));
    }
    bytes.drain(..header);
    if magic == IMAGES_MAGIC {
        return Ok(Part::Pixels(File { name, bytes }));
    }
    check_labels(&name, &bytes)?;
    Ok(Part::Labels(File { name, bytes }))
}

fn count(n: usize, of: &str) -> String {
    if n == 1 { format!("1 {of}") } else { format!("{n} {of}s") }
}

#[cfg(test)]
#[path = "idx_tests.rs"]
mod tests;
