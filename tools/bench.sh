#!/usr/bin/env bash
# Measures this project on this machine, natively and in the browser, beside its peers, and writes docs/performance.md.
#   BENCH_ROUNDS=N   rounds of the race in the browser (3)
#   BENCH_ONLY=WORDS only what has one of these words in its name: native, race, scaling, mlp, lenet, resnet, matmul512, webgpu, cpu.
#                    The tables are then printed, and docs/performance.md is left as it is.
. "$(dirname "$0")/env.sh"
. tools/install.sh

BENCH_STARTED="$(date +%s)"
export BENCH_STARTED
wants() { [ -z "${BENCH_ONLY:-}" ] || [[ " $BENCH_ONLY " == *" $1 "* ]]; }
# Words that name no part name workloads and devices, of every part.
if [ -n "${BENCH_ONLY:-}" ] && ! wants native && ! wants race && ! wants scaling; then BENCH_ONLY="$BENCH_ONLY race"; fi
export BENCH_ONLY="${BENCH_ONLY:-}"

if wants native; then
  say "== natively"
  cargo bench --quiet --locked --bench speed -- --noplot
fi
if wants race || wants scaling; then
  if [ ! -x benches/peers/node_modules/.bin/esbuild ]; then
    say "npm: installing the peers to be measured beside (dev-only, in benches/peers)"
    quietly "npm could not install the packages of benches/peers/package-lock.json: see that it reaches its registry, then try again." \
      npm ci --no-audit --no-fund --prefix benches/peers
  fi
  trunk build --release
  node benches/peers/build.mjs
fi
CHROMIUM="$(find_chromium)" node benches/run.mjs
