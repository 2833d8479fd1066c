# Sourced by set-up: ways to install, each quiet when it works and clear when it does not.

# "quietly ADVICE COMMAND...": runs the command without its output; if it fails, shows the end of the output and the advice.
quietly() {
  local advice="$1" log
  shift
  log="$(mktemp)"
  if "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return
  fi
  tail -n 25 "$log" >&2
  rm -f "$log"
  fail "$advice"
}

can_apt() { have apt-get && { [ "$(id -u)" = 0 ] || have sudo; }; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# "apt_install WHAT PACKAGE...": those of the packages that are not there yet, saying what for.
apt_install() {
  local what="$1" package missing=()
  shift
  for package in "$@"; do
    dpkg -s "$package" 2>/dev/null | grep -q '^Status: install ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} = 0 ]; then return; fi
  say "$what"
  if [ "$(id -u)" != 0 ]; then sudo true || fail "Installing ${missing[*]} needs sudo: allow it, or install them yourself, then try again."; fi
  quietly "apt-get update failed: see that this machine reaches its package server, then try again." as_root apt-get update
  quietly "apt-get could not install ${missing[*]}: put right what it says above, then try again." \
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# "cargo_install PROGRAM VERSION": as its authors locked it, or, where a locked crate has gone from the registry, newly resolved. Compiled
# quickly rather than for speed: these are tools that run for seconds.
cargo_install() {
  local quickly=(env CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1)
  if "${quickly[@]}" cargo install --locked "$1@$2" --force >/dev/null 2>&1 </dev/null; then return; fi
  quietly "cargo could not install $1 $2: put right what it says above, then try again." "${quickly[@]}" cargo install "$1@$2" --force
}
