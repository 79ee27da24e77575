#!/bin/sh
# Builds a plugin in Rust of one file: build.sh SOURCE OUT. Needs rustc with the target wasm32-unknown-unknown, which is
# asked of rustup where it is missing, or comes with the packages rustc, libstd-rust-dev-wasm32 and lld of Debian.
set -eu
source=$1 out=$2
kit=$(cd "$(dirname "$0")" && pwd)
target=wasm32-unknown-unknown
has_target() { ls "$(rustc --print sysroot)/lib/rustlib/$target/lib/"libstd-*.rlib >/dev/null 2>&1; }

if ! command -v rustc >/dev/null 2>&1; then
  echo 'build.sh: no rustc is here; get one with rustup, or: apt-get install rustc libstd-rust-dev-wasm32 lld' >&2
  exit 1
fi
if ! has_target; then
  rustup target add "$target" >&2 2>/dev/null || true
  has_target || { echo "build.sh: rustc has no $target: rustup target add $target, or apt-get install libstd-rust-dev-wasm32" >&2; exit 1; }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Names of functions as they stand in the source: weir says in which a call failed.
flags="--edition 2021 --target $target -C opt-level=3 -C panic=abort -C lto=fat -C codegen-units=1 -C symbol-mangling-version=v0"
# Lines of the source, by which weir says where it failed; weir plugin build asks for them and takes the rest out again.
strip=debuginfo
if [ -n "${WEIR_LINES:-}" ]; then
  strip=none
  flags="$flags -C debuginfo=1"
fi
# Distributions bring the linker as a package of its own.
sysroot=$(rustc --print sysroot)
if ! ls "$sysroot"/lib/rustlib/*/bin/rust-lld >/dev/null 2>&1; then
  for linker in wasm-ld wasm-ld-19 wasm-ld-16 wasm-ld-14; do
    if command -v "$linker" >/dev/null 2>&1; then flags="$flags -C linker=$linker -C linker-flavor=wasm-ld" && break; fi
  done
fi
# shellcheck disable=SC2086
rustc $flags --remap-path-prefix="$kit/=weir/" --crate-name weir --crate-type rlib -C embed-bitcode=yes "$kit/src/lib.rs" --out-dir "$work"
# Files are called as they are from the plugin's folder on.
home=$(dirname "$source")
case $home in */src) home=${home%/src} ;; esac
# shellcheck disable=SC2086
rustc $flags --remap-path-prefix="$home/=" --crate-name plugin --crate-type cdylib -C strip=$strip -C link-arg=-zstack-size=65536 -C link-arg=--demangle \
  --extern "weir=$work/libweir.rlib" "$source" -o "$out"
