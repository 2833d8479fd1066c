//! The worker's binary: everything it does is in the library.

fn main() {
    stride::worker::agent::register();
}
