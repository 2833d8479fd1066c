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
            }
        }
    };
}

function!("In single precision, as the shader.", single, f32);
function!("In double precision.", double, f64);
