/**
 * ChildProcess: starts the process of one plugin. It gets an empty environment and nothing but a pipe, may open no file
 * and start no program, leaves no core behind, is out of reach of the terminal's signals, and ends with the thread that
 * started it: when the pipe ends, or, stuck in an endless loop of the engine, by the system where that can do it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

/** The channel's place among the process's files. */
const CHANNEL = 3
const FLAGS = [
  // What isolates need of Node.
  '--no-node-snapshot',
  '--permission',
  '--allow-addons',
  '--no-warnings',
  '--max-old-space-size=32',
  '--max-semi-space-size=1',
  '--v8-pool-size=1',
  // 69 MB resident became 57 under load, and a call that took 3.3 µs takes 4.1: the best compiler is large itself.
  '--no-turbofan',
  '--single-threaded',
]
/**
 * `setpriv` is part of every Linux with util-linux; without it a stuck process outlives a killed weir. Isolates set a timer for each
 * entry and never take one back, so a thread woke for each that was over long ago: timers may be 5 ms late, and most pass at once.
 */
const WRAPPER = `ulimit -c 0
echo 5000000 2>/dev/null >/proc/self/timerslack_ns
s=/usr/bin/setpriv
if $s --pdeathsig KILL /bin/true 2>/dev/null; then exec $s --pdeathsig KILL "$0" "$@"; fi
exec "$0" "$@"`
/** The program itself comes as the first thing through the pipe. */
const BOOT = `
const fs = require('node:fs')
const read = (into, from) => fs.readSync(${CHANNEL}, into, from, into.length - from, null)
const processorMs = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
const write = (bytes, from, size) => fs.writeSync(${CHANNEL}, bytes, from, size)
const take = (size) => {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; ) {
    const got = read(bytes, at)
    if (got === 0) process.exit(0)
    at += got
  }
  return bytes
}
const { program, addon, spec } = JSON.parse(take(take(4).readUInt32LE(0)))
const native = { exports: {} }
process.dlopen(native, addon)
;(0, eval)(program)(spec, {
  isolates: native.exports.ivm,
  read,
  write,
  nowMs: () => performance.now(),
  processorMs,
  residentBytes: () => process.memoryUsage.rss(),
  die: () => process.kill(process.pid, 'SIGKILL'),
})
process.exit(0)`

/** Where the native part of the isolates is; throws where this system has none. */
export function isolatesAddon(): string {
  const require = createRequire(import.meta.url)
  const home = require.resolve('isolated-vm/package.json')
  const find: { path(folder: string): string } = createRequire(home)('node-gyp-build')
  return find.path(dirname(home))
}

/** `name` is what lists of processes show. */
export function startChild(name: string): ChildProcess {
  const args = [...FLAGS, `--title=weir-js-${name}`, '--eval', BOOT]
  const wrapped = process.platform === 'linux'
  const [command, given] = wrapped
    ? ['/bin/sh', ['-c', WRAPPER, process.execPath, ...args]]
    : [process.execPath, args]
  return spawn(command, given, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {},
    cwd: '/',
    detached: true,
  })
}
