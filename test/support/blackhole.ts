/** Blackhole: an address of this machine whose connections are never completed, as if packets were dropped. */
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { eventually } from './eventually.ts'

/** Listens, tells its port, and never again looks at what comes. */
const SLEEPER = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
`

/** The system completes one connection more than the backlog says, and drops what asks for further ones. */
const QUEUE_COUNT = 2
const FILLERS_COUNT = 4

export class Blackhole {
  readonly address: string
  readonly #worker: Worker
  readonly #fillers: Socket[]

  private constructor(port: number, worker: Worker, fillers: Socket[]) {
    this.address = `127.0.0.1:${port}`
    this.#worker = worker
    this.#fillers = fillers
  }

  static async open(): Promise<Blackhole> {
    const worker = new Worker(SLEEPER, { eval: true })
    const port = await new Promise<number>((resolve) => worker.once('message', resolve))
    const fillers = Array.from({ length: FILLERS_COUNT }, () => connect(port, '127.0.0.1'))
    for (const socket of fillers) socket.on('error', () => undefined)
    const completed = (): number => fillers.filter(({ connecting }) => !connecting).length
    await eventually(() => completed() >= QUEUE_COUNT, 'the queue of the system is full')
    return new Blackhole(port, worker, fillers)
  }

  async close(): Promise<void> {
    for (const socket of this.#fillers) socket.destroy()
    await this.#worker.terminate()
  }
}
