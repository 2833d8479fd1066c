// Where the windows of a pooling lie: the first part of the kernels beside it. What of a window is padding is left out of it.

override planes: u32; // batch * channels
override height: u32;
override width: u32;
override out_height: u32;
override out_width: u32;
override kernel_height: u32;
override kernel_width: u32;
override stride_height: u32;
override stride_width: u32;
override padding_height: u32;
override padding_width: u32;
override clipped: bool; // whether part of some window lies outside of the image
override count_include_pad: bool; // of averages

// Neighbours along one axis, the first and how many.
struct Stretch {
    begin: u32,
    count: u32,
}

// The positions of an image that window `at` covers: one or more, because the padding is at most half of the window.
fn covered(at: u32, stride: u32, kernel: u32, padding: u32, size: u32) -> Stretch {
    let padded = at * stride;
    if !clipped {
        return Stretch(padded, kernel);
    }
    let begin = max(padded, padding) - padding;
    return Stretch(begin, min(padded + kernel, size + padding) - padding - begin);
}

fn rows_of(oy: u32) -> Stretch {
    return covered(oy, stride_height, kernel_height, padding_height, height);
}

fn columns_of(ox: u32) -> Stretch {
    return covered(ox, stride_width, kernel_width, padding_width, width);
}

// The windows that cover position `at`.
fn covering(at: u32, stride: u32, kernel: u32, padding: u32, windows: u32) -> Stretch {
    let padded = at + padding;
    let begin = select(0u, (padded - kernel) / stride + 1u, padded >= kernel);
    return Stretch(begin, max(min(padded / stride + 1u, windows), begin) - begin);
}

fn windows_over_row(row: u32) -> Stretch {
    return covering(row, stride_height, kernel_height, padding_height, out_height);
}

fn windows_over_column(column: u32) -> Stretch {
    return covering(column, stride_width, kernel_width, padding_width, out_width);
}
