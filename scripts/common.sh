# shellcheck shell=bash
# What ./run, ./test and the scripts beside this file share: steps with their timing, Debian
# packages, and the build. Sourced, never run; expects to be in the root of the repository.

# Everything these scripts say goes to stderr but what a caller may want to read from stdout.
say() { printf '%s\n' "$*" >&2; }
die() {
  say "livegate: $*"
  exit 1
}

# Seconds since $1 (a value of $EPOCHREALTIME), with one decimal.
seconds_since() {
  local now=$EPOCHREALTIME
  local tenths=$(((${now/[.,]/} - ${1/[.,]/}) / 100000))
  printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# step "What happens now" command args...: says it, does it, and tells how long it took.
step() {
  local title=$1 began=$EPOCHREALTIME
  shift
  say "==> $title"
  "$@" || return
  say "    done in $(seconds_since "$began")"
}

# Prints the entries of the named sections of scripts/packages.txt: `package` or `package:command`.
packages_of() {
  local wanted=" $* " section="" entry
  while read -r entry _; do
    case $entry in
      '' | '#'*) ;;
      '['*) section=${entry//[\[\]]/} ;;
      *) if [[ $wanted == *" $section "* ]]; then printf '%s\n' "$entry"; fi ;;
    esac
  done <scripts/packages.txt
}

# Prints which packages of the named sections are not there.
missing_packages() {
  local entry package names=()
  local -A installed=()
  for entry in $(packages_of "$@"); do names+=("${entry%%:*}"); done
  # dpkg-query fails when it has never heard of one of them and still prints the others.
  while read -r package; do
    installed[$package]=1
  done < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null |
    sed -n 's/^installed //p' || true)
  for entry in $(packages_of "$@"); do
    package=${entry%%:*}
    [[ -n ${installed[$package]:-} ]] && continue
    [[ $entry == *:* ]] && command -v "${entry#*:}" >/dev/null && continue
    printf '%s\n' "$package"
  done
}

apt() {
  local as_root=()
  if [[ $(id -u) != 0 ]]; then as_root=(sudo); fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >&2
}

# Installs what is missing of the named sections. Quick and nearly silent when nothing is.
need_packages() {
  local began=$EPOCHREALTIME missing=() system
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    die "this script installs Debian packages and this system is not Debian or Ubuntu;" \
      "install what scripts/packages.txt lists by hand and build with 'cmake --preset release'."
  fi
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    say "==> Packages: everything needed is installed ($(seconds_since "$began"))"
    return
  fi
  system=$(. /etc/os-release && printf '%s-%s' "${ID:-}" "${VERSION_ID:-}")
  [[ $system == debian-12 ]] || say "    (Livegate is made for Debian 12; this is $system)"
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null ||
      die "these packages are missing and neither root nor sudo is at hand to install them:" \
        "${missing[*]}"
    say "    Not root: the next step uses sudo and may ask for your password."
  fi
  step "Refreshing the package lists" apt update -q ||
    die "apt-get update failed; is the network there, and may you use sudo?"
  step "Installing ${#missing[@]} packages: ${missing[*]}" \
    apt install -y -q --no-install-recommends "${missing[@]}" ||
    die "apt-get could not install: ${missing[*]}"
}

# How many compilers fit: one per core, and 1.5 GB of memory each (a unit of net/ needs that much).
build_jobs() {
  local cores free_kb fit
  if [[ -n ${LIVEGATE_JOBS:-} ]]; then
    printf '%s' "$LIVEGATE_JOBS"
    return
  fi
  cores=$(nproc)
  free_kb=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo)
  fit=$((${free_kb:-2000000} / 1500000))
  printf '%d' $((fit < 1 ? 1 : fit < cores ? fit : cores))
}

# build PRESET [target...]: configures where that was not done yet, then lets Ninja do the rest.
# Ninja runs CMake again by itself whenever a CMakeLists.txt changes.
build() {
  local preset=$1 jobs targets=()
  shift
  if (($# > 0)); then targets=(--target "$@"); fi
  jobs=$(build_jobs)
  if [[ ! -f build/$preset/build.ninja ]] ||
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "build/$preset/CMakeCache.txt"; then
    rm -f "build/$preset/CMakeCache.txt"
    step "Configuring preset $preset" cmake --preset "$preset" --log-level=WARNING >&2 ||
      die "cmake could not configure preset $preset; its words are above."
  fi
  NINJA_STATUS='    [%f/%t] ' step "Building preset $preset with $jobs jobs" \
    cmake --build "build/$preset" --parallel "$jobs" "${targets[@]}" >&2 ||
    die "the build of preset $preset failed; the compiler's words are above."
}
