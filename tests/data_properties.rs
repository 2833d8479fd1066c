//! Whatever is in a file or a drawing, nothing panics, and what is accepted is well-formed.
#![cfg(not(target_arch = "wasm32"))]

use proptest::collection::vec;
use proptest::prelude::*;
use stride::data::idx::{File, data_set};
use stride::data::mnist_like::normalise;
use stride::data::order::epoch_order;
use stride::data::shards::{Manifest, Shard};

fn file(name: &str, bytes: Vec<u8>) -> File {
    File { name: name.into(), bytes }
}

fn idx(words: &[u32], tail: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.resize(bytes.len() + tail, 9);
    bytes
}

proptest! {
    #[test]
    fn any_bytes_as_idx_files(a in vec(any::<u8>(), 0..64), b in vec(any::<u8>(), 0..64)) {
        prop_assert!(data_set(vec![file("a", a), file("b", b)]).is_err());
    }

    #[test]
    fn any_header_of_an_idx_file(magic in 0x0800u32..0x0804, n in any::<u32>(), rows in 26u32..30, tail in 0usize..2000) {
        let images = file("images", idx(&[magic, n, rows, 28], tail));
        prop_assert!(data_set(vec![images, file("labels", idx(&[0x801, 70], 70))]).is_err());
    }

    #[test]
    fn any_number_of_images_and_labels(images in 1u32..100, labels in 1u32..100) {
        let pixels = file("images", idx(&[0x803, images, 28, 28], images as usize * 784));
        let set = data_set(vec![pixels, file("labels", idx(&[0x801, labels], labels as usize))]);
        prop_assert_eq!(set.is_ok(), images == labels && images >= 60);
        if let Ok(set) = set {
            prop_assert!(set.is_complete());
            prop_assert_eq!(set.train.len() + set.test.len(), images as usize);
        }
    }

    #[test]
    fn any_text_as_a_manifest(text in ".{0,200}", images in any::<usize>(), bytes in any::<u64>()) {
        prop_assert!(Manifest::parse(&text).is_err());
        let shard = format!(r#"{{"file":"a","images":{images},"bytes":{bytes},"sha256":"{}"}}"#, "00".repeat(32));
        let head = r#""name":"x","rows":28,"columns":28,"classes":10"#;
        let manifest = Manifest::parse(&format!(r#"{{{head},"train":[{shard}],"test":[{shard}]}}"#));
        prop_assert!(manifest.is_err() || (1..=300_000).contains(&images));
    }

    #[test]
    fn any_bytes_as_a_shard(bytes in vec(any::<u8>(), 0..2000)) {
        let shard = Shard { file: "a".into(), images: 2, bytes: 1, sha256: String::new() };
        prop_assert_eq!(shard.parse(&bytes).is_ok(), bytes.len() == 2 * 785 && bytes[..2].iter().all(|&label| label < 10));
    }

    #[test]
    fn any_drawing(width in 0usize..40, ink in vec(prop_oneof![4 => Just(0u8), 1 => any::<u8>()], 0..1600)) {
        let height = ink.len().checked_div(width).unwrap_or(0);
        let ink = &ink[..width * height];
        match normalise(ink, width, height) {
            None => prop_assert!(ink.iter().all(|&pixel| pixel == 0)),
            Some(image) => prop_assert_eq!(image.iter().max(), Some(&255)),
        }
    }

    #[test]
    fn any_shards_in_order(seed in any::<u32>(), epoch in 0u32..4, sizes in vec(0usize..50, 0..6)) {
        let mut order = epoch_order(seed, epoch, &sizes);
        order.sort_unstable();
        prop_assert!(order.iter().copied().eq(0..sizes.iter().sum::<usize>() as u32));
    }
}
