/**
 * Targets: what the load is sent to. Each stands before the same echo server: nothing at all, a splice in Node,
 * weir with two chains, and the peers, one thread each.
 */
import type { ChildProcess } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Children, freePorts } from './children.ts'
import { envoyConfig, haproxyConfig, weirConfig } from './target-configs.ts'

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
}

/** Starts a target; a sentence instead when that is not possible. */
export async function startTarget(ground: Ground, name: TargetName, workers = 1): Promise<Target | string> {
  try {
    return await start(ground, name, workers)
  } catch (error) {
    return `${name} does not start: ${error instanceof Error ? error.message : error}`
  }
}

async function start(ground: Ground, name: TargetName, workers: number): Promise<Target | string> {
  switch (name) {
    case 'direct':
      return { name, port: ground.echoPort, pid: undefined, stop: async () => {} }
    case 'splice': {
      const module = new URL('./splice.ts', import.meta.url)
      const { child, port } = await ground.children.fork(module, [String(ground.echoPort)])
      return running(ground, name, child, port)
    }
    case 'weir-bare':
    case 'weir-full':
    case 'other-bare':
    case 'other-full':
      return startWeir(ground, name, workers)
    case 'envoy':
    case 'haproxy':
      return startPeer(ground, name)
  }
}

type WeirName = 'weir-bare' | 'weir-full' | 'other-bare' | 'other-full'

async function startWeir(ground: Ground, name: WeirName, workers: number) {
  const main = name.startsWith('weir') ? ground.weirMain : ground.otherMain
  if (main === undefined) return `${name} is skipped: --against names no other weir`
  if (!existsSync(main)) return `${name} is skipped: there is no ${main}`
  const [listen = 0, admin = 0] = await freePorts(2)
  const ports = { listen, admin, upstream: ground.echoPort }
  const file = join(ground.dir, `${name}-${workers}.yaml`)
  writeFileSync(file, weirConfig(ports, name.endsWith('full')))
  const command = [process.execPath, main, 'run', '-c', file, '--workers', String(workers)] as const
  const child = await ground.children.start([...command], ports.listen, `${file}.log`)
  return running(ground, workers === 1 ? name : `${name}, ${workers} workers`, child, ports.listen)
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
