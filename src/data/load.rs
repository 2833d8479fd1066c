//! Whole data sets in a browser: the packed one from the server, a reader's own files, or digits drawn on the spot.
//!
//! Knows how each is fetched and in what order; knows nothing of who trains on them.

use super::fetch::{Cache, fetch, gunzip, sha256};
use super::shards::{Manifest, Shard};
use super::synthetic::{self, Part, digits};
use super::{DataSet, Images, idx};
use gloo::timers::future::TimeoutFuture;

/// The largest manifest worth reading, in bytes.
const MAX_MANIFEST: usize = 1 << 20;

/// Images that are drawn before others get a turn.
const DRAWN_AT_ONCE: usize = 1000;

/// Something that has come in, in the order in which it comes: first what there will be, then bytes and images.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// What there will be; the set is empty yet.
    Announced {
        /// The set to put the images into.
        set: DataSet,
        /// Bytes of all its files; 0 where nothing is fetched.
        bytes_total: u64,
    },
    /// How many bytes of all files are in so far.
    Bytes(u64),
    /// The next shard of the training set.
    Train(Images),
    /// The next shard of the test set.
    Test(Images),
}

/// Fetches the packed set under `folder`, an address that ends in `/`.
///
/// The first training shard comes first, so that training can begin; then the test set, then the rest. Dropping the future ends the
/// transfer.
pub async fn packed(folder: &str, arrived: impl FnMut(Arrival)) -> Result<(), String> {
    let advice = "retry, or go on with digits drawn here";
    fetch_packed(folder, arrived).await.map_err(|why| format!("The data set did not arrive in full: {why}; {advice}."))
}

async fn fetch_packed(folder: &str, mut arrived: impl FnMut(Arrival)) -> Result<(), String> {
    let text = fetch(&format!("{folder}manifest.json"), "manifest.json", Cache::Confirmed, MAX_MANIFEST, |_| ()).await?;
    let manifest = Manifest::parse(&String::from_utf8_lossy(&text))?;
    let set = DataSet::announced(&manifest.name, manifest.shard_sizes(), manifest.test_total());
    arrived(Arrival::Announced { set, bytes_total: manifest.bytes_total() });
    let (first, rest) = manifest.train.split_at(1);
    let mut bytes_before = 0;
    for (part, shards) in [(Part::Train, first), (Part::Test, &manifest.test), (Part::Train, rest)] {
        for shard in shards {
            let images = fetch_shard(folder, shard, |bytes| arrived(Arrival::Bytes(bytes_before + bytes))).await?;
            bytes_before += shard.bytes;
            arrived(match part {
                Part::Train => Arrival::Train(images),
                Part::Test => Arrival::Test(images),
            });
        }
    }
    Ok(())
}

/// Fetches one shard, checks it and unpacks it; `on_bytes` hears how many of its bytes are in.
pub async fn fetch_shard(folder: &str, shard: &Shard, mut on_bytes: impl FnMut(u64)) -> Result<Images, String> {
    let Shard { file, bytes: size, sha256: expected, .. } = shard;
    // The checksum in the address keeps a cache from answering with a shard of an older manifest.
    let url = format!("{folder}{file}?sha256={}", expected.get(..16).unwrap_or_default());
    let mut damage = String::new();
    // A damaged copy may come from the cache, so the second try goes past it.
    for cache in [Cache::Any, Cache::Nothing] {
        let bytes = fetch(&url, file, cache, *size as usize, &mut on_bytes).await?;
        if bytes.len() as u64 != *size {
            damage = format!("{file} is truncated: it has {} bytes and should have {size}", bytes.len());
        } else if sha256(&bytes).await.is_some_and(|found| !found.eq_ignore_ascii_case(expected)) {
            damage = format!("{file} is damaged: its SHA-256 is not the one in manifest.json");
        } else {
            return shard.parse(&gunzip(&bytes, file, shard.unpacked_bytes()).await?);
        }
    }
    Err(damage)
}

/// Reads a reader's IDX files, plain or compressed with gzip, each given as its name and an address (a `blob:` one).
pub async fn files(files: &[(String, String)]) -> Result<DataSet, String> {
    // What is beyond the most is not read: `data_set` refuses the lot.
    let mut read = Vec::new();
    for (name, url) in files.iter().take(idx::MOST_FILES + 1) {
        let mut bytes = fetch(url, name, Cache::Any, idx::MAX_BYTES, |_| ()).await?;
        if idx::is_gzip(&bytes) {
            bytes = gunzip(&bytes, name, idx::MAX_BYTES).await?;
        }
        read.push(idx::File { name: name.clone(), bytes });
    }
    idx::data_set(read)
}

/// Draws a set of digits, a piece at a time, so that whoever shares the thread gets a turn in between.
pub async fn drawn(seed: u32, train: usize, test: usize, mut arrived: impl FnMut(Arrival)) {
    let pieces = |total: usize| (0..total).step_by(DRAWN_AT_ONCE).map(move |from| from..total.min(from + DRAWN_AT_ONCE));
    let set = DataSet::announced(synthetic::NAME, pieces(train).map(|piece| piece.len()).collect(), test);
    arrived(Arrival::Announced { set, bytes_total: 0 });
    for piece in pieces(test) {
        arrived(Arrival::Test(digits(seed, Part::Test, piece)));
        TimeoutFuture::new(0).await;
    }
    for piece in pieces(train) {
        arrived(Arrival::Train(digits(seed, Part::Train, piece)));
        TimeoutFuture::new(0).await;
    }
}
