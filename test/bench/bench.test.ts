/** The bench itself, for a fraction of a second: it counts right, checks what it gets, and leaves nothing behind. */
import { createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { LoadGenerator, median, type Section } from './bench.ts'
import { Children } from './children.ts'
import { replyToSize, requestOfSize } from './frames.ts'
import { Histogram } from './histogram.ts'
import { type BenchOptions, parseOptions } from './options.ts'
import { runBench } from './run.ts'

const children = new Children()
afterEach(() => children.killAll())

const brief: BenchOptions = {
  sections: ['shapes'],
  targets: ['direct', 'splice', 'weir-bare', 'weir-full'],
  shapes: [{ connections: 4, inFlight: 4, frameBytes: 311 }],
  rounds: 1,
  windowMs: 100,
  warmupMs: 50,
  idleConnections: 20,
  memoryRequests: 2_000,
  weir: 'core/cli/main.ts',
  against: undefined,
  json: false,
  install: false,
  deadlineMs: 150_000,
}

function bench(options: Partial<BenchOptions>): Promise<readonly Section[]> {
  const programs = { envoy: undefined, haproxy: undefined }
  return runBench({
    options: { ...brief, ...options },
    children,
    programs,
    tell: () => {},
    onSection: () => {},
  })
}

test('a bench of all shapes counts calls on every target and none is wrong', async () => {
  const [shapes] = await bench({})
  expect(shapes?.notes).toEqual([])
  expect(shapes?.rows.map((row) => row['target'])).toEqual(brief.targets)
  for (const row of shapes?.rows ?? []) {
    expect(row['calls']).toBeGreaterThan(0)
    expect(row['wrong']).toBe(0)
  }
})

test('the scenarios measure what they are asked for', async () => {
  const [latency, idle, memory] = await bench({ sections: ['latency', 'idle', 'memory'] })
  expect(latency?.rows.map((row) => row['wrong'])).toEqual([0, 0, 0])
  expect(idle?.rows).toMatchObject([{ connections: 20, wrong: 0 }])
  expect(memory?.rows).toMatchObject([{ calls: expect.any(Number), wrong: 0 }])
  expect(Number(memory?.rows[0]?.['calls'])).toBeGreaterThanOrEqual(2_000)
})

test('every kind of plugin is measured in a chain, and so is a start with many', async () => {
  const [plugins, start] = await bench({ sections: ['plugins', 'plugin-start'] })
  expect(plugins?.notes).toEqual([])
  expect(plugins?.rows.map((row) => row['wrong'])).toEqual(plugins?.rows.map(() => 0))
  expect(start?.notes).toEqual([])
  expect(start?.rows.map((row) => row['plugins'])).toContain('50 mixed')
})

test('plugins that are saved are seen to serve, under load', async () => {
  const [saves] = await bench({ sections: ['save-to-serving'] })
  expect(saves?.notes).toEqual([])
  expect(saves?.rows.map((row) => [row['plugin'], row['saves'], row['wrong']])).toEqual([
    ['WebAssembly', 20, 0],
    ['Lua', 20, 0],
  ])
})

test('codecs of plugins are measured beside the built-in one', async () => {
  const [codecs] = await bench({ sections: ['codecs'] })
  expect(codecs?.notes).toEqual([])
  expect(codecs?.rows.map((row) => row['codec'])).toEqual([
    'TypeScript (Dubbo)',
    'declared',
    'AssemblyScript',
    'Lua',
    'JavaScript',
  ])
  expect(codecs?.rows.map((row) => row['wrong'])).toEqual([0, 0, 0, 0, 0])
})

test('a peer that is not installed is a note and not a failure', async () => {
  const [shapes] = await bench({ targets: ['direct', 'envoy'] })
  expect(shapes?.rows).toHaveLength(1)
  expect(shapes?.notes).toEqual([expect.stringContaining('envoy is skipped')])
})

test('Redis that is not installed is a note and not a failure', async () => {
  const [redis] = await bench({ sections: ['redis'] })
  expect(redis?.rows).toEqual([])
  expect(redis?.notes).toEqual([expect.stringContaining('redis is skipped')])
})

test('the load generator notices a reply under another id', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => socket.write(replyToSize(311)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const load = new LoadGenerator(children.forkSilent(new URL('./load.ts', import.meta.url)))
  // The reply's id is zero, which the generator never uses first.
  const shape = { connections: 1, inFlight: 1, frameBytes: 311 }
  const result = await load.run({ port, pid: undefined, shape, warmupMs: 50, windowMs: 50, finishMs: 100 })
  server.close()
  expect(result.requests).toBe(0)
  expect(result.wrong).toBeGreaterThan(0)
  expect(result.wrongText).toContain('id that was not asked')
})

test.each([311, 1040, 65_552])('a request of %i bytes has exactly this size', (size) => {
  expect(requestOfSize(size)).toHaveLength(size)
  expect(requestOfSize(size).readUInt32BE(12)).toBe(size - 16)
})

test('quantiles lie within two percent', () => {
  const histogram = new Histogram()
  for (let ms = 1; ms <= 1_000; ms++) histogram.observe(ms / 10)
  expect(Math.abs(histogram.quantile(0.5) - 50) / 50).toBeLessThan(0.02)
  expect(Math.abs(histogram.quantile(0.99) - 99) / 99).toBeLessThan(0.02)
})

test('the median of an even count lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('options name what is wrong with them', () => {
  expect(parseOptions(['--only', 'shapes,nothing'])).toMatchObject({
    problem: expect.stringContaining('nothing'),
  })
  expect(parseOptions(['--rounds', '0'])).toMatchObject({ problem: expect.stringContaining('--rounds') })
  expect(parseOptions(['--shapes', '8x2'])).toMatchObject({ shapes: [{ connections: 8, inFlight: 2 }] })
})
