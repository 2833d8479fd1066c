#!/usr/bin/env bash
# After a build: makes the wasm of a release build smaller and faster, in place.
. "$(dirname "$0")/env.sh"

if [ "${TRUNK_PROFILE:-}" != release ]; then exit 0; fi

WASM_OPT="$ROOT/node_modules/.bin/wasm-opt"
if [ ! -x "$WASM_OPT" ]; then
  say "wasm-opt is missing, so the page works but is larger and slower than it need be: run make setup, then build again."
  exit 0
fi

# What rustc's wasm may use; a browser that has SIMD has them all.
FEATURES=(--enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals
  --enable-reference-types --enable-multivalue)

# The page is to be small, the worker fast.
for module in "$TRUNK_STAGING_DIR"/*.wasm; do
  level=-Oz
  case "${module##*/}" in worker*) level=-O3 ;; esac
  "$WASM_OPT" "$level" "${FEATURES[@]}" "$module" -o "$module.opt"
  mv "$module.opt" "$module"
done
