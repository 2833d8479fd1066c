//! The page.

fn main() {
    stride::app::start();
}
