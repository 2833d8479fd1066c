//! Twin of `binary.wgsl`, in single and in double precision.

use super::Binary;

macro_rules! function {
    ($doc:literal, $name:ident, $float:ty) => {
        #[doc = $doc]
        pub(super) fn $name(function: Binary, a: $float, b: $float) -> $float {
            match function {
                Binary::Add => a + b,
                Binary::Sub => a - b,
                Binary::Mul => a * b,
                Binary::Div => a / b,
                Binary::Pow => a.powf(b),
                // What is no number stays none: Rust's own max and min would drop it.
                Binary::Maximum | Binary::Minimum if a.is_nan() || b.is_nan() => a + b,
                Binary::Maximum => a.max(b),
                Binary::Minimum => a.min(b),
                Binary::Step => {
                    if a > b {
                        1.0
                    } else if a == b {
                        0.5
                    } else {
                        0.0
                    }
                }
                Binary::Term => {
                    if a == 0.0 {
                        0.0
                    } else {
                        a * b
                    }
                }
            }
        }
    };
}

function!("In single precision, as the shader.", single, f32);
function!("In double precision.", double, f64);

/// `y = function(a, b)`, number by number.
pub(super) fn each(function: Binary, a: &[f32], b: &[f32], y: &mut [f32]) {
    let numbers = y.iter_mut().zip(a).zip(b);
    match function {
        // By themselves, so that the loops have nothing to decide.
        Binary::Add => numbers.for_each(|((y, a), b)| *y = a + b),
        Binary::Mul => numbers.for_each(|((y, a), b)| *y = a * b),
        _ => numbers.for_each(|((y, &a), &b)| *y = single(function, a, b)),
    }
}
