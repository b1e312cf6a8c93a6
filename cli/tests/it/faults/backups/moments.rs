//! Moments for faults to come: by chance, and the same ones each time.

/// A number that looks like chance and is the same for the same seed.
pub(super) fn chance(seed: u64) -> u64 {
    let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// So many moments of `all`, one by chance in each of as many equal spans.
pub(super) fn moments(all: u64, count: u64, seed: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |number| {
        let (from, to) = (all * number / count, all * (number + 1) / count);
        from + chance(seed << 16 | number) % (to - from).max(1)
    })
}
