//! Data in a real browser: decompression and checksums by the browser itself, a reader's files, and messages as they cross to the worker.
#![cfg(target_arch = "wasm32")]

use gloo_worker::Codec;
use js_sys::{Array, Function, Reflect, Uint8Array};
use stride::data::fetch::{Cache, fetch, gunzip, sha256};
use stride::data::load::{Arrival, drawn, fetch_shard, files, packed};
use stride::data::shards::Shard;
use stride::data::{DataSet, PIXELS};
use stride::protocol::{Activation, DataStatus, Guess, RunId, RunTelemetry, Seen, StepPoint, Telemetry, TestPoint};
use stride::worker::codec::Packed;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Blob, ReadableWritablePair, Response, Url};

wasm_bindgen_test_configure!(run_in_browser);

fn blob(bytes: &[u8]) -> Blob {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes))).unwrap()
}

/// An address at which `bytes` lie; it ends in `#`, so that what is put behind it does not count.
fn address(bytes: &[u8]) -> String {
    Url::create_object_url_with_blob(&blob(bytes)).unwrap() + "#"
}

async fn gzip(bytes: &[u8]) -> Vec<u8> {
    let constructor: Function = Reflect::get(&js_sys::global(), &"CompressionStream".into()).unwrap().unchecked_into();
    let compress = Reflect::construct(&constructor, &Array::of1(&"gzip".into())).unwrap();
    let stream = blob(bytes).stream().pipe_through(compress.unchecked_ref::<ReadableWritablePair>());
    let response = Response::new_with_opt_readable_stream(Some(&stream)).unwrap();
    Uint8Array::new(&JsFuture::from(response.array_buffer().unwrap()).await.unwrap()).to_vec()
}

#[wasm_bindgen_test]
async fn sha256_agrees_with_the_standard() {
    // The example "abc" of FIPS 180-4.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(sha256(b"abc").await.as_deref(), Some(expected));
}

#[wasm_bindgen_test]
async fn a_blob_is_fetched_and_its_bytes_are_counted() {
    let bytes: Vec<u8> = (0..300_000u32).map(|i| (i % 251) as u8).collect();
    let mut heard = Vec::new();
    assert_eq!(fetch(&address(&bytes), "blob", Cache::Any, bytes.len(), |n| heard.push(n)).await.unwrap(), bytes);
    assert!(heard.is_sorted() && heard.last() == Some(&300_000));
    let error = fetch(&address(&bytes), "blob", Cache::Any, 1000, |_| ()).await.unwrap_err();
    assert_eq!(error, "blob could not be fetched in full (it is longer than 1000 bytes)");
}

#[wasm_bindgen_test]
async fn what_was_compressed_is_decompressed_within_its_limit() {
    let bytes = vec![7; 100_000];
    let packed = gzip(&bytes).await;
    assert!(packed.len() < 1000);
    assert_eq!(gunzip(&packed, "file", 100_000).await.unwrap(), bytes);
    let error = gunzip(&packed, "file", 99_999).await.unwrap_err();
    assert!(error.contains("longer than 99999 bytes"), "{error}");
    for damaged in [&packed[..packed.len() / 2], b"not gzip"] {
        let error = gunzip(damaged, "file", 100_000).await.unwrap_err();
        assert!(error.starts_with("file cannot be decompressed, it is damaged ("), "{error}");
    }
}

async fn shard(images: usize) -> (Vec<u8>, Shard) {
    let labels = (0..images).map(|i| (i % 10) as u8);
    let bytes = gzip(&labels.chain(std::iter::repeat_n(9, images * PIXELS)).collect::<Vec<u8>>()).await;
    let sha256 = sha256(&bytes).await.unwrap();
    let shard = Shard { file: "train-0.shard".into(), images, bytes: bytes.len() as u64, sha256 };
    (bytes, shard)
}

#[wasm_bindgen_test]
async fn a_shard_is_fetched_checked_and_unpacked() {
    let (bytes, shard) = shard(12).await;
    let images = fetch_shard(&address(&bytes), &shard, |_| ()).await.unwrap();
    assert_eq!((images.len(), images.labels[11], images.image(11)[0]), (12, 1, 9));
}

