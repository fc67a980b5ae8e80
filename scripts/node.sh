# shellcheck shell=bash
# Node for the tests: the system's own from version 20, as the browser driver asks; else, as on a
# plain Debian 12 with its 18, one that npm brings into build/. Sourced after common.sh.

node_oldest=20

# modules_in FOLDER: `npm ci` there, unless what is installed came from this very lock file.
modules_in() {
  local folder=$1 stamp=$1/node_modules/.livegate-lock lock
  lock=$(sha256sum <"$folder/package-lock.json")
  if [[ -f $stamp && $(<"$stamp") == "$lock" ]]; then return; fi
  step "Installing the Node modules of $folder" \
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error >&2 ||
    die "npm could not install what $folder/package-lock.json lists; is the network there?"
  printf '%s\n' "$lock" >"$stamp"
}

# Leaves `node` of a good version in PATH, and the modules of tests/node installed.
need_node() {
  local major
  modules_in tests/node
  major=$(node -p 'process.versions.node.split(".")[0]')
  if ((major >= node_oldest)); then return; fi
  say "    Node $major is older than the $node_oldest that the browser driver asks for."
  mkdir -p build/node
  cp scripts/node/package.json scripts/node/package-lock.json build/node/
  modules_in build/node
  PATH=$(echo "$PWD"/build/node/node_modules/node-linux-*/bin):$PATH
  hash -r
}
