/**
 * What the kits make of the same work: a filter that reads two keys and sets one, and awesomerpc, sixteen requests of 311
 * bytes in a chunk. Languages whose compiler is not here are left out.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ManualClock } from '../../../core/base/clock.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import { TimingWheel } from '../../../core/base/timing-wheel.ts'
import { createGuestCodec } from '../../../core/guest/codec/create-guest-codec.ts'
import { createGuestFilter } from '../../../core/guest/create-guest-filter.ts'
import { bareGrants } from '../../../core/guest/grant.ts'
import { defaultGuestBudget } from '../../../core/guest/guest-budget.ts'
import type { GuestModule } from '../../../core/guest/guest-instance.ts'
import { Trap } from '../../../core/guest/trap.ts'
import { compileWasm } from '../../../core/guest/wasm/compile-wasm.ts'
import { WasmGuest } from '../../../core/guest/wasm/wasm-guest.ts'
import { defaultWasmQuota } from '../../../core/guest/wasm/wasm-quota.ts'
import { buildFilter } from '../../../sdk/guest/assemblyscript/build-filter.ts'
import { type DecoderSink, type Filter, Mutation } from '../../../sdk/index.ts'
import { fakeMessage } from '../../../sdk/testing/fake-message.ts'
import { TestContext } from '../../../sdk/testing/test-context.ts'
import { TestExchange } from '../../../sdk/testing/test-exchange.ts'
import { taggingGuest } from '../../core/guest/wasm/tagging-guest.ts'
import type { MicroBench } from './main.ts'

const MESSAGES = 16
const FRAME_BYTES = 311
const root = fileURLToPath(new URL('../../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'weir-kits-'))
const clock = new ManualClock()
// What a worker counts in, instead of what tests read.
const shared = Shared.alone(clock)
const context = Object.assign(new TestContext(), { shared })
const message = fakeMessage({ properties: { caller: 'web', method: 'sayHello' } })
message.idText = undefined
message.idLow = 77

async function guestOf(bytes: Uint8Array<ArrayBuffer>): Promise<GuestModule> {
  const compiled = await compileWasm({ bytes, grants: bareGrants, quota: defaultWasmQuota })
  if (compiled.kind === 'refused') throw new Error(compiled.text)
  return new WasmGuest(compiled, defaultWasmQuota)
}

async function assemblyscript(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const built = await buildFilter(join(root, file))
  if (built.kind === 'failed') throw new Error(built.text)
  return built.wasm
}

/** Nothing where there is no compiler. */
function scripted(language: string, file: string): readonly Uint8Array<ArrayBuffer>[] {
  const out = join(folder, `${language}.wasm`)
  try {
    execFileSync(join(root, 'sdk/guest', language, 'build.sh'), [join(root, file), out], { stdio: 'pipe' })
    return [new Uint8Array(readFileSync(out))]
  } catch {
    return []
  }
}

async function filtering(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<MicroBench> {
  const filter: Filter = createGuestFilter({
    plugin: 'tag',
    module: await guestOf(bytes),
    ...{ config: {}, grants: bareGrants, policy: 'closed', budget: defaultGuestBudget, context },
    services: { wheel: new TimingWheel(new ManualClock()), defer: (work) => work() },
  })
  const exchange = new TestExchange({ filter, clock: context.clock, request: message })
  return { name: `filter, ${name}`, run: (iterations) => runs(filter, exchange, iterations) }
}

function runs(filter: Filter, exchange: TestExchange, iterations: number): number {
  let edits = 0
  for (let i = 0; i < iterations; i++) {
    const mutation = new Mutation()
    message.mutation = mutation
    filter.onRequest?.(message, mutation, exchange)
    edits += mutation.edits.length
  }
  if (edits !== iterations) throw new Error(`recorded ${edits}`)
  return edits
}

async function decoding(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<MicroBench> {
  const host = { clock: context.clock, log: context.log, shared: context.shared, random: () => 0 }
  const codec = createGuestCodec({
    ...{ protocol: 'awesomerpc', plugin: 'awesomerpc', config: {}, grants: bareGrants, host },
    module: await guestOf(bytes),
    services: { defer: (work) => work() },
  })
  if (codec instanceof Trap) throw new Error(codec.text)
  const frame = Buffer.alloc(FRAME_BYTES, 'a')
  Buffer.from('010000000100000137000a0000', 'hex').copy(frame)
  const chunk = Buffer.concat(Array.from({ length: MESSAGES }, () => frame))
  const decoder = codec.createDecoder('request', { bodyBytesMax: 1 << 20 })
  let seen = 0
  const fail = (): never => {
    throw new Error('not understood')
  }
  const sink: DecoderSink = { message: () => seen++, need: () => {}, refused: fail, malformed: fail }
  return {
    name: `awesomerpc, ${name} (per message)`,
    run: (iterations) => {
      for (let i = 0; i < iterations; i += MESSAGES) decoder.decode(chunk, sink)
      return seen
    },
  }
}

const filters: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
  ['by hand', taggingGuest()],
  ['AssemblyScript', await assemblyscript('sdk/guest/assemblyscript/assembly/tag.ts')],
  ...scripted('c', 'sdk/guest/c/tag.c').map((wasm) => ['C', wasm] as const),
  ...scripted('rust', 'sdk/guest/rust/tag.rs').map((wasm) => ['Rust', wasm] as const),
  ...scripted('zig', 'sdk/guest/zig/tag.zig').map((wasm) => ['Zig', wasm] as const),
  ...scripted('go', 'sdk/guest/go/tag.go').map((wasm) => ['Go', wasm] as const),
]
const codecs: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
  ['AssemblyScript', await assemblyscript('examples/awesomerpc/assembly/awesomerpc.ts')],
  ...scripted('c', 'examples/awesomerpc/c/awesomerpc.c').map((wasm) => ['C', wasm] as const),
  ...scripted('rust', 'examples/awesomerpc/rust/awesomerpc.rs').map((wasm) => ['Rust', wasm] as const),
  ...scripted('go', 'examples/awesomerpc/go/awesomerpc.go').map((wasm) => ['Go', wasm] as const),
]

export const benches: readonly MicroBench[] = [
  ...(await Promise.all(filters.map(([name, wasm]) => filtering(name, wasm)))),
  ...(await Promise.all(codecs.map(([name, wasm]) => decoding(name, wasm)))),
]
