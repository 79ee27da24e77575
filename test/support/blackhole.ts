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
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 20)
  })
`

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
    const fillers: Socket[] = []
    // The system completes connections until its queue is full; from the first that hangs on, all hang.
    for (let full = false; !full; ) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      fillers.push(socket)
      const since = performance.now()
      await eventually(() => !socket.connecting || performance.now() - since > 150, 'a connection or none')
      full = socket.connecting
    }
    return new Blackhole(port, worker, fillers)
  }

  async close(): Promise<void> {
    for (const socket of this.#fillers) socket.destroy()
    await this.#worker.terminate()
  }
}
