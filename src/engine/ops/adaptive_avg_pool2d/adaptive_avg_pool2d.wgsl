// The average over windows from floor(i size / out) to ceil((i + 1) size / out), and its gradient; twins: cpu.rs.
// The gradient gathers: an invocation owns one number of the image and visits the windows that contain it.

override planes: u32; // batch * channels
override height: u32;
override width: u32;
override out_height: u32;
override out_width: u32;

// From the first to one past the last.
struct Stretch {
    begin: u32,
    end: u32,
}

// Of `many` divided into `few` windows, what window `at` covers. The other way round, with `few` and `many` exchanged, the windows that
// cover position `at`: window i covers it if i many < (at + 1) few and at few < (i + 1) many.
fn share(at: u32, many: u32, few: u32) -> Stretch {
    return Stretch(at * many / few, ((at + 1u) * many + few - 1u) / few);
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * out_height * out_width {
        return;
    }
    let plane = i / (out_width * out_height);
    let rows = share(i / out_width % out_height, height, out_height);
    let columns = share(i % out_width, width, out_width);
    var sum = 0.0;
    for (var row = rows.begin; row < rows.end; row++) {
        for (var column = columns.begin; column < columns.end; column++) {
            sum += x[(plane * height + row) * width + column];
        }
    }
    y[i] = sum / f32((rows.end - rows.begin) * (columns.end - columns.begin));
}

@group(0) @binding(0) var<storage, read> gy: array<f32>;
@group(0) @binding(1) var<storage, read_write> gx: array<f32>;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= planes * height * width {
        return;
    }
    let plane = i / (width * height);
    let down = share(i / width % height, out_height, height);
    let across = share(i % width, out_width, width);
    var sum = 0.0;
    for (var oy = down.begin; oy < down.end; oy++) {
        let rows = share(oy, height, out_height);
        for (var ox = across.begin; ox < across.end; ox++) {
            let columns = share(ox, width, out_width);
            sum += gy[(plane * out_height + oy) * out_width + ox] / f32((rows.end - rows.begin) * (columns.end - columns.begin));
        }
    }
    gx[i] = sum;
}
