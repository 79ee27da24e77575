/**
 * Redis: GET by `redis-benchmark -P 16` through weir and through Envoy's `redis_proxy`, one thread each, in front of the
 * same server. Envoy is measured as it comes, and with the buffering that its own manual advises for pipelines.
 */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Bench, median, type Row, rounded, type Section } from './bench.ts'
import { freePorts } from './children.ts'
import { cpuMicros } from './process-figures.ts'
import { envoyRedisConfig, weirRedisConfig } from './redis-configs.ts'

const PIPELINE = 16
const CLIENTS = 50
const VALUE_BYTES = 100
/** What a fast machine does in a millisecond, so that a window lasts about as long as it is asked to. */
const COMMANDS_PER_MS = 200
const run = promisify(execFile)

interface RedisTarget {
  readonly name: string
  readonly port: number
  readonly pid: number | undefined
  stop(): Promise<void>
}

interface Measured {
  readonly commandsPerSecond: number
  readonly cpuMicros: number
}

export async function redisSection(bench: Bench): Promise<Section> {
  const { children, dir, programs } = bench.ground
  const { redisServer, redisBenchmark } = programs
  const notes: string[] = []
  const title = `Redis GET, redis-benchmark -P ${PIPELINE} -c ${CLIENTS}`
  if (redisServer === undefined || redisBenchmark === undefined)
    return {
      name: 'redis',
      title,
      rows: [],
      notes: ['redis is skipped: it is not installed (--install does that)'],
    }
  const [port = 0] = await freePorts(1)
  const flags = ['--port', String(port), '--save', '', '--appendonly', 'no', '--bind', '127.0.0.1']
  const server = await children.start([redisServer, ...flags], port, join(dir, 'redis.log'))
  await load(redisBenchmark, port, 'set', 1)
  const targets = await started(bench, port, notes)
  const commands = Math.ceil(bench.options.windowMs * COMMANDS_PER_MS)
  const results = new Map<RedisTarget, Measured[]>(targets.map((target) => [target, []]))
  for (let round = 1; round <= bench.options.rounds; round++) {
    for (const [target, measured] of results) {
      bench.tell(`redis, round ${round} of ${bench.options.rounds}: ${target.name}`)
      // The first commands of a target are its warm-up.
      if (round === 1) await load(redisBenchmark, target.port, 'get', Math.ceil(commands / 4))
      const before = cpuMicros(target.pid)
      const commandsPerSecond = await load(redisBenchmark, target.port, 'get', commands)
      measured.push({ commandsPerSecond, cpuMicros: (cpuMicros(target.pid) - before) / commands })
    }
  }
  for (const target of targets) await target.stop()
  await children.stop(server)
  return { name: 'redis', title, rows: redisRows(results), notes }
}

/** Runs the program against a port; answers the commands a second that it counts. It fails at the first error reply. */
async function load(program: string, port: number, test: 'get' | 'set', commands: number): Promise<number> {
  const shape = [
    '-P',
    String(PIPELINE),
    '-c',
    String(CLIENTS),
    '-n',
    String(commands),
    '-d',
    String(VALUE_BYTES),
  ]
  const { stdout } = await run(program, [
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    '-t',
    test,
    ...shape,
    '--csv',
  ])
  const line = stdout.split('\n').find((each) => each.startsWith(`"${test.toUpperCase()}"`)) ?? ''
  return Number(line.split(',')[1]?.replaceAll('"', '') ?? Number.NaN)
}

async function started(bench: Bench, server: number, notes: string[]): Promise<readonly RedisTarget[]> {
  const targets: RedisTarget[] = [{ name: 'direct', port: server, pid: undefined, stop: async () => {} }]
  const start = async (name: string, file: string, config: (listen: number) => string, command: string[]) => {
    const [listen = 0] = await freePorts(1)
    const path = join(bench.ground.dir, file)
    writeFileSync(path, config(listen))
    const [program = '', ...args] = command.map((word) => (word === 'CONFIG' ? path : word))
    try {
      const child = await bench.ground.children.start([program, ...args], listen, `${path}.log`)
      targets.push({ name, port: listen, pid: child.pid, stop: () => bench.ground.children.stop(child) })
    } catch (error) {
      notes.push(`${name} does not start: ${error instanceof Error ? error.message : error}`)
    }
  }
  const weir = [process.execPath, bench.options.weir, 'run', '-c', 'CONFIG', '--workers', '1']
  await start('weir', 'redis-weir.yaml', (listen) => weirRedisConfig({ listen, server }), weir)
  const { envoy } = bench.ground.programs
  if (envoy === undefined) notes.push('envoy is skipped: it is not installed (--install does that)')
  else {
    const args = [envoy, '-c', 'CONFIG', '--concurrency', '1', '--disable-hot-restart', '-l', 'error']
    await start('envoy', 'redis-envoy.json', (listen) => envoyRedisConfig({ listen, server }, false), args)
    await start(
      'envoy, buffered',
      'redis-buffered.json',
      (listen) => envoyRedisConfig({ listen, server }, true),
      args,
    )
  }
  return targets
}

function redisRows(results: ReadonlyMap<RedisTarget, readonly Measured[]>): readonly Row[] {
  const cpuOf = (measured: readonly Measured[]) => median(measured.map((each) => each.cpuMicros))
  const weir = [...results].find(([target]) => target.name === 'weir')?.[1] ?? []
  return [...results].map(([target, measured]) => ({
    target: target.name,
    'cpu µs/command': target.pid === undefined ? null : rounded(cpuOf(measured)),
    'x weir': target.pid === undefined ? null : rounded(cpuOf(measured) / cpuOf(weir)),
    'commands/s': rounded(median(measured.map((each) => each.commandsPerSecond))),
  }))
}
