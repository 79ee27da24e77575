#!/usr/bin/env node
/**
 * The launcher of `weir`, in JavaScript that old versions of Node read too. Those that cannot run the proxy hand
 * over to the Node that `npm ci` brought; that is all it does.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const NODE_MAJOR_MIN = 24
const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '..', '..')
const source = join(here, 'main.ts')
const built = [join(here, 'main.js'), join(root, 'dist', 'core', 'cli', 'main.js')].find((file) =>
  existsSync(file),
)
// Node runs no TypeScript below node_modules, so an installed weir runs what was built.
const installed = here.split(sep).includes('node_modules')
const main = built !== undefined && (installed || !existsSync(source)) ? built : source

// Compiled code is kept in the checkout, where nobody else can write: the next start takes 17 MB less,
// because Node need not load what strips types. The worker threads use the same cache.
if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  // The proxy's main thread carries no traffic; its young generation need not grow as it loads: 3 MB.
  if (process.argv[2] === 'run') setFlagsFromString('--semi-space-growth-factor=1')
  nodeModule.enableCompileCache(join(root, 'node_modules', '.cache', 'weir'))
  await import(pathToFileURL(main).href)
} else {
  handOver(pinnedNode())
}

/** The Node that stands beside weir's own packages, or in the node_modules that weir is installed in. */
function pinnedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  for (let folder = root; ; folder = dirname(folder)) {
    const file = join(folder, 'node_modules', '.bin', name)
    if (existsSync(file)) return file
    if (dirname(folder) === folder) return undefined
  }
}

function handOver(node) {
  if (node === undefined) {
    process.stderr.write(
      `weir needs Node ${NODE_MAJOR_MIN} or later, this is ${process.version}. Run: npm ci\n`,
    )
    process.exit(1)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal))
  // Ctrl+C reaches both processes from the terminal; elsewhere it is passed on.
  process.on('SIGINT', () => {
    if (process.stdin.isTTY !== true) child.kill('SIGINT')
  })
  child.once('error', (error) => {
    process.stderr.write(`weir: ${node} does not start: ${error.message}\n`)
    process.exit(1)
  })
  child.once('exit', (code, signal) => {
    if (signal !== null)
      for (const forwarded of [...FORWARDED, 'SIGINT']) process.removeAllListeners(forwarded)
    if (signal === null) process.exit(code ?? 1)
    process.kill(process.pid, signal)
  })
}
