#!/usr/bin/env bash
# The tool that reads lessons: after a build it writes them beside the page; "watch" goes on writing those that change,
# "check" says what is wrong with them, "new NAME" begins one.
. "$(dirname "$0")/env.sh"

lessons() { cargo run --quiet --locked --package stride-lesson --features read --bin lessons -- "$@"; }

case "${1:-build}" in
  build) lessons build lessons "$TRUNK_STAGING_DIR/lessons" ;;
  watch) lessons watch lessons dist/lessons ;;
  check) lessons check lessons ;;
  new) lessons new lessons "${2:?a lesson wants a name: make new-lesson NAME=batch-norm}" ;;
  *) fail "tools/lessons.sh knows build, watch, check and new" ;;
esac