#[wasm_bindgen_test]
async fn a_damaged_shard_is_refused() {
    let (mut bytes, shard) = shard(12).await;
    let error = fetch_shard(&address(&bytes[1..]), &shard, |_| ()).await.unwrap_err();
    assert!(error.starts_with("train-0.shard is truncated: it has "), "{error}");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let error = fetch_shard(&address(&bytes), &shard, |_| ()).await.unwrap_err();
    assert_eq!(error, "train-0.shard is damaged: its SHA-256 is not the one in manifest.json");
}

#[wasm_bindgen_test]
async fn what_is_not_there_gets_one_sentence() {
    let mut heard = 0;
    let folder = format!("{}/no-such-folder/", web_sys::window().unwrap().location().origin().unwrap());
    let error = packed(&folder, |_| heard += 1).await.unwrap_err();
    assert!(error.starts_with("The data set did not arrive in full: manifest.json could not be fetched ("), "{error}");
    assert!(error.ends_with("; retry, or go on with digits drawn here.") && heard == 0, "{error}");
}

#[wasm_bindgen_test]
async fn a_readers_files_may_be_compressed() {
    let mut images = [0x803, 60, 28, 28].map(u32::to_be_bytes).concat();
    images.resize(16 + 60 * PIXELS, 5);
    let mut labels = [0x801, 60].map(u32::to_be_bytes).concat();
    labels.resize(8 + 60, 3);
    let images = gzip(&images).await;
    let named = |name: &str, bytes: &[u8]| (name.to_owned(), address(bytes));
    let set = files(&[named("images.gz", &images), named("labels", &labels)]).await.unwrap();
    assert_eq!((set.name.as_str(), set.train.len(), set.test.len()), ("images.gz", 50, 10));
    let error = files(&[named("images.gz", &images), named("labels", &labels[..50])]).await.unwrap_err();
    assert_eq!(error, "labels is truncated: it has 50 bytes and should have 68");
}

#[wasm_bindgen_test]
async fn digits_are_drawn_in_pieces_that_add_up() {
    let mut set = DataSet::default();
    drawn(1, 2500, 300, |arrival| match arrival {
        Arrival::Announced { set: empty, .. } => set = empty,
        Arrival::Bytes(_) => (),
        Arrival::Train(images) => set.train.append(&images),
        Arrival::Test(images) => set.test.append(&images),
    })
    .await;
    assert!(set.is_complete());
    assert_eq!(set.shard_sizes, [1000, 1000, 500]);
    assert_eq!(set.train, stride::data::synthetic::synthetic(1, 2500, 300).train);
}

#[wasm_bindgen_test]
fn messages_cross_unchanged() {
    let point = StepPoint { step: u32::MAX, epoch: 0.1, loss: f32::INFINITY, accuracy: 1.0, learning_rate: 1e-30 };
    let guess = Guess { step: 3, probabilities: vec![0.1; 10] };
    let layer = Activation { name: "conv1".into(), shape: vec![1, 1, 2], values: vec![-0.5, f32::MIN_POSITIVE] };
    let data = DataStatus {
        name: "MNIST".into(),
        train_images: 60_000,
        train_total: 60_000,
        test_images: 0,
        bytes: 1 << 40,
        bytes_total: 1 << 41,
        problem: None,
    };
    let of = |telemetry| Telemetry::Of { run: RunId(3), telemetry };
    for telemetry in [
        of(RunTelemetry::Steps { points: vec![point], images_per_second: 1.5 }),
        of(RunTelemetry::Test(TestPoint { step: 1, loss: 0.25, accuracy: 0.5, images: 1000 })),
        of(RunTelemetry::Seen(Box::new(Seen { step: 3, index: 7, label: 5, pixels: vec![0, 255], layers: vec![layer], guess }))),
        Telemetry::Data(data),
        Telemetry::Refused("no".into()),
    ] {
        let back: Telemetry = Packed::decode(Packed::encode(telemetry.clone()));
        assert_eq!(back, telemetry);
    }
}

#[wasm_bindgen_test]
fn messages_cross_as_bytes_without_names() {
    let message = Packed::encode(Guess { step: 1, probabilities: vec![0.5; 10] });
    let bytes: Uint8Array = message.dyn_into().unwrap();
    // The step and how many numbers follow, a byte each while they are small, and four for every number.
    assert_eq!(bytes.length(), 1 + 1 + 40);
}
