#!/usr/bin/env bash
# Runs every check and every test, all of them even when one fails, and ends with one line: how many passed, how many failed.
. "$(dirname "$0")/env.sh"

PASSED=0
FAILED=0
BROKEN=()
LOG="$(mktemp)"
DRIVER="$(mktemp)"
trap 'rm -f "$LOG" "$DRIVER"' EXIT

# "run NAME COMMAND...": shows what the command says, keeps it in LOG, and remembers whether it failed.
run() {
  local name="$1"
  shift
  printf '\n== %s\n' "$name"
  if "$@" 2>&1 </dev/null | tee "$LOG"; then return; fi
  BROKEN+=("$name")
  return 1
}

# A check passes or fails as one.
check() { if run "$@"; then PASSED=$((PASSED + 1)); else FAILED=$((FAILED + 1)); fi; }

# "suite NAME COMMAND...": counts the tests by the lines with which cargo, wasm-bindgen's runner and Node's end a suite.
suite() {
  local status=0 passed failed
  run "$@" || status=1
  read -r passed failed < <(sed $'s/\033\\[[0-9;]*m//g' "$LOG" | awk '
    /^ *test result:/ { for (i = 1; i < NF; i++) { if ($(i + 1) ~ /^passed/) p += $i; if ($(i + 1) ~ /^failed/) f += $i } }
    /^(ℹ|#) pass [0-9]+$/ { p += $3 }
    /^(ℹ|#) (fail|cancelled) [0-9]+$/ { f += $3 }
    END { print p + 0, f + 0 }')
  # A suite that broke before it could count, or that ran nothing, is a failure too.
  if [ "$failed" = 0 ] && { [ "$status" != 0 ] || [ "$passed" = 0 ]; }; then failed=1; fi
  PASSED=$((PASSED + passed))
  FAILED=$((FAILED + failed))
}

# Tests for the browser are those files of tests/ whose names begin with "web".
IN_BROWSER=()
for file in tests/web*.rs; do IN_BROWSER+=(--test "$(basename "$file" .rs)"); done

# The browser's flags stand in webdriver.json; where the browser is, only this machine knows.
browser_tests() {
  local driver=()
  BROWSER="$(find_chromium)" node -e '
    const capabilities = JSON.parse(require("fs").readFileSync("webdriver.json", "utf8"));
    capabilities["goog:chromeOptions"].binary = process.env.BROWSER;
    console.log(JSON.stringify(capabilities));' >"$DRIVER"
  if have chromedriver; then driver=(--chromedriver "$(command -v chromedriver)" --mode no-install); fi
  # Seconds: on a software rasteriser every kernel is compiled slowly.
  WASM_BINDGEN_TEST_TIMEOUT=900 WASM_BINDGEN_TEST_WEBDRIVER_JSON="$DRIVER" wasm-pack test --headless --chrome ${driver[@]+"${driver[@]}"} -- --locked "${IN_BROWSER[@]}"
}

# Where there is a Vulkan driver, if only one of software, a GPU engine that is not tested is a failure.
if compgen -G "/usr/share/vulkan/icd.d/*.json" >/dev/null || compgen -G "/etc/vulkan/icd.d/*.json" >/dev/null; then export STRIDE_NEEDS_GPU=1; fi

check "formatting" cargo fmt --all --check
check "clippy" cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
check "clippy for wasm" cargo clippy --quiet --locked --workspace --lib --bins "${IN_BROWSER[@]}" --target "$WASM_TARGET" -- -D warnings
check "clippy for the page, which has no kernels" cargo clippy --quiet --locked --lib --bins --no-default-features --target "$WASM_TARGET" -- -D warnings
check "lessons" tools/lessons.sh check
suite "native tests" cargo test --quiet --locked --workspace --no-fail-fast
suite "browser tests" browser_tests
if run "release build" trunk build --release; then
  CHROMIUM="$(find_chromium)" suite "page tests" node tests/e2e/run.mjs
else
  FAILED=$((FAILED + 1))
fi

printf '\n'
for name in ${BROKEN[@]+"${BROKEN[@]}"}; do say "failed: $name"; done
say "$PASSED passed, $FAILED failed"
[ "$FAILED" = 0 ]
