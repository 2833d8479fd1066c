#!/usr/bin/env bash
# Makes Debian's Rust compile to wasm, for machines that cannot reach Rust's release server.
# Debian ships the compiler but no wasm standard library, so that is built once, from Debian's own sources.
. "$(dirname "$0")/env.sh"
. tools/install.sh

LLVM=22

can_apt || fail "Debian's Rust is installed with apt-get, as root or with sudo: run this as root, or install sudo."
apt_install "Rust: installing Debian's rustc-web, cargo-web and lld-$LLVM" rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web "lld-$LLVM"

SYSROOT="$(/usr/bin/rustc --print sysroot)"
HOST="$(/usr/bin/rustc -vV | sed -n 's/^host: //p')"
LIBRARIES="$SYSROOT/lib/rustlib/$WASM_TARGET/lib"
SCRATCH="$(mktemp -d)"
trap 'rm -rf "$SCRATCH"' EXIT

if [ ! -x "$SYSROOT/lib/rustlib/$HOST/bin/rust-lld" ]; then
  as_root mkdir -p "$SYSROOT/lib/rustlib/$HOST/bin"
  as_root ln -sf "/usr/lib/llvm-$LLVM/bin/lld" "$SYSROOT/lib/rustlib/$HOST/bin/rust-lld"
fi

# The compiler refuses a standard library that another version of it made; then it is built again.
if ! /usr/bin/rustc --target "$WASM_TARGET" --crate-type cdylib --crate-name probe -o "$SCRATCH/probe.wasm" - >/dev/null 2>&1 </dev/null; then
  say "Rust: building the standard library for $WASM_TARGET (about a minute)"
  mkdir -p "$SCRATCH/src"
  printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n' >"$SCRATCH/Cargo.toml"
  : >"$SCRATCH/src/lib.rs"
  # Bitcode is for link-time optimisation of the release build, `test` for test binaries.
  (
    cd "$SCRATCH"
    export RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR="$SCRATCH/target"
    quietly "The standard library did not compile: see that this machine reaches crates.io, then try again." \
      /usr/bin/cargo build --release --target "$WASM_TARGET" -Zbuild-std=std,panic_abort,test
  )
  as_root mkdir -p "$LIBRARIES"
  as_root find "$LIBRARIES" -name '*.rlib' -delete
  rm -f "$SCRATCH/target/$WASM_TARGET/release/deps/"libempty-*.rlib
  as_root cp "$SCRATCH/target/$WASM_TARGET/release/deps/"*.rlib "$LIBRARIES/"
fi

if have rustup; then
  quietly "rustup could not take Debian's Rust as a toolchain: see what it says above." rustup toolchain link debian /usr
  quietly "rustup could not choose Debian's Rust for this folder: see what it says above." rustup override set debian --path "$ROOT"
fi
