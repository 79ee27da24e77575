/** The program `weir`: the only file that touches the process: its arguments, its streams, its exit code. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { readNamedFile } from '../config/read.ts'
import { inspectConfig } from '../worker/inspection.ts'
import { keepCompiled } from '../worker/keep-compiled.ts'
import { supervise } from '../worker/supervise.ts'
import { runCli } from './cli.ts'
import { exitCodes } from './exit-codes.ts'
import type { CliHost, Tool } from './host.ts'

/** How long a program beside this one may take to stop when asked. */
const STOP_BESIDE_MS = 2_000
/** What a program of the machine may print before the rest is left out. */
const TOOL_TEXT_MAX = 262_144
/** In the environment of a program that has started itself anew, so that it does so once. */
const ANEW = 'WEIR_STARTED_ANEW'

const startedAnew = process.env[ANEW] !== undefined
delete process.env[ANEW]

const host: CliHost = {
  // npx says so, and there `weir` alone is no command.
  program: process.env['npm_command'] === 'exec' ? 'npx weir' : 'weir',
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  watched: process.stderr.isTTY === true,
  coloured: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
  columns: process.stdout.isTTY === true ? process.stdout.columns : undefined,
  nowMs: () => performance.now(),
  heldBytes: () => process.memoryUsage().arrayBuffers,
  nodeVersion: process.versions.node,
  loadPlugins: async () => {
    // Loaded here, because the proxy's main thread has no plugins.
    const { loadBuiltIns } = await import('../plugin/built-ins.ts')
    return await loadBuiltIns()
  },
  readFile: readNamedFile,
  inspect: (file, pluginsDir) => inspectConfig(file, process.execPath, pluginsDir),
  startAnew,
  supervise: async (options) => exitCodes[await supervise(options)].code,
  askAdmin: async (address, method, path, body) => {
    // Loaded here, because a whole HTTP client is behind it.
    const { askAdmin } = await import('./ask-admin.ts')
    return await askAdmin(address, method, path, body)
  },
  startBeside,
  runTool,
}

/**
 * What was compiled is kept now in any case: later it would be kept under the flags of the threads, and not be found. The
 * process is replaced only where it, its number and its streams stay, and no channel to a parent would be lost.
 */
function startAnew(): void {
  const compiled = keepCompiled()
  const { execve, execPath, argv0, execArgv, argv, env } = process
  if (!compiled || startedAnew || execve === undefined || process.platform !== 'linux') return
  // In a cache that others use as well something may be new every time.
  if (process.channel !== undefined || env['NODE_COMPILE_CACHE'] !== undefined) return
  try {
    execve(execPath, [argv0, ...execArgv, ...argv.slice(1)], { ...env, [ANEW]: '1' })
  } catch {
    // It goes on as it is, and takes more memory.
  }
}

function startBeside(script: URL, args: readonly string[], quiet = false): () => Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(script), ...args], {
    stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      host.err(`weir run: ${fileURLToPath(script)} does not start: ${error.message}\n`)
      resolve()
    })
    child.once('exit', () => resolve())
  })
  // Whatever ends this process, the other one ends with it.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  return async () => {
    child.kill('SIGTERM')
    const late = setTimeout(kill, STOP_BESIDE_MS)
    await ended
    clearTimeout(late)
    process.off('exit', kill)
  }
}

function runTool({ command, args, cwd, env }: Tool) {
  const { promise, resolve } = Promise.withResolvers<{ code: number | undefined; text: string }>()
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const take = (chunk: Buffer): void => {
    if (text.length < TOOL_TEXT_MAX) text += chunk.toString()
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  child.once('error', (error) => resolve({ code: undefined, text: error.message }))
  child.once('close', (code) => resolve({ code: code ?? 1, text }))
  return promise
}

// A reader that has gone, such as `| head`, is no failure.
process.stdout.on('error', () => undefined)

const exitCode = await runCli(process.argv.slice(2), host)
// What was printed is written first; then nothing that is still open keeps the process.
process.stdout.write('', () => process.exit(exitCode))
