/** Codecs of guests for tests: in Lua, and of scripted answers; in the worker, or as if they ran in another process. */
import type { CodecLimits } from '../../core/guest/codec/codec-limits.ts'
import { createGuestCodec } from '../../core/guest/codec/create-guest-codec.ts'
import type { GuestInstance, GuestModule } from '../../core/guest/guest-instance.ts'
import { createLuaCodecModule } from '../../core/guest/lua/codec/create-lua-codec-module.ts'
import { compileInterpreter } from '../../core/guest/lua/interpreter-image.ts'
import { OpList } from '../../core/guest/op-list.ts'
import { Trap } from '../../core/guest/trap.ts'
import type { Codec } from '../../sdk/index.ts'
import { TestRuntime } from './test-runtime.ts'

const QUIET_TURNS = 2

let interpreter: WebAssembly.Module | undefined

export function luaModule(source: string, name = 'test.codec.lua'): GuestModule {
  interpreter ??= compileInterpreter()
  const module = createLuaCodecModule({ interpreter, name, file: Buffer.from(source) })
  if (module instanceof Trap) throw new Error(module.text)
  return module
}

export interface MadeCodec {
  readonly codec: Codec
  readonly runtime: TestRuntime
}

/** The codec of a module; throws with its reason when there is none. */
export async function guestCodec(
  module: GuestModule,
  config: unknown = {},
  limits: Partial<CodecLimits> = { fuelPerCall: 50_000_000, fuelPerByte: 2_000 },
  grants = 12,
): Promise<MadeCodec> {
  const runtime = new TestRuntime()
  const host = {
    clock: runtime.clock,
    log: runtime.log,
    shared: runtime.shared,
    random: () => runtime.random(),
  }
  const codec = createGuestCodec({
    ...{ protocol: 'test', plugin: 'test.codec', module, config, grants, host },
    limits,
    services: { defer: (work) => void setImmediate(work) },
  })
  if (codec instanceof Trap) throw new Error(`${codec.kind}: ${codec.text}`)
  if ('warm' in codec) await codec.warm()
  return { codec, runtime }
}

export async function luaCodec(source: string, config: unknown = {}): Promise<Codec> {
  return (await guestCodec(luaModule(source), config)).codec
}

/** The same guest, answering some turns later. */
export function later(module: GuestModule): GuestModule & { readonly idle: () => Promise<void> } {
  let last = Promise.resolve()
  const wrapped = (instance: GuestInstance): GuestInstance => ({
    fuelUsed: 0,
    memoryBytes: 0,
    close: () => instance.close(),
    call: (phase, bytes, size, fuel) => {
      const copy = Buffer.from(bytes.subarray(0, size))
      const ask = () => {
        const answer = instance.call(phase, copy, size, fuel)
        return answer instanceof OpList
          ? new OpList(Buffer.from(answer.bytes.subarray(answer.start, answer.end)))
          : answer
      }
      if (phase === 1) return ask()
      const answer = last.then(() => new Promise<void>((resolve) => setImmediate(resolve))).then(ask)
      last = answer.then(() => undefined)
      return answer as Promise<Exclude<Awaited<typeof answer>, object> | OpList | Trap>
    },
  })
  return {
    remote: true,
    idle: async () => {
      // What is answered may lead to another question, some steps later.
      for (let quiet = 0, before: unknown; quiet < QUIET_TURNS; quiet++) {
        if (before !== last) quiet = 0
        before = last
        await last
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    },
    instantiate: (host) => {
      const instance = module.instantiate(host)
      return instance instanceof Trap ? instance : wrapped(instance)
    },
  }
}
