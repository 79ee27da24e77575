/**
 * The entry of a worker thread: makes the worker's runtime and its host, and runs them until the thread is ended.
 * What nobody catches ends the thread, with its connections; the main thread starts another one.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { TurnClock } from '../base/clock.ts'
import { type LogControl, Logger } from '../base/log.ts'
import { Shared } from '../base/shared/shared.ts'
import { TimingWheel } from '../base/timing-wheel.ts'
import type { Runtime } from '../net/runtime.ts'
import { Turn } from '../net/turn.ts'
import { loadBuiltIns } from '../plugin/built-ins.ts'
import { CommonClock } from './common-clock.ts'
import { LogRelay } from './log-relay.ts'
import { PlaneHost } from './plane-host.ts'
import type { FromWorker, WorkerData } from './protocol.ts'
import { ThreadRunner } from './thread-runner.ts'

/** Lines that connections may cause, under one key, in each worker. */
const SAMPLED_PER_SECOND = 5

const data: WorkerData = workerData
const port = parentPort
if (port === null) throw new Error('this module is the entry of a worker thread')

const post = (message: FromWorker): void => port.postMessage(message)
const relay = new LogRelay(post, data.logPending)
const control: LogControl = { level: data.logLevel }
const clock = new TurnClock()
const shared = new Shared(data.memory, data.index, new CommonClock(clock, data.epochMs))
const log = Logger.create({ sink: relay, control, clock, fields: { worker: data.index } })
const runtime: Runtime = {
  clock,
  wheel: new TimingWheel(clock),
  turn: new Turn(),
  shared,
  log,
  sampledLog: (key) => log.sampled(key, SAMPLED_PER_SECOND),
  random: () => Math.random(),
}
process.on('exit', () => relay.flush())

/** What watches the plugins, when somebody wants to see their calls. */
async function watching() {
  if (data.tapped === 0) return {}
  const { Tap } = await import('../guest/tap.ts')
  const tap = new Tap({
    clock,
    callsPerSecond: data.tapped,
    nowMs: () => performance.now(),
    tell: (report) => post({ type: 'tap', report }),
  })
  return { tap }
}

const registry = await loadBuiltIns()
const host = new PlaneHost({
  runtime,
  registry,
  index: data.index,
  takeOver: data.takeOver,
  ...(await watching()),
})
new ThreadRunner({ port, host, control, relay }).run()
