/** WasmGuest: a compiled WebAssembly plugin, from which instances are made, each with its own memory and fuel. */
import type { GuestHost } from '../guest-host.ts'
import type { GuestInstance, GuestModule } from '../guest-instance.ts'
import { Trap } from '../trap.ts'
import { type CompiledWasm, meterQuota, offers } from './compile-wasm.ts'
import { HostCall } from './host-call.ts'
import { SourcePlaces } from './source/source-places.ts'
import { WasmInstance } from './wasm-instance.ts'
import type { WasmQuota } from './wasm-quota.ts'

export class WasmGuest implements GuestModule {
  readonly remote = false
  readonly #compiled: CompiledWasm
  readonly #quota: WasmQuota
  readonly #places: SourcePlaces

  constructor(compiled: CompiledWasm, quota: WasmQuota) {
    this.#compiled = compiled
    this.#quota = quota
    this.#places = new SourcePlaces(compiled.code, meterQuota(quota))
  }

  get fuelPerTurn(): number {
    return this.#quota.fuelPerTurn
  }

  instantiate(host: GuestHost): GuestInstance | Trap {
    const call = new HostCall(host)
    try {
      const instance = new WebAssembly.Instance(this.#compiled.module, this.#imports(call))
      return WasmInstance.start({
        exports: instance.exports,
        call,
        quota: this.#quota,
        places: this.#places,
      })
    } catch (error) {
      // A segment that does not fit its memory or table, or no address space for another memory.
      return new Trap('memory', error instanceof Error ? error.message : 'it cannot be instantiated')
    }
  }

  #imports(call: HostCall): WebAssembly.Imports {
    const imports: Record<string, Record<string, unknown>> = {}
    for (const { module, name } of this.#compiled.facts.imports) {
      const offer = offers.find((candidate) => candidate.module === module && candidate.name === name)
      imports[module] ??= {}
      imports[module][name] = offer?.create(call)
    }
    return imports
  }
}
