/**
 * Recording: the one recording that may run in a worker at a time. It ends by itself when its time is over or nobody
 * fetches from it any more.
 */

import type { Clock } from '../../sdk/index.ts'
import type { DataPlane } from '../exchange/data-plane.ts'
import { type RecordBatch, Recorder } from '../exchange/recorder.ts'
import type { RecordCommand } from './protocol.ts'

/** Who records fetches several times a second; who has not for so long is gone. */
const LEASE_MS = 10_000
const NOTHING: RecordBatch = { records: [], dropped: 0, full: true }

export class Recording {
  readonly #plane: () => DataPlane
  readonly #clock: Clock
  #listener = ''
  #id = 0
  #recorder: Recorder | undefined = undefined
  #lease: NodeJS.Timeout | undefined = undefined

  constructor(plane: () => DataPlane, clock: Clock) {
    this.#plane = plane
    this.#clock = clock
  }

  /** A recording that has ended, or whose listener is another worker's, has no records. */
  obey(command: RecordCommand): RecordBatch {
    if (command.do === 'start') return this.#start(command)
    if (command.id !== this.#id) return NOTHING
    const batch = this.#recorder?.take() ?? NOTHING
    if (command.do === 'stop') this.#stop()
    else this.#renew()
    return batch
  }

  #start({ id, listener, options }: RecordCommand & { readonly do: 'start' }): RecordBatch {
    this.#stop()
    const recorder = new Recorder(options, this.#clock)
    this.#id = id
    if (!this.#plane().tap(listener, recorder)) return NOTHING
    this.#recorder = recorder
    this.#listener = listener
    this.#renew()
    return recorder.take()
  }

  #renew(): void {
    if (this.#recorder === undefined) return
    clearTimeout(this.#lease)
    this.#lease = setTimeout(() => this.#stop(), LEASE_MS)
    this.#lease.unref()
  }

  #stop(): void {
    clearTimeout(this.#lease)
    if (this.#recorder !== undefined) this.#plane().tap(this.#listener, undefined)
    this.#recorder = undefined
  }
}
