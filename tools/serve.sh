#!/usr/bin/env bash
# Shows the notebook while it is being written: Trunk builds and serves it, and lessons that change are read again beside it.
. "$(dirname "$0")/env.sh"

tools/lessons.sh watch &
WATCH=$!
trap 'kill "$WATCH" 2>/dev/null' EXIT
trunk serve
