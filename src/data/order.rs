//! The order of the images: a pure function of the seed and the epoch, never of how fast a network delivers them.
//!
//! Knows random numbers; knows nothing of images.

use stride_engine::rng::Rng;

/// Keeps the streams of the order apart from those of the initial weights, which count up from 0.
const STREAM: u64 = 1 << 32;

/// Indices of the training images in the order in which epoch `epoch` (from 0) shows them; each image comes once.
///
/// The first epoch takes the shards as they arrive and shuffles each in itself, so that training can begin with the first one.
/// Later epochs shuffle everything.
pub fn epoch_order(seed: u32, epoch: u32, shard_sizes: &[usize]) -> Vec<u32> {
    let total: usize = shard_sizes.iter().sum();
    let mut order: Vec<u32> = (0..total as u32).collect();
    let mut rng = Rng::new(u64::from(seed), STREAM | u64::from(epoch));
    if epoch > 0 {
        rng.shuffle(&mut order);
        return order;
    }
    let mut rest = order.as_mut_slice();
    for &size in shard_sizes {
        let (shard, others) = rest.split_at_mut(size);
        rng.shuffle(shard);
        rest = others;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARDS: [usize; 4] = [100, 50, 0, 25];

    fn sorted(order: &[u32]) -> Vec<u32> {
        let mut order = order.to_vec();
        order.sort_unstable();
        order
    }

    #[test]
    fn every_epoch_shows_every_image_once() {
        for epoch in 0..3 {
            assert_eq!(sorted(&epoch_order(7, epoch, &SHARDS)), (0..175).collect::<Vec<u32>>());
        }
        assert!(epoch_order(7, 0, &[]).is_empty());
    }

    #[test]
    fn the_first_epoch_goes_through_the_shards_in_turn() {
        let order = epoch_order(7, 0, &SHARDS);
        assert_eq!(sorted(&order[..100]), (0..100).collect::<Vec<u32>>());
        assert_eq!(sorted(&order[100..150]), (100..150).collect::<Vec<u32>>());
        assert_ne!(order[..100], (0..100).collect::<Vec<u32>>());
    }

    #[test]
    fn later_epochs_mix_the_shards() {
        assert!(epoch_order(7, 1, &SHARDS)[..100].iter().any(|&index| index >= 100));
    }

    #[test]
    fn seed_and_epoch_decide_the_order_and_nothing_else_does() {
        for epoch in 0..2 {
            assert_eq!(epoch_order(7, epoch, &SHARDS), epoch_order(7, epoch, &SHARDS));
            assert_ne!(epoch_order(7, epoch, &SHARDS), epoch_order(8, epoch, &SHARDS));
        }
        assert_ne!(epoch_order(7, 1, &SHARDS), epoch_order(7, 2, &SHARDS));
    }
}
