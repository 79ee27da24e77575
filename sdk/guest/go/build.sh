#!/bin/sh
# Builds a plugin in Go: build.sh SOURCE OUT, with what is beside it where the kit is there, too, or the file alone. Needs go 1.24 or newer.
set -eu
source=$1 out=$2
kit=$(cd "$(dirname "$0")" && pwd)
case $out in /*) ;; *) out=$PWD/$out ;; esac
command -v "${GO:=go}" >/dev/null 2>&1 || { echo 'build.sh: no go is here; 1.24 or newer is needed' >&2; exit 1; }
if [ -d "$(dirname "$source")/.weir" ] && ! grep -q '^//go:build ignore$' "$source"; then
  cd "$(dirname "$source")"
  GOOS=wasip1 GOARCH=wasm exec "$GO" build -buildmode=c-shared -trimpath -ldflags=-w -o "$out" .
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The file alone, without what may keep it out of other builds.
sed 's|^//go:build ignore$||' "$source" >"$work/plugin.go"
printf 'module filter\n\ngo 1.24\n\nrequire weir v0.0.0\n\nreplace weir => %s\n' "$kit" >"$work/go.mod"
cd "$work"
GOOS=wasip1 GOARCH=wasm GOFLAGS=-mod=mod GOWORK=off "$GO" build -buildmode=c-shared -trimpath -ldflags=-w -o "$out" .
