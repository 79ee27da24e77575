#!/bin/sh
# Builds a plugin in Zig of one file: build.sh SOURCE OUT. Takes zig, or that of pip's ziglang; WEIR_ZIG names another.
set -eu
source=$1 out=$2
kit=$(cd "$(dirname "$0")" && pwd)
[ -d "$kit/weir" ] || { echo "build.sh: the kit is not beside it: $kit/weir" >&2; exit 1; }
zig=${WEIR_ZIG:-}
if [ -z "$zig" ] && command -v zig >/dev/null 2>&1; then zig=zig; fi
if [ -z "$zig" ] && python3 -c 'import ziglang' 2>/dev/null; then zig='python3 -m ziglang'; fi
[ -n "$zig" ] || { echo 'build.sh: no Zig is here; get one: pip install ziglang' >&2; exit 1; }
# Lines of the source, by which weir says where it failed; weir plugin build asks for them and takes the rest out again.
strip=-fstrip
[ -z "${WEIR_LINES:-}" ] || strip=-fno-strip
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# With its checks: what they find is in the log, and without them a module is neither quicker nor much smaller.
# shellcheck disable=SC2086
$zig build-exe -fno-entry -rdynamic $strip --stack 32768 -target wasm32-freestanding -mcpu=generic+bulk_memory -O "${WEIR_ZIG_MODE:-ReleaseSafe}" \
  --dep weir "-Mroot=$source" "-Mweir=$kit/weir/weir.zig" "-femit-bin=$work/plugin.wasm"
cp "$work/plugin.wasm" "$out"
