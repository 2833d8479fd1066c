//! How convolutions are cut into parts: by images and by groups, or where there are no groups by channels of either side.

use super::gradients::{InputGrad, WeightGrad};
use super::{Conv2d, Conv2dSettings, Sizes};
use crate::ops::cut::{Cut, Put, Take};
use Take::{Along, Once, Whole};
use std::sync::Arc;

const SUM: Put = Put::Sum { relu: false };

fn images(sizes: Sizes) -> impl Fn(usize) -> Sizes {
    move |batch| Sizes { batch, ..sizes }
}

fn filters(sizes: Sizes) -> impl Fn(usize) -> Sizes {
    move |out_channels| Sizes { out_channels, ..sizes }
}

fn channels(sizes: Sizes) -> impl Fn(usize) -> Sizes {
    move |in_channels| Sizes { in_channels, ..sizes }
}

fn groups(sizes: Sizes) -> impl Fn(usize) -> Sizes {
    move |groups| Sizes {
        in_channels: groups * sizes.in_per_group(),
        out_channels: groups * sizes.out_per_group(),
        settings: Conv2dSettings { groups, ..sizes.settings },
        ..sizes
    }
}

/// Those that can be made: by channels only where all filters see all of them.
fn possible(sizes: Sizes, images: Cut, groups: Cut, others: [Cut; 2]) -> Vec<Cut> {
    let grouped = sizes.settings.groups > 1;
    let groups = Cut { steps: Some(sizes.settings.groups), ..groups };
    [images, groups].into_iter().chain(others.into_iter().filter(|_| !grouped)).collect()
}

pub(super) fn forward(conv: &Conv2d) -> Vec<Cut> {
    let sizes = conv.sizes;
    let with = |bias: Take, [x, weight]: [Take; 2], put| {
        let mut inputs = vec![x, weight];
        inputs.extend(conv.bias.then_some(bias));
        Cut::new(inputs, put)
    };
    let part = |of: Box<dyn Fn(usize) -> Sizes>| {
        let conv = conv.clone();
        move |range: &std::ops::Range<usize>| -> Arc<dyn crate::ops::Op> { Arc::new(Conv2d { sizes: of(range.len()), ..conv.clone() }) }
    };
    let (by_images, by_groups, by_filters) = (part(Box::new(images(sizes))), part(Box::new(groups(sizes))), part(Box::new(filters(sizes))));
    let (whole, of) = (conv.clone(), channels(sizes));
    let by_channels = with(Once, [Along(1), Along(1)], Put::Sum { relu: conv.relu })
        .by(move |range| Arc::new(Conv2d { sizes: of(range.len()), bias: whole.bias && range.start == 0, relu: false, ..whole.clone() }));
    let by_filters = with(Along(0), [Whole, Along(0)], Put::Along(1)).by(by_filters);
    let by_groups = with(Along(0), [Along(1), Along(0)], Put::Along(1)).by(by_groups);
    possible(sizes, with(Whole, [Along(0), Whole], Put::Along(0)).by(by_images), by_groups, [by_filters, by_channels])
}

/// Of the gradient of the images: its inputs are the weights and the gradient of y.
pub(super) fn input_grad(name: &'static str, sizes: Sizes) -> Vec<Cut> {
    let cut = |inputs: [Take; 2], put: Put, of: Box<dyn Fn(usize) -> Sizes>| {
        Cut::new(inputs, put).by(move |range| Arc::new(InputGrad { name, sizes: of(range.len()) }))
    };
    let by_channels = cut([Along(1), Whole], Put::Along(1), Box::new(channels(sizes)));
    let by_filters = cut([Along(0), Along(1)], SUM, Box::new(filters(sizes)));
    let by_groups = cut([Along(0), Along(1)], Put::Along(1), Box::new(groups(sizes)));
    possible(sizes, cut([Whole, Along(0)], Put::Along(0), Box::new(images(sizes))), by_groups, [by_channels, by_filters])
}

/// Of the gradient of the weights: its inputs are x and the gradient of y.
pub(super) fn weight_grad(sizes: Sizes) -> Vec<Cut> {
    let cut = |inputs: [Take; 2], put: Put, of: Box<dyn Fn(usize) -> Sizes>| {
        Cut::new(inputs, put).by(move |range| Arc::new(WeightGrad { sizes: of(range.len()) }))
    };
    let by_filters = cut([Whole, Along(1)], Put::Along(0), Box::new(filters(sizes)));
    let by_channels = cut([Along(1), Whole], Put::Along(1), Box::new(channels(sizes)));
    let by_groups = cut([Along(1), Along(1)], Put::Along(0), Box::new(groups(sizes)));
    possible(sizes, cut([Along(0), Along(0)], SUM, Box::new(images(sizes))), by_groups, [by_filters, by_channels])
}
