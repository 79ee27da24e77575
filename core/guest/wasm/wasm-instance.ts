/**
 * WasmInstance: one running module. It refuels the guest, hands it the block, and reads where its answer is; whatever
 * goes wrong in between is a trap, after which the instance is only closed.
 */

import { abi } from '../../../sdk/abi/abi.ts'
import type { GuestAnswer, GuestInstance } from '../guest-instance.ts'
import { OpList } from '../op-list.ts'
import { Trap } from '../trap.ts'
import { GuestMemory } from './guest-memory.ts'
import type { HostCall } from './host-call.ts'
import { meterExports } from './meter/module-writer.ts'
import type { SourcePlaces } from './source/source-places.ts'
import { trapOf } from './trap-of.ts'
import type { WasmQuota } from './wasm-quota.ts'

/** Those without a result answer `undefined`, which nobody looks at. */
type Export = (...values: number[]) => number

/** The buffer that is asked for at first; a larger one has room for twice what is needed. */
const INPUT_BYTES_MIN = 4_096

export interface WasmInstanceParts {
  readonly exports: Readonly<Record<string, unknown>>
  readonly call: HostCall
  readonly quota: WasmQuota
  readonly places: SourcePlaces
}

export class WasmInstance implements GuestInstance {
  readonly #memory: GuestMemory
  readonly #refuel: Export
  readonly #call: Export
  readonly #input: Export
  readonly #hostCall: HostCall
  readonly #quota: WasmQuota
  readonly #places: SourcePlaces
  readonly #list = new OpList()
  /** The fuel with which the last call began. */
  #given: number
  #fuelUsed = 0
  #inputAt = 0
  #inputBytes = 0

  private constructor(parts: WasmInstanceParts, memory: WebAssembly.Memory) {
    const { exports } = parts
    this.#memory = new GuestMemory(memory)
    this.#refuel = exportOf(exports, meterExports.refuel)
    this.#call = exportOf(exports, 'weir_call')
    this.#input = exportOf(exports, 'weir_input')
    this.#hostCall = parts.call
    this.#quota = parts.quota
    this.#places = parts.places
    this.#given = parts.quota.fuelToStart
    parts.call.attach(this.#memory, (units) => this.#refuel(units))
  }

  /** An instance whose start functions have run. The fuel that is left is for its configuration. */
  static start(parts: WasmInstanceParts): WasmInstance | Trap {
    const { memory } = parts.exports
    if (!(memory instanceof WebAssembly.Memory)) return new Trap('abi', 'it exports no memory')
    const instance = new WasmInstance(parts, memory)
    const trap = instance.#run(parts.exports)
    return trap ?? instance
  }

  get fuelUsed(): number {
    return this.#fuelUsed
  }

  get memoryBytes(): number {
    return this.#memory.size
  }

  call(phase: number, bytes: Buffer, size: number, fuel?: number): GuestAnswer {
    try {
      if (phase !== abi.phase.configure) this.#fill(fuel)
      if (size > this.#inputBytes) {
        const trap = this.#makeRoom(size)
        if (trap !== undefined) return trap
      }
      this.#memory.fill(this.#inputAt, bytes, size)
      const pointer = this.#call(phase, size)
      if (pointer === 0) return undefined
      return this.#memory.list(pointer, this.#list) ? this.#list : outside('its answer')
    } catch (error) {
      return this.#trapped(error)
    }
  }

  spent(): number {
    const left = this.#refuel(0)
    this.#refuel(left)
    return this.#given - Math.max(left, 0)
  }

  /** The memory goes with the last reference to the instance. */
  close(): void {}

  #fill(fuel: number | undefined): void {
    const { fuelPerCall } = this.#quota
    const given = fuel === undefined ? fuelPerCall : Math.min(fuel, fuelPerCall)
    this.#fuelUsed = this.#given - this.#refuel(given)
    this.#given = given
  }

  #run(exports: Readonly<Record<string, unknown>>): Trap | undefined {
    try {
      this.#refuel(this.#quota.fuelToStart)
      for (const name of [meterExports.start, '_initialize']) {
        if (exports[name] !== undefined) exportOf(exports, name)()
      }
      return undefined
    } catch (error) {
      return this.#trapped(error)
    }
  }

  #makeRoom(size: number): Trap | undefined {
    const wanted = Math.max(INPUT_BYTES_MIN, size * 2)
    const pointer = this.#input(wanted) >>> 0
    if (pointer === 0 || !this.#memory.holds(pointer, wanted)) return outside('the buffer for blocks')
    this.#inputAt = pointer
    this.#inputBytes = wanted
    return undefined
  }

  #trapped(error: unknown): Trap {
    const left = this.#refuel(0)
    this.#fuelUsed = this.#given - Math.max(left, 0)
    return trapOf(error, left, { stopped: this.#hostCall.takeStopped(), places: this.#places })
  }
}

/** The types of what is called were looked at when the module was compiled. */
function exportOf(exports: Readonly<Record<string, unknown>>, name: string): Export {
  const exported = exports[name]
  if (!isExport(exported)) throw new Error(`the module exports no function ${name}`)
  return exported
}

function isExport(value: unknown): value is Export {
  return typeof value === 'function'
}

function outside(what: string): Trap {
  return new Trap('abi', `the guest says that ${what} is outside of its memory`)
}
