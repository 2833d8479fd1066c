//! Twin of `unary.wgsl`, in single and in double precision.

use super::Unary;

macro_rules! function {
    ($doc:literal, $name:ident, $float:ty) => {
        #[doc = $doc]
        pub(super) fn $name(function: Unary, x: $float) -> $float {
            match function {
                Unary::Neg => -x,
                Unary::Exp => x.exp(),
                Unary::Log => x.ln(),
                Unary::Sqrt => x.sqrt(),
                Unary::Sin => x.sin(),
                Unary::Cos => x.cos(),
                Unary::Tan => x.tan(),
                Unary::Sinh => x.sinh(),
                Unary::Cosh => x.cosh(),
                Unary::Abs => x.abs(),
                Unary::Sign => {
                    if x == 0.0 {
                        0.0
                    } else {
                        x.signum()
                    }
                }
            }
        }
    };
}

function!("In single precision, as the shader.", single, f32);
function!("In double precision.", double, f64);
