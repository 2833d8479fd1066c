# Sourced by every script here: where things are, which versions, and how to speak. Installs nothing.

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"

TRUNK_VERSION=0.21.14
WASM_PACK_VERSION=0.15.1
WASM_TARGET=wasm32-unknown-unknown

say() { printf '%s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# cargo puts its programs here, and not every shell looks there.
export PATH="${CARGO_INSTALL_ROOT:-${CARGO_HOME:-$HOME/.cargo}}/bin:$PATH"
# Where there is no rustup, Debian's own Rust is the one that set-up made ready for wasm.
if ! have rustup && [ -x /usr/bin/rustc ]; then export PATH="/usr/bin:$PATH"; fi
# trunk need not ask whether there is a newer trunk.
export TRUNK_SKIP_VERSION_CHECK=true

# The version that Cargo.lock has of wasm-bindgen: its tool must be the very same.
wasm_bindgen_version() {
  awk '$0 == "name = \"wasm-bindgen\"" { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}

# The oldest Rust that compiles this, from Cargo.toml.
rust_version_needed() { sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml; }

# "at_least 1.96.0 1.95": is the first version the second, or newer?
at_least() {
  awk -v a="$1" -v b="$2" 'BEGIN {
    split(a, x, "."); split(b, y, ".")
    for (i = 1; i <= 3; i++) if (x[i] + 0 != y[i] + 0) exit !(x[i] + 0 > y[i] + 0)
  }'
}

# The Chrome or Chromium to test with; CHROMIUM names one.
find_chromium() {
  local candidate
  if [ -n "${CHROMIUM:-}" ]; then
    command -v "$CHROMIUM"
    return
  fi
  for candidate in chromium chromium-browser google-chrome-stable google-chrome \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    if command -v "$candidate"; then return; fi
  done
  return 1
}
