//! What IDX files are read as, and what is said of those that cannot be.

use super::*;

fn images(name: &str, n: usize) -> File {
    let mut bytes = [IMAGES_MAGIC, n as u32, 28, 28].map(u32::to_be_bytes).concat();
    bytes.extend((0..n).flat_map(|i| [i as u8; PIXELS]));
    File { name: name.into(), bytes }
}

fn labels(name: &str, n: usize) -> File {
    let mut bytes = [LABELS_MAGIC, n as u32].map(u32::to_be_bytes).concat();
    bytes.extend((0..n).map(|i| (i % 10) as u8));
    File { name: name.into(), bytes }
}

#[test]
fn four_files_in_any_order_are_told_apart_by_name() {
    let files = vec![labels("t10k-labels", 20), images("T10K-images", 20), images("train-images", 9), labels("train-labels", 9)];
    let set = data_set(files).unwrap();
    assert_eq!((set.name.as_str(), set.train.len(), set.test.len()), ("train-images", 9, 20));
    assert_eq!(set.train.labels[8], 8);
    assert_eq!(set.train.image(8)[0], 8);
    assert!(set.is_complete());
}

#[test]
fn four_files_with_names_that_say_nothing_are_told_apart_by_size() {
    let set = data_set(vec![images("a", 9), labels("b", 20), images("c", 20), labels("d", 9)]).unwrap();
    assert_eq!((set.train.len(), set.test.len()), (20, 9));
}

#[test]
fn the_last_sixth_of_a_single_pair_becomes_the_test_set() {
    let set = data_set(vec![labels("l", 66), images("i", 66)]).unwrap();
    assert_eq!((set.train.len(), set.test.len()), (55, 11));
    assert_eq!(set.test.image(0)[0], 55);
}

#[track_caller]
fn refused(files: Vec<File>, says: &str) {
    let error = data_set(files).unwrap_err();
    assert_eq!(error, says);
}

fn cut(mut file: File, length: usize) -> File {
    file.bytes.resize(length, 0);
    file
}

fn patched(mut file: File, at: usize, byte: u8) -> File {
    file.bytes[at] = byte;
    file
}

#[test]
fn a_wrong_number_of_files_is_refused() {
    let wish = "give one file of images and one of labels, or two of each for training and test";
    refused(vec![], &format!("a data set cannot be made of 0 files; {wish}"));
    refused(vec![images("i", 70)], &format!("a data set cannot be made of 1 file; {wish}"));
    let rule = "every file of images needs one of labels";
    refused(vec![images("i", 70), images("j", 70)], &format!("there are 2 files of images and 0 files of labels; {rule}"));
}

#[test]
fn a_wrong_file_is_refused() {
    let with = |file| vec![file, labels("l", 70)];
    refused(
        with(patched(images("i", 70), 2, 0x0d)),
        "i begins with 0x00000d03; an IDX file of bytes begins with 0x00000803 (images) or 0x00000801 (labels)",
    );
    refused(with(cut(images("i", 70), 2)), "i is truncated: it has 2 bytes and its header alone takes 4");
    refused(with(cut(images("i", 70), 12)), "i is truncated: it has 12 bytes and its header alone takes 16");
    refused(with(cut(images("i", 70), 1000)), "i is truncated: it has 1000 bytes and should have 54896");
    refused(with(cut(images("i", 70), 60000)), "i is too long: it has 60000 bytes and should have 54896");
    refused(with(patched(images("i", 70), 11, 32)), "i holds images of 32x28 pixels; LeNet-5 here takes 28x28");
    refused(with(patched(images("i", 70), 4, 1)), "i announces 16777286 entries; there must be from 1 to 300000");
    refused(with(images("i", 0)), "i announces 0 entries; there must be from 1 to 300000");
    refused(with(images("i", 71)), "i holds 71 images and l holds 70 labels; every image needs one label");
    refused(vec![images("i", 70), patched(labels("l", 70), 10, 26)], "l labels image 2 as 26; labels here run from 0 to 9");
    refused(vec![images("i", 59), labels("l", 59)], "i holds 59 images; to train on them and test on a sixth, give at least 60");
}

#[test]
fn files_that_could_be_either_are_refused() {
    refused(
        vec![images("a", 70), images("b", 70), labels("c", 70), labels("d", 70)],
        "a and b cannot be told apart as training and test file; name one with 'train' and the other with 'test'",
    );
}
