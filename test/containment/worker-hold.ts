/**
 * WorkerHold: how much of a processor a worker's thread took while a call waited for its answer. The event loop cannot
 * have been held for longer than that, and what else the machine does makes no difference to it.
 */
import { readdirSync, readFileSync } from 'node:fs'

const NS_PER_MS = 1_000_000

export class WorkerHold {
  readonly #file: string

  /** `pid` is the proxy's process, `index` the worker's. */
  constructor(pid: number, index: number) {
    const tasks = `/proc/${pid}/task`
    const thread = readdirSync(tasks).find((task) => nameOf(`${tasks}/${task}`) === `worker ${index}`)
    if (thread === undefined) throw new Error(`process ${pid} has no thread named worker ${index}`)
    this.#file = `${tasks}/${thread}/schedstat`
  }

  /** What the thread took until now, in milliseconds. */
  get takenMs(): number {
    return Number(readFileSync(this.#file, 'utf8').split(' ')[0]) / NS_PER_MS
  }
}

function nameOf(task: string): string {
  return readFileSync(`${task}/comm`, 'utf8').trim()
}
