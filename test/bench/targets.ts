/**
 * Targets: what the load is sent to. Each stands before the same echo server: nothing at all, a splice in Node,
 * weir with two chains, and the peers, one thread each.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Children, freePorts } from './children.ts'
import { envoyConfig, haproxyConfig, type WeirChain, type WeirPlugins, weirConfig } from './target-configs.ts'

export const targetNames = [
  'direct',
  'splice',
  'weir-bare',
  'weir-full',
  'other-bare',
  'other-full',
  'envoy',
  'haproxy',
] as const
export type TargetName = (typeof targetNames)[number]

export interface Target {
  readonly name: string
  readonly port: number
  /** The process that is measured; `undefined` when there is none. */
  readonly pid: number | undefined
  stop(): Promise<void>
}

export interface Ground {
  readonly children: Children
  /** The echo server. */
  readonly echoPort: number
  /** Where configurations and logs of the targets are written. */
  readonly dir: string
  readonly programs: Programs
  /** What `weir-…` runs, and what `other-…` runs: the command's main modules. */
  readonly weirMain: string
  readonly otherMain: string | undefined
}

/** The peers' programs; `undefined` when they are not installed. */
export interface Programs {
  readonly envoy: string | undefined
  readonly haproxy: string | undefined
  readonly redisServer?: string | undefined
  readonly redisBenchmark?: string | undefined
}

/** Starts a target; a sentence instead when that is not possible. */
export function startTarget(ground: Ground, name: TargetName): Promise<Target | string> {
  return orSentence(name, () => start(ground, name))
}

async function orSentence(name: string, start: () => Promise<Target | string>): Promise<Target | string> {
  try {
    return await start()
  } catch (error) {
    return `${name} does not start: ${error instanceof Error ? error.message : error}`
  }
}

async function start(ground: Ground, name: TargetName): Promise<Target | string> {
  switch (name) {
    case 'direct':
      return { name, port: ground.echoPort, pid: undefined, stop: async () => {} }
    case 'splice': {
      const module = new URL('./splice.ts', import.meta.url)
      const { child, port } = await ground.children.fork(module, [String(ground.echoPort)])
      return running(ground, name, child, port)
    }
    case 'weir-bare':
      return startWeir(ground, { name, main: ground.weirMain, chain: 'bare', workers: 1 })
    case 'weir-full':
      return startWeir(ground, { name, main: ground.weirMain, chain: 'full', workers: 1 })
    case 'other-bare':
      return startWeir(ground, { name, main: ground.otherMain, chain: 'bare', workers: 1 })
    case 'other-full':
      return startWeir(ground, { name, main: ground.otherMain, chain: 'full', workers: 1 })
    case 'envoy':
    case 'haproxy':
      return startPeer(ground, name)
  }
}

export interface WeirTarget {
  readonly name: string
  readonly main: string | undefined
  readonly chain: WeirChain
  readonly workers: number
  readonly plugins?: WeirPlugins
}

/** weir with a chain and workers of its own, for sections that need more than the usual targets. */
export function startWeir(ground: Ground, weir: WeirTarget): Promise<Target | string> {
  return orSentence(weir.name, () => weirStarted(ground, weir))
}

async function weirStarted(ground: Ground, weir: WeirTarget): Promise<Target | string> {
  const { name, main, chain, workers, plugins } = weir
  if (main === undefined) return `${name} is skipped: --against names no other weir`
  if (!existsSync(main)) return `${name} is skipped: there is no ${main}`
  const file = join(ground.dir, `${name.replaceAll(' ', '-')}.yaml`)
  writeFileSync(file, weirConfig({ listen: 0, admin: 0, upstream: ground.echoPort }, chain, plugins))
  const command = [process.execPath, main, 'run', '-c', file, '--workers', String(workers)] as const
  const { child, port } = await ground.children.startWeir(command, `${file}.log`)
  return running(ground, name, child, port)
}

async function startPeer(ground: Ground, name: 'envoy' | 'haproxy'): Promise<Target | string> {
  const program = ground.programs[name]
  if (program === undefined) return `${name} is skipped: it is not installed (--install does that)`
  const [listen = 0] = await freePorts(1)
  const ports = { listen, admin: 0, upstream: ground.echoPort }
  const file = join(ground.dir, name === 'envoy' ? 'envoy.json' : 'haproxy.cfg')
  writeFileSync(file, name === 'envoy' ? envoyConfig(ports) : haproxyConfig(ports))
  const envoyArgs = ['-c', file, '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
  const args = name === 'envoy' ? envoyArgs : ['-db', '-f', file]
  const child = await ground.children.start([program, ...args], ports.listen, `${file}.log`)
  return running(ground, name, child, ports.listen)
}

function running(ground: Ground, name: string, child: ChildProcess, port: number): Target {
  return { name, port, pid: child.pid, stop: () => ground.children.stop(child) }
}
