import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { LogRelay } from '../../../core/worker/log-relay.ts'
import type { FromWorker, ToWorker, WorkerRequest } from '../../../core/worker/protocol.ts'
import { type Prepared, ThreadRunner } from '../../../core/worker/thread-runner.ts'
import { eventually } from '../../support/eventually.ts'

const facts = {
  ...{ adminAddress: '', workers: undefined, drainMs: 0, listeners: [], clusters: [] },
  logLevel: 'info',
} as const
const opened: MessageChannel[] = []

afterEach(() => {
  for (const { port1, port2 } of opened.splice(0)) {
    port1.close()
    port2.close()
  }
})

/** A worker that takes its time with everything, and the main thread's end of it. */
function create() {
  const prepared = Promise.withResolvers<void>()
  const bound = Promise.withResolvers<void>()
  const done: string[] = []
  const channel = new MessageChannel()
  opened.push(channel)
  const answers: FromWorker[] = []
  channel.port2.on('message', (message: FromWorker) => answers.push(message))
  const preparedNow: Prepared = {
    facts,
    commit: async () => {
      done.push('commit begins')
      await bound.promise
      done.push('committed')
      return []
    },
    abort: () => void done.push('aborted'),
  }
  const host = {
    prepare: async () => {
      done.push('prepare begins')
      await prepared.promise
      return preparedNow
    },
    drain: async () => void done.push('drained'),
    report: () => ({ version: 0, listeners: [], clusters: [] }),
    record: () => ({ records: [], dropped: 0, full: true }),
    reopen: () => undefined,
  }
  const relay = new LogRelay(() => undefined, new SharedArrayBuffer(4))
  new ThreadRunner({ port: channel.port1, host, control: { level: 'info' }, relay }).run()
  let id = 0
  const ask = (request: WorkerRequest) => {
    const message: ToWorker = { type: 'request', id: ++id, request }
    channel.port2.postMessage(message)
    const answered = (each: FromWorker) => 'id' in each && each.id === message.id
    return async () => {
      await eventually(() => answers.some(answered), `an answer to ${request.type}`)
      return answers.find(answered)
    }
  }
  return { ask, done, prepared, bound }
}

const PREPARE: WorkerRequest = { type: 'prepare', config: { file: '', text: '', version: 1 } }
const COMMIT: WorkerRequest = { type: 'commit', bound: [] }
const DRAIN: WorkerRequest = { type: 'drain', timeoutMs: 1 }
const STOPPING = { type: 'refusal', problems: ['the proxy is stopping'], stopping: true }

describe('ThreadRunner', () => {
  it('drains while something is prepared, which does not go live any more', async () => {
    const { ask, done, prepared } = create()
    const [preparing, committing] = [ask(PREPARE), ask(COMMIT)]
    expect(await ask(DRAIN)()).toMatchObject({ type: 'answer', answer: { type: 'done' } })
    prepared.resolve()
    expect(await preparing()).toMatchObject({ type: 'answer' })
    expect(await committing()).toMatchObject(STOPPING)
    expect(done).toEqual(['prepare begins', 'drained', 'aborted'])
    expect(await ask(PREPARE)()).toMatchObject(STOPPING)
    expect(done).toHaveLength(3)
  })

  it('drains what goes live when it is told to, as soon as it is live', async () => {
    const { ask, done, prepared, bound } = create()
    prepared.resolve()
    await ask(PREPARE)()
    const committing = ask(COMMIT)
    const draining = ask(DRAIN)
    await eventually(() => done.includes('commit begins'), 'it goes live')
    bound.resolve()
    expect(await committing()).toMatchObject({ type: 'answer' })
    await draining()
    expect(done).toEqual(['prepare begins', 'commit begins', 'committed', 'drained'])
  })
})
