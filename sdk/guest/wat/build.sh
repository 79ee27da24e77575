#!/bin/sh
# Builds a plugin in the text format: build.sh SOURCE OUT. Takes wat2wasm of wabt (npm, or Debian's wabt), or Binaryen's wasm-as.
set -eu
source=$1 out=$2
if command -v wat2wasm >/dev/null 2>&1; then exec wat2wasm --enable-bulk-memory "$source" -o "$out"; fi
if command -v wasm-as >/dev/null 2>&1; then exec wasm-as --enable-bulk-memory --enable-bulk-memory-opt "$source" -o "$out"; fi
echo 'build.sh: no wat2wasm is here; get one: npm install wabt, or apt-get install wabt' >&2
exit 1
