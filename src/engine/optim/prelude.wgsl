// What all optimizers read, in this order: the gradients; the numbers of this step, laid out in control.rs; and for every block of 64
// numbers of the arena two options, laid out in groups.rs: a factor for the learning rate (0: frozen) and the weight decay.

override n: u32;
override first_block: u32 = 0u; // where the options of these numbers begin

@group(0) @binding(0) var<storage, read> gradients: array<f32>;
@group(0) @binding(1) var<storage, read> control: array<f32>;
@group(0) @binding(2) var<storage, read> options: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> parameters: array<f32>;

