#!/bin/sh
# Builds a plugin in C: build.sh SOURCE OUT. Takes the first of clang and Zig that knows WebAssembly; WEIR_CC names another.
set -eu
source=$1 out=$2
kit=$(cd "$(dirname "$0")" && pwd)
clang='--target=wasm32-unknown-unknown -ffreestanding'
zig='-target wasm32-freestanding -ffreestanding'
# Lines of the source, by which weir says where it failed; weir plugin build asks for them and takes the rest out again.
lines=-g0
[ -z "${WEIR_LINES:-}" ] || lines=-gline-tables-only
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tried=

# Linked apart and without -O: else clang calls a wasm-opt that happens to be in the PATH, and that takes the names of functions
# away, which failures tell.
try() { # try FLAGS COMMAND...
  flags=$1 && shift
  command -v "$1" >/dev/null 2>&1 || return 1
  tried="$tried $1"
  # shellcheck disable=SC2086
  "$@" $flags $lines "-ffile-prefix-map=$(dirname "$source")/=" "-ffile-prefix-map=$kit/=weir/" \
    -std=c11 -O2 -mbulk-memory -Wall -Wno-unused-function -I "$kit" -c "$source" -o "$work/plugin.o" || exit 1
  # Another compiler may have the linker that this one lacks.
  # shellcheck disable=SC2086
  "$@" $flags $lines -nostdlib -Wl,--no-entry,-z,stack-size=32768 "$work/plugin.o" -o "$out"
}

# What is no compiler for WebAssembly says so when it is asked for its targets.
knows() { command -v "$1" >/dev/null 2>&1 && "$1" --print-targets 2>/dev/null | grep -q wasm32; }

if [ -n "${WEIR_CC:-}" ]; then
  # shellcheck disable=SC2086
  case $WEIR_CC in *zig*) try "$zig" $WEIR_CC ;; *) try "$clang" $WEIR_CC ;; esac
  exit
fi
for compiler in clang clang-21 clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do
  if knows "$compiler"; then try "$clang" "$compiler" && exit; fi
done
if command -v zig >/dev/null 2>&1; then try "$zig" zig cc && exit; fi
if python3 -c 'import ziglang' 2>/dev/null; then try "$zig" python3 -m ziglang cc && exit; fi
[ -n "$tried" ] || echo 'build.sh: no clang and no Zig is here; get one: apt-get install clang lld, or pip install ziglang' >&2
exit 1
