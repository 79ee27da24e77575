#!/usr/bin/env bash
# Builds the peers, then runs the interop tests in a network namespace that has nothing but the loopback interface.
# Java consumers replace a loopback address by another address of the machine, so they need a machine with no other.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
bash "$here/setup.sh"

enter=()
if unshare -n true 2>/dev/null; then
  enter=(unshare -n)
elif unshare -r -n true 2>/dev/null; then
  enter=(unshare -r -n)
else
  echo 'interop: this user may not make a network namespace (unshare -n, or unshare -r -n); run as root' >&2
  exit 1
fi

cd "$repo"
export PATH="$repo/node_modules/.bin:$PATH"
exec "${enter[@]}" bash -c 'ip link set lo up && exec "$@"' interop \
  node_modules/.bin/vitest run --config test/interop/vitest.config.ts "$@"
