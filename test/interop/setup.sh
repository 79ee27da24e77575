#!/usr/bin/env bash
# Fetches and builds the peers of the interop tests: the Java programs once per Dubbo line, and the Go program.
# Everything lands in the cache folder; what is there already is kept. Says in peers.json where the results are.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
cache=${WEIR_CACHE:-$repo/.cache}/interop
go_version_min=1.24
go_version_fetched=1.26.0
mkdir -p "$cache/log"

say() { printf 'interop: %4ds  %s\n' "$SECONDS" "$*" >&2; }

fail() {
  say "FAILED: $1"
  [ $# -lt 2 ] || tail -n 40 "$2" >&2
  exit 1
}

# Two runs at once would build the same files.
exec 9>"$cache/lock"
flock 9

# need COMMAND PACKAGE: apt is asked only when a command is missing.
missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need javac default-jdk-headless
need mvn maven
need go golang-go
need ip iproute2
need unshare util-linux
need redis-server redis-server
need redis-cli redis-tools
/usr/bin/python3 -c 'import zmq' 2>/dev/null || missing+=(python3-zmq)
# Compilers for the kits: a clang that knows WebAssembly may have any number behind its name.
targets=$(for one in $(compgen -c clang | grep -E '^clang(-[0-9]+)?$' | sort -u); do "$one" --print-targets; done 2>/dev/null || true)
[[ $targets == *wasm32* ]] || missing+=(clang-19)
[ -n "$(compgen -c wasm-ld || true)" ] || missing+=(lld-19)
if ! command -v rustup >/dev/null 2>&1; then
  need rustc rustc
  compgen -G "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/wasm32-unknown-unknown/lib/*.rlib" >/dev/null \
    || missing+=(libstd-rust-dev-wasm32)
fi
if [ ${#missing[@]} -gt 0 ]; then
  say "installing ${missing[*]}"
  sudo=''
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  { $sudo apt-get update -q && $sudo apt-get install -qy --no-install-recommends "${missing[@]}"; } \
    >"$cache/log/apt.log" 2>&1 </dev/null || fail "apt-get install ${missing[*]}" "$cache/log/apt.log"
fi

# digest FILE...: names a build after what went into it, so that a running test keeps the build it began with.
digest() { cat "$@" | sha256sum | cut -c1-16; }

fetch_jars() { # fetch_jars PROFILE
  local jars=$cache/jars/$1-$(digest "$here/java/pom.xml")
  if [ ! -d "$jars" ]; then
    say "$1: fetching jars"
    rm -rf "$jars.part"
    mvn -q -B -f "$here/java/pom.xml" -P "$1" -Dmaven.repo.local="$cache/m2" -DoutputDirectory="$jars.part" \
      -DincludeScope=runtime dependency:copy-dependencies >"$cache/log/$1-jars.log" 2>&1 \
      || fail "$1: jars" "$cache/log/$1-jars.log"
    mv "$jars.part" "$jars"
  fi
  echo "$jars"
}

compile_java() { # compile_java PROFILE JARS
  local sources=("$here"/java/src/main/java/weir/interop/*.java)
  local classes=$cache/classes/$1-$(digest "$here/java/pom.xml" "${sources[@]}" "$here"/java/src/main/resources/META-INF/dubbo/*)
  if [ ! -d "$classes" ]; then
    say "$1: compiling"
    rm -rf "$classes.part"
    mkdir -p "$classes.part"
    javac -nowarn --release 11 -encoding UTF-8 -d "$classes.part" -cp "$2/*" "${sources[@]}" \
      >"$cache/log/$1-javac.log" 2>&1 || fail "$1: javac" "$cache/log/$1-javac.log"
    cp -R "$here/java/src/main/resources/." "$classes.part/"
    mv "$classes.part" "$classes"
  fi
  echo "$classes"
}

build_java() {
  local profile jars classes
  for profile in java27 java33; do
    jars=$(fetch_jars "$profile")
    classes=$(compile_java "$profile" "$jars")
    echo "$classes:$jars/*" >"$cache/$profile.classpath"
  done
}

# at_least A B: whether version A is B or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; }

# The Go that distributions carry may be too old to build the peers, and is built not to replace itself. A newer one
# is a module like any other, whose files lose their mode on the way.
find_go() {
  local have module
  have=$(go env GOVERSION | sed 's/^go//')
  if at_least "$have" "$go_version_min"; then
    command -v go
    return
  fi
  say "go: $have is too old, fetching $go_version_fetched"
  module=golang.org/toolchain@v0.0.1-go$go_version_fetched.linux-$(go env GOARCH)
  (cd "$cache" && GOFLAGS=-modcacherw GOMODCACHE="$cache/go/mod" go mod download "$module") \
    >"$cache/log/go-toolchain.log" 2>&1 || fail 'go toolchain' "$cache/log/go-toolchain.log"
  chmod -R u+x "$cache/go/mod/$module/bin" "$cache/go/mod/$module/pkg/tool"
  echo "$cache/go/mod/$module/bin/go"
}

build_go() {
  local peer go
  peer=$cache/bin/peer-$(digest "$here"/go/*.go "$here/go/go.mod" "$here/go/go.sum")
  if [ ! -x "$peer" ]; then
    go=$(find_go)
    say 'go: building, which fetches modules first'
    mkdir -p "$cache/bin"
    (
      cd "$here/go"
      unset GOROOT
      GOMODCACHE=$cache/go/mod GOCACHE=$cache/go/build GOFLAGS='-mod=readonly -modcacherw -buildvcs=false' \
        "$go" build -trimpath -ldflags='-s -w' -o "$peer.part" .
    ) >"$cache/log/go.log" 2>&1 || fail 'go build' "$cache/log/go.log"
    mv "$peer.part" "$peer"
    find "$cache/bin" -name 'peer-*' ! -name "${peer##*/}" -mmin +1440 -delete
  fi
  echo "$peer" >"$cache/go.path"
  find_go >"$cache/go-tool.path"
}

# Where rustup brought the compiler it also brings what the kit for Rust is built for; Zig comes by pip.
fetch_compilers() {
  if command -v rustup >/dev/null 2>&1 && [[ $(rustup target list --installed) != *wasm32-unknown-unknown* ]]; then
    say 'rust: fetching what WebAssembly needs'
    rustup target add wasm32-unknown-unknown >"$cache/log/rust.log" 2>&1 || fail 'rustup' "$cache/log/rust.log"
  fi
  if ! "$cache/zig/bin/python" -c 'import ziglang' 2>/dev/null; then
    say 'zig: fetching'
    { python3 -m venv "$cache/zig" && "$cache/zig/bin/python" -m pip install -q ziglang; } \
      >"$cache/log/zig.log" 2>&1 || say 'no Zig: its tests are skipped'
  fi
}

# The two share neither network hosts nor much memory, and each leaves a core idle while it downloads.
build_java &
java_job=$!
fetch_compilers || fail 'compilers'
build_go || fail 'go'
wait "$java_job" || fail 'java'

cat >"$cache/peers.json.part" <<JSON
{
  "java27": "$(cat "$cache/java27.classpath")",
  "java33": "$(cat "$cache/java33.classpath")",
  "go": "$(cat "$cache/go.path")",
  "goTool": "$(cat "$cache/go-tool.path")",
  "zig": "$("$cache/zig/bin/python" -c 'import ziglang' 2>/dev/null && echo "$cache/zig/bin/python -m ziglang")"
}
JSON
mv "$cache/peers.json.part" "$cache/peers.json"
say 'peers ready'
