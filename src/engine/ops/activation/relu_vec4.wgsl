// The ReLU and its gradient, four numbers an invocation; twin: cpu.rs.

override n: u32; // fours

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn relu(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i < n {
        let value = a[i];
        // Asked so that a NaN stays one.
        y[i] = select(value, vec4f(0.0), value <= vec4f(0.0));
    }
}

@group(0) @binding(1) var<storage, read> gy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gx: array<vec4f>;

@compute @workgroup_size(64)
fn relu_grad(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i < n {
        gx[i] = select(gy[i], vec4f(0.0), a[i] <= vec4f(0.0));
    }
}
