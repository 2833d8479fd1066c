//! Two ways to write one value: for readers, by names, and packed, by the order of fields and cases alone, as messages need it.
//!
//! Readers find an enum's case by a tag among its fields. Where nothing has a name there are no tags, and the case is a number; what
//! reads it is far less code. Knows serde's words; knows nothing of what is written.

/// An enum that is told by a tag (`as` says how, in serde's words) or, packed, by the number of its case. `$path` is its name once more.
macro_rules! tagged {
    ($(#[$meta:meta])* as($($written:tt)*) pub enum $name:ident = $path:literal { $($body:tt)* }) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(remote = "Self", $($written)*)]
        pub enum $name { $($body)* }

        const _: () = {
            #[allow(dead_code)]
            $(#[$meta])*
            #[derive(serde::Serialize, serde::Deserialize)]
            #[serde(remote = $path)]
            enum Packed { $($body)* }

            $crate::packed::written!($name, Packed::serialize, Packed::deserialize);
        };
    };
}

/// Writes a type, which derives `serde(remote = "Self")`, as derived for readers, and by these two functions where it is packed.
macro_rules! written {
    ($name:ident, $pack:expr, $unpack:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                if serializer.is_human_readable() { $name::serialize(self, serializer) } else { $pack(self, serializer) }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                if deserializer.is_human_readable() { $name::deserialize(deserializer) } else { $unpack(deserializer) }
            }
        }
    };
}

pub(crate) use {tagged, written};
