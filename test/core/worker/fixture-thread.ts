/**
 * A worker whose data plane is made up: a configuration's text is what it shall do. `refuse`, `unbindable` and
 * `fatal` fail at their stage, `slow` never ends; `serving 41` reports version and number; reopening the files ends the thread.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { Logger } from '../../../core/base/log.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import { LogRelay } from '../../../core/worker/log-relay.ts'
import type { WorkerData } from '../../../core/worker/protocol.ts'
import { Refusal } from '../../../core/worker/refusal.ts'
import { ThreadRunner } from '../../../core/worker/thread-runner.ts'

const data: WorkerData = workerData
const port = parentPort
if (port === null) throw new Error('this module is the entry of a worker thread')
const relay = new LogRelay((message) => port.postMessage(message), data.logPending)
const control = { level: data.logLevel }
const shared = new Shared(data.memory, data.index, { nowMs: 0 })
const log = Logger.create({ sink: relay, control, clock: { nowMs: 0 }, fields: { worker: data.index } })
const applied = shared.counter({ name: 'applied_total', about: 'Applied.', labels: [] }).with([])
const limit = shared.limit('held', 10)
let live = { version: 0, text: '' }

const facts = {
  adminAddress: '',
  workers: undefined,
  drainMs: 1_000,
  logLevel: 'info',
  listeners: [],
  clusters: [],
} as const

new ThreadRunner({
  port,
  control,
  relay,
  host: {
    record: () => ({ records: [], dropped: 0, full: true }),
    prepare: async (config) => {
      if (config.text === 'refuse') throw new Refusal(['one problem', 'another'])
      if (config.text === `refuse in ${data.index}`) throw new Refusal([`only ${data.index}`])
      if (config.text === 'slow') {
        log.info('preparing slow')
        await Promise.withResolvers<never>().promise
      }
      if (config.text === 'fatal' && data.index === 1) process.exit(3)
      return {
        facts,
        commit: async (bound) => {
          if (config.text === 'unbindable') throw new Error('address in use')
          live = config
          applied.add(1)
          if (config.text === 'hold') limit.acquire()
          log.info(`applied ${config.text}`)
          const address = bound[0]?.address ?? `127.0.0.1:${40_000 + data.index}`
          return [{ name: 'a', address }]
        },
        abort: () => log.info(`aborted ${config.text}`),
      }
    },
    drain: async () => {
      if (live.text === 'hang') while (true) Math.random()
    },
    report: () => {
      if (live.text === 'hang' && data.index === 1) while (true) Math.random()
      return { version: live.version, listeners: [], clusters: [] }
    },
    reopen: () => {
      if (data.index === 0) throw new Error('the thread was told to die')
    },
  },
}).run()
