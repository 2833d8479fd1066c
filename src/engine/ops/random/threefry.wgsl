// Threefry-2x32 with 20 rounds (Salmon et al., 2011): 64 random bits for a key and a counter; twin: threefry in random.rs.

const ROTATIONS = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);

fn threefry(key: vec2u, counter: vec2u) -> vec2u {
    let keys = array<u32, 3>(key.x, key.y, 0x1bd11bdau ^ key.x ^ key.y);
    var rotations = ROTATIONS;
    var x = counter + key;
    for (var round = 0u; round < 20u; round++) {
        let by = rotations[round % 8u];
        x.x += x.y;
        x.y = ((x.y << by) | (x.y >> (32u - by))) ^ x.x;
        if round % 4u == 3u {
            let injection = round / 4u + 1u;
            x += vec2u(keys[injection % 3u], keys[(injection + 1u) % 3u] + injection);
        }
    }
    return x;
}

// A number from [0, 1), on a grid of 2^-24.
fn uniform(bits: u32) -> f32 {
    return f32(bits >> 8u) / 16777216.0;
}

