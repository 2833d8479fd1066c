// The sizes of one convolution: the first part of the three kernels beside it. Channels come in groups: filters of a group see the
// images' channels of the same group.

override batch: u32;
override groups: u32;
override in_per_group: u32;
override out_per_group: u32;
override height: u32;
override width: u32;
override kernel_h: u32;
override kernel_w: u32;
override out_height: u32;
override out_width: u32;
override stride_h: u32;
override stride_w: u32;
override padding_h: u32;
override padding_w: u32;
override dilation_h: u32;
override dilation_w: u32;

// Four neighbours: kernels compute tiles of 4 x 4 numbers, none of them over the edge of a group.
const NEXT = vec4u(0u, 1u, 2u, 3u);
const LANES: u32 = 64u;
