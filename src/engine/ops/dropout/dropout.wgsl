// y = x / (1 - p) where a random number is at least p, 0 elsewhere; twin: cpu.rs. threefry.wgsl stands before it.

override n: u32;
override p: f32;
override keep_scale: f32; // 1 / (1 - p)
override stream: u32;
override first: u32 = 0u; // the place of the first number in the whole

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> control: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= n {
        return;
    }
    let place = first + i;
    let seed = u32(control[5]) | (u32(control[6]) << 16u);
    let bits = threefry(vec2u(seed, stream), vec2u(u32(control[1]), place / 2u));
    let drawn = uniform(select(bits.x, bits.y, place % 2u == 1u));
    y[i] = select(0.0, x[i] * keep_scale, drawn >= p);
}
