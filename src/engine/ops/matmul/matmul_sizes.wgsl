// The sizes of a product y = A B (+ bias), A of m x k and B of k x n, either of them stored by its rows or by its columns: the first
// part of the kernels beside it.

override m: u32;
override k: u32;
override n: u32;
override a_along_k: bool; // whether the numbers of a row of A lie side by side
override b_along_k: bool; // whether those of a column of B do
override chunk: u32; // numbers of k that one invocation or workgroup sums up, a multiple of 16
override relu: bool; // whether what is below 0 becomes 0

const FOUR = vec4u(0u, 1u, 2u, 3u);

fn finished(value: f32) -> f32 {
    // Asked so that a NaN stays one.
    return select(value, 0.0, relu && value <= 0.0);
}
