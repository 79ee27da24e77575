/**
 * Load: the load generator, a process of its own. It gets one run at a time from its parent, reads the proxy's CPU
 * time at both ends of the measured window itself, so that nobody's delay counts, and answers with a result.
 */
import { connect, type Socket } from 'node:net'
import { requestOfSize } from './frames.ts'
import { Histogram } from './histogram.ts'
import { LoadConnection, type LoadSink } from './load-connection.ts'
import type { IdleResult, IdleRun, LoadResult, LoadRun } from './load-run.ts'
import { cpuMicros, residentBytes } from './process-figures.ts'

/** After the window, what is in flight may take so long to come back. */
const FINISH_MS = 30_000
const LOOK_MS = 10
const CONNECTS_AT_ONCE = 100
/** Loopback addresses are used in turn, for one has about 28,000 ports to connect from. */
const CONNECTIONS_PER_ADDRESS = 20_000

process.on('message', (text: string) => {
  const run: LoadRun | IdleRun = JSON.parse(text)
  const result = 'idleConnections' in run ? runIdle(run) : runLoad(run).catch(nothingMeasured)
  result.then(
    (answer) => process.send?.(JSON.stringify(answer)),
    (error: unknown) => process.send?.(JSON.stringify({ failed: String(error) })),
  )
})
process.on('disconnect', () => process.exit(0))

class Tally implements LoadSink {
  readonly histogram = new Histogram()
  requests = 0
  wrongs = 0
  wrongText = ''
  /** Called when `requests` reaches `next`. */
  next = Number.POSITIVE_INFINITY
  onNext: () => void = () => {}

  reply(ms: number): void {
    this.histogram.observe(ms)
    if (++this.requests === this.next) this.onNext()
  }

  wrong(text: string): void {
    this.wrongs++
    if (this.wrongText === '') this.wrongText = text
  }
}

async function runLoad(run: LoadRun): Promise<LoadResult> {
  const tally = new Tally()
  const sockets = await open(run.port, run.shape.connections)
  const request = requestOfSize(run.shape.frameBytes)
  const nonce = Math.floor(Math.random() * 0xffff) * 0x1_0000
  const connections = sockets.map((socket, at) => {
    socket.on('close', () => tally.wrong('a connection was closed'))
    const shape = { request, slots: run.shape.inFlight, idHigh: (nonce + at) >>> 0 }
    return new LoadConnection(socket, tally, shape)
  })
  const pace = run.rate === undefined ? undefined : startPace(connections, run.rate)
  if (pace === undefined) for (const connection of connections) connection.sendAll()
  await sleep(run.warmupMs)

  tally.histogram.clear()
  const firstRequest = tally.requests
  const startedMs = performance.now()
  const startedCpu = cpuMicros(run.pid)
  const memory: number[] = []
  if (run.requests !== undefined) await count(tally, run, memory)
  else await sleep(run.windowMs ?? 0)
  // On a machine that does nothing of this for so long the window lasts until there is something to tell of.
  const nothing = () => tally.requests === firstRequest && tally.wrongs === 0
  for (let left = run.finishMs ?? FINISH_MS; left > 0 && nothing(); left -= LOOK_MS) await sleep(LOOK_MS)
  const seconds = (performance.now() - startedMs) / 1000
  const cpu = cpuMicros(run.pid) - startedCpu
  const requests = tally.requests - firstRequest
  const resident = residentBytes(run.pid)

  pace?.stop()
  for (const connection of connections) connection.refilling = false
  const lost = await finish(connections, run.finishMs)
  if (lost > 0) tally.wrong(`${lost} requests got no reply`)
  const { wrongs, wrongText } = tally
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
  return {
    requests,
    seconds,
    wrong: wrongs,
    wrongText,
    cpuMicros: cpu,
    residentBytes: resident,
    p50Ms: tally.histogram.quantile(0.5),
    p99Ms: tally.histogram.quantile(0.99),
    memory,
  }
}

/** A target that is gone spoils its own row and not the whole bench. */
function nothingMeasured(error: unknown): LoadResult {
  const figures = { requests: 0, seconds: 1, cpuMicros: 0, residentBytes: 0, p50Ms: 0, p99Ms: 0, memory: [] }
  return { ...figures, wrong: 1, wrongText: error instanceof Error ? error.message : String(error) }
}

/** Waits until so many requests were answered and reads the memory at each stop on the way. */
function count(tally: Tally, run: LoadRun, memory: number[]): Promise<void> {
  const from = tally.requests
  const stops = [...(run.memoryAt ?? []), run.requests ?? 0].map((stop) => from + stop)
  return new Promise((resolve) => {
    tally.onNext = () => {
      if (memory.length < (run.memoryAt?.length ?? 0)) memory.push(residentBytes(run.pid))
      while (stops[0] !== undefined && stops[0] <= tally.requests) stops.shift()
      tally.next = stops[0] ?? Number.POSITIVE_INFINITY
      if (stops.length === 0) resolve()
    }
    tally.next = stops[0] ?? 0
  })
}

/** One call whenever one is due, on the connections in turn; the clock of the event loop ticks once a millisecond. */
function startPace(connections: readonly LoadConnection[], rate: number) {
  for (const connection of connections) connection.refilling = false
  const startedMs = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) * rate) / 1000
    for (; sent < due; sent++) connections[sent % connections.length]?.sendOne()
  }, 1)
  return { stop: () => clearInterval(timer) }
}

async function runIdle(run: IdleRun): Promise<IdleResult> {
  const tally = new Tally()
  const residentBefore = residentBytes(run.pid)
  const sockets = await open(run.port, run.idleConnections)
  const request = requestOfSize(311)
  for (let first = 0; first < sockets.length; first += CONNECTS_AT_ONCE) {
    const some = sockets.slice(first, first + CONNECTS_AT_ONCE)
    const connections = some.map((socket, at) => {
      socket.on('close', () => tally.wrong('a connection was closed'))
      return new LoadConnection(socket, tally, { request, slots: 1, idHigh: first + at })
    })
    for (const connection of connections) {
      connection.refilling = false
      connection.sendAll()
    }
    const lost = await finish(connections)
    if (lost > 0) tally.wrong(`${lost} requests got no reply`)
  }
  await sleep(run.settleMs)
  const residentAfter = residentBytes(run.pid)
  const { wrongs, wrongText } = tally
  for (const socket of sockets) socket.removeAllListeners('close').destroy()
  return { connections: sockets.length, wrong: wrongs, wrongText, residentBefore, residentAfter }
}

async function open(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const some = Math.min(CONNECTS_AT_ONCE, count - sockets.length)
    const localAddress = `127.0.0.${1 + Math.floor(sockets.length / CONNECTIONS_PER_ADDRESS)}`
    const opened = Array.from({ length: some }, () => openOne(port, localAddress))
    sockets.push(...(await Promise.all(opened)))
  }
  return sockets
}

function openOne(port: number, localAddress: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true }, () => resolve(socket))
    socket.on('error', reject)
  })
}

/** Waits for what is in flight; answers how many replies never came. */
async function finish(connections: readonly LoadConnection[], finishMs = FINISH_MS): Promise<number> {
  const untilMs = performance.now() + finishMs
  const left = () => connections.reduce((sum, connection) => sum + connection.inFlight, 0)
  while (left() > 0 && performance.now() < untilMs) await sleep(1)
  return left()
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
