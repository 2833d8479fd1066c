//! The packed form of a data set: a manifest in JSON, and shards of labels and pixels.
//!
//! Pure functions of bytes; knows nothing of how they are fetched or unpacked. A shard, once its gzip is undone, is one byte of label
//! per image, then `rows * columns` bytes of pixels per image.

use super::{CLASSES, Images, MAX_IMAGES, PIXELS, SIDE};
use serde::Deserialize;

/// The largest number of shards of a set.
const MAX_SHARDS: usize = 1000;

/// What a manifest says of a data set, as far as it matters here; it may say more, such as where the images come from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Manifest {
    /// The set's name, for a heading.
    pub name: String,
    /// Height of every image.
    pub rows: usize,
    /// Width of every image.
    pub columns: usize,
    /// How many labels there are.
    pub classes: usize,
    /// The shards of the training set, in order.
    pub train: Vec<Shard>,
    /// The shards of the test set, in order.
    pub test: Vec<Shard>,
}

/// One file of a packed data set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Shard {
    /// Its name, next to the manifest.
    pub file: String,
    /// How many images it holds.
    pub images: usize,
    /// Its size as it is fetched, compressed.
    pub bytes: u64,
    /// SHA-256 of the file as it is fetched, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// Reads a manifest; the error is one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let manifest: Manifest = serde_json::from_str(text).map_err(|e| format!("manifest.json is not a manifest of a data set: {e}"))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// How many images each training shard has.
    pub fn shard_sizes(&self) -> Vec<usize> {
        self.train.iter().map(|shard| shard.images).collect()
    }

    /// How many test images there are.
    pub fn test_total(&self) -> usize {
        self.test.iter().map(|shard| shard.images).sum()
    }

    /// Bytes of all shards, compressed.
    pub fn bytes_total(&self) -> u64 {
        self.train.iter().chain(&self.test).map(|shard| shard.bytes).sum()
    }

    fn check(&self) -> Result<(), String> {
        let Manifest { rows, columns, classes, .. } = self;
        if (*rows, *columns) != (SIDE, SIDE) {
            return Err(format!("manifest.json announces images of {rows}x{columns} pixels; LeNet-5 here takes {SIDE}x{SIDE}"));
        }
        if *classes != CLASSES {
            return Err(format!("manifest.json announces {classes} classes; the networks here tell {CLASSES} apart"));
        }
        for (part, shards) in [("training", &self.train), ("test", &self.test)] {
            if shards.is_empty() || shards.len() > MAX_SHARDS {
                return Err(format!("manifest.json lists {} {part} shards; there must be from 1 to {MAX_SHARDS}", shards.len()));
            }
            let images = shards.iter().try_fold(0usize, |sum, shard| sum.checked_add(shard.images)).unwrap_or(usize::MAX);
            if images > MAX_IMAGES {
                return Err(format!("manifest.json announces more {part} images than {MAX_IMAGES}, which is the most that fits here"));
            }
            shards.iter().try_for_each(Shard::check)?;
        }
        Ok(())
    }
}

impl Shard {
    /// The size of this shard once it is decompressed.
    pub fn unpacked_bytes(&self) -> usize {
        self.images * (1 + PIXELS)
    }

    /// Reads the decompressed shard; the error is one sentence.
    pub fn parse(&self, bytes: &[u8]) -> Result<Images, String> {
        let Shard { file, images, .. } = self;
        if bytes.len() != self.unpacked_bytes() {
            return Err(format!("{file} holds {} bytes after decompression; {images} images take {}", bytes.len(), self.unpacked_bytes()));
        }
        let (labels, pixels) = bytes.split_at(*images);
        check_labels(file, labels)?;
        Ok(Images { pixels: pixels.to_vec(), labels: labels.to_vec(), ..Images::default() })
    }

    fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.file.is_empty() || self.file.starts_with('.') || !self.file.chars().all(plain) {
            return Err(format!("manifest.json names a shard '{}'; a shard is a file next to the manifest", self.file));
        }
        if self.images == 0 {
            return Err(format!("manifest.json announces no image in {}; a shard has at least one", self.file));
        }
        // Gzip grows what it cannot shrink by less than a thousandth, and a header.
        if self.bytes == 0 || self.bytes > self.unpacked_bytes() as u64 * 1001 / 1000 + 1024 {
            return Err(format!(
                "manifest.json gives {} a size of {} bytes, which {} images cannot have",
                self.file, self.bytes, self.images
            ));
        }
        if self.sha256.len() != 64 || !self.sha256.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(format!("manifest.json gives {} no proper SHA-256; it must be 64 hexadecimal digits", self.file));
        }
        Ok(())
    }
}

/// Says in one sentence which label is none of the ten, if one is.
pub(super) fn check_labels(file: &str, labels: &[u8]) -> Result<(), String> {
    match labels.iter().position(|&label| usize::from(label) >= CLASSES) {
        None => Ok(()),
        Some(index) => Err(format!("{file} labels image {index} as {}; labels here run from 0 to {}", labels[index], CLASSES - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(file: &str, images: usize) -> String {
        format!(r#"{{"file":"{file}","images":{images},"bytes":{},"sha256":"{}"}}"#, images * 785, "0a".repeat(32))
    }

    fn manifest(rows: usize, classes: usize, train: &str, test: &str) -> String {
        format!(r#"{{"name":"MNIST","rows":{rows},"columns":28,"classes":{classes},"train":[{train}],"test":[{test}]}}"#)
    }

    #[test]
    fn a_manifest_adds_up() {
        let train = [shard("train-0.shard", 30), shard("train-1.shard", 20)].join(",");
        let manifest = Manifest::parse(&manifest(28, 10, &train, &shard("test-0.shard", 5))).unwrap();
        assert_eq!((manifest.shard_sizes(), manifest.test_total(), manifest.bytes_total()), (vec![30, 20], 5, 55 * 785));
    }

    #[test]
    fn a_wrong_manifest_gets_one_sentence() {
        let (a, b) = (shard("a", 1), shard("b", 1));
        for (text, says) in [
            ("<!doctype html>".into(), "is not a manifest"),
            (manifest(32, 10, &a, &b), "32x28 pixels; LeNet-5 here takes 28x28"),
            (manifest(28, 47, &a, &b), "47 classes"),
            (manifest(28, 10, "", &b), "0 training shards"),
            (manifest(28, 10, &a, ""), "0 test shards"),
            (manifest(28, 10, &shard("../a", 1), &b), "names a shard '../a'"),
            (manifest(28, 10, &shard("a", 0), &b), "no image in a"),
            (manifest(28, 10, &shard("a", 400_000), &b), "more training images than 300000"),
            (manifest(28, 10, &a.replace("785", "99999"), &b), "a size of 99999 bytes"),
            (manifest(28, 10, &a.replace("0a0a", "xyz"), &b), "64 hexadecimal digits"),
        ] {
            let error = Manifest::parse(&text).unwrap_err();
            assert!(error.contains(says), "'{error}' should say '{says}'");
            assert!(!error.contains('\n'));
        }
    }

    fn two_images() -> Shard {
        Shard { file: "train-0.shard".into(), images: 2, bytes: 1, sha256: String::new() }
    }

    #[test]
    fn a_shard_is_labels_then_pixels() {
        let mut bytes = vec![3, 9];
        bytes.extend([1; PIXELS]);
        bytes.extend([2; PIXELS]);
        let images = two_images().parse(&bytes).unwrap();
        assert_eq!(images.labels, [3, 9]);
        assert!(images.image(1).iter().all(|&pixel| pixel == 2));
    }

    #[test]
    fn a_wrong_shard_gets_one_sentence() {
        let error = two_images().parse(&[1, 2, 3]).unwrap_err();
        assert_eq!(error, "train-0.shard holds 3 bytes after decompression; 2 images take 1570");
        let mut bytes = vec![0; 2 * 785];
        bytes[1] = 10;
        let error = two_images().parse(&bytes).unwrap_err();
        assert_eq!(error, "train-0.shard labels image 1 as 10; labels here run from 0 to 9");
    }
}
