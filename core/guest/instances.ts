/**
 * Instances: the instance that a filter calls, and one in reserve, each configured before it is used. When one has
 * trapped it is closed and the reserve takes its place at once; the next reserve is made when the turn is over.
 */
import type { GuestInstance } from './guest-instance.ts'
import { Trap } from './trap.ts'

export interface InstancesParts {
  /** A new instance that has been configured, or why there is none. */
  create(): GuestInstance | Trap
  /** Runs something when the event loop has nothing better to do. */
  defer(work: () => void): void
  /** Whether an instance is held in reserve. */
  readonly spare: boolean
}

export class Instances {
  readonly #parts: InstancesParts
  #current: GuestInstance | undefined
  #spare: GuestInstance | undefined = undefined
  #deferred = false
  #closed = false

  constructor(first: GuestInstance, parts: InstancesParts) {
    this.#parts = parts
    this.#current = first
    this.#deferSpare()
  }

  /** The instance to call; a trap when none could be made. */
  get(): GuestInstance | Trap {
    return this.#current ?? this.#next()
  }

  /** Sums over what is there now. */
  get memoryBytes(): number {
    return (this.#current?.memoryBytes ?? 0) + (this.#spare?.memoryBytes ?? 0)
  }

  /** What the last call spent, if the instance that was called is still there and can tell. */
  get spent(): number | undefined {
    return this.#current?.spent?.()
  }

  /** The instance has trapped. False when it was replaced already, which several answers of one may tell. */
  discard(instance: GuestInstance): boolean {
    if (instance !== this.#current) return false
    instance.close()
    this.#current = this.#spare
    this.#spare = undefined
    this.#deferSpare()
    return true
  }

  close(): void {
    this.#closed = true
    this.#current?.close()
    this.#spare?.close()
    this.#current = undefined
    this.#spare = undefined
  }

  #next(): GuestInstance | Trap {
    if (this.#closed) return new Trap('exited', 'the plugin is no longer in use')
    const created = this.#parts.create()
    if (!(created instanceof Trap)) this.#current = created
    return created
  }

  #deferSpare(): void {
    if (this.#deferred || !this.#parts.spare || this.#closed) return
    this.#deferred = true
    this.#parts.defer(() => {
      this.#deferred = false
      if (this.#closed || this.#spare !== undefined) return
      const created = this.#parts.create()
      // A reserve that cannot be made is tried again when it is needed, and fails there where it is counted.
      if (created instanceof Trap) return
      if (this.#current === undefined) this.#current = created
      else this.#spare = created
    })
  }
}
