#!/usr/bin/env bash
# Trunk's hook after a build: lessons beside the page, smaller and faster wasm, and, when all files are as they are shipped, the seal.
. "$(dirname "$0")/env.sh"

tools/lessons.sh build
tools/wasm-opt.sh
node tools/seal.mjs "$TRUNK_STAGING_DIR"
