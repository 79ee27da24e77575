/**
 * A Dubbo request from chunk to batch: decoded, shown to a filter, written under another id. What a filter adds
 * beside none is its own part and the codec's, which reads what it asks for and writes anew what it changed.
 */
import { ManualClock } from '../../../core/base/clock.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import { TimingWheel } from '../../../core/base/timing-wheel.ts'
import { createGuestFilter } from '../../../core/guest/create-guest-filter.ts'
import { bareGrants } from '../../../core/guest/grant.ts'
import { defaultGuestBudget } from '../../../core/guest/guest-budget.ts'
import type { GuestModule } from '../../../core/guest/guest-instance.ts'
import { createLuaModule } from '../../../core/guest/lua/create-lua-module.ts'
import { compileInterpreter } from '../../../core/guest/lua/interpreter-image.ts'
import { SharedBlocks } from '../../../core/guest/shared-blocks.ts'
import { compileWasm } from '../../../core/guest/wasm/compile-wasm.ts'
import { WasmGuest } from '../../../core/guest/wasm/wasm-guest.ts'
import { defaultWasmQuota } from '../../../core/guest/wasm/wasm-quota.ts'
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import { ByteWriter, type DecoderSink, type Filter, Mutation } from '../../../sdk/index.ts'
import { TestContext } from '../../../sdk/testing/test-context.ts'
import { TestExchange } from '../../../sdk/testing/test-exchange.ts'
import { taggingGuest } from '../../core/guest/wasm/tagging-guest.ts'
import { requestOfSize } from '../frames.ts'
import type { MicroBench } from './main.ts'

const MESSAGES = 16
/** A method that nobody calls, so that its filter sets nothing. */
const NEVER = 'sayNever'
const chunk = Buffer.concat(Array.from({ length: MESSAGES }, () => requestOfSize(311)))
/** Requests that bear a number which no other has, as those do that are traced. */
const traced = Array.from({ length: 256 }, (_, first) =>
  Buffer.concat(
    Array.from({ length: MESSAGES }, (_, i) => requestOfSize(311, { trace: traceOf(first * MESSAGES + i) })),
  ),
)
const context = new TestContext()
// As all filters of a worker have them.
const blocks = new SharedBlocks()
// What a worker counts in, instead of the one that tests read.
const inert = {
  listener: 'bench',
  protocol: 'dubbo',
  path: '',
  clusterNames: [],
  random: () => 0,
  cluster: () => undefined,
  problem: () => {},
  onReopen: () => {},
}
const inertExchange = new TestExchange({
  filter: {},
  clock: context.clock,
  request: decodedOf(new DubboCodec()),
})
const origin = { listener: 'bench', peer: '127.0.0.1:43210' }

const luaTagging = (method: string) => `reads = { "remote.application", "method" }
function onRequest(metadata, mutation)
  local caller = metadata.get("remote.application")
  if metadata.get("method") == "${method}" then mutation.set("x-tag", caller or "") end
end
`
const builtIn: Filter = {
  onRequest(metadata, mutation) {
    if (metadata.get('method') === 'sayHello') mutation.set('x-tag', metadata.get('remote.application') ?? '')
    return undefined
  },
}
const setting: Filter = {
  onRequest(_metadata, mutation) {
    mutation.set('x-tag', 'bench')
    return undefined
  },
}
const reading: Filter = {
  onRequest(metadata) {
    if (metadata.get('method') === metadata.get('remote.application')) return 'drop'
    return undefined
  },
}
const tenOf = (method?: string) =>
  Promise.all(Array.from({ length: 10 }, (_, i) => wasmFilter(taggedBy(`x-tag-${i}`, method))))

function taggedBy(key: string, method?: string): Uint8Array<ArrayBuffer> {
  return taggingGuest(key, { caller: 'remote.application', method })
}

function traceOf(number: number): string {
  return Math.imul(number + 1, 0x9e3779b1)
    .toString(16)
    .padStart(9, '0')
}

function decodedOf(codec: DubboCodec) {
  let decoded: Parameters<DecoderSink['message']>[0] | undefined
  const decoder = codec.createDecoder('request', { bodyBytesMax: 1024 * 1024 })
  decoder.decode(requestOfSize(311), {
    message: (message) => {
      decoded = message
    },
    need: () => {},
    refused: () => {},
    malformed: () => {},
  })
  if (decoded === undefined) throw new Error('no request')
  return decoded
}

async function wasmFilter(bytes: Uint8Array<ArrayBuffer>): Promise<Filter> {
  const compiled = await compileWasm({ bytes, grants: bareGrants, quota: defaultWasmQuota })
  if (compiled.kind === 'refused') throw new Error(compiled.text)
  return filterOf(new WasmGuest(compiled, defaultWasmQuota))
}

function luaFilter(method: string): Filter {
  const module = createLuaModule({
    interpreter: compileInterpreter(),
    name: 'tag.lua',
    file: Buffer.from(luaTagging(method)),
  })
  if ('kind' in module) throw new Error(module.text)
  return filterOf(module)
}

function filterOf(module: GuestModule): Filter {
  return createGuestFilter({
    plugin: 'tag',
    module,
    config: {},
    grants: bareGrants,
    policy: 'closed',
    budget: defaultGuestBudget,
    context: { ...inert, shared: Shared.alone(context.clock), clock: context.clock, log: context.log },
    services: { wheel: new TimingWheel(new ManualClock()), blocks, defer: (work) => work() },
  })
}

/** A whole chunk through the filters, with everything of the codec's before and behind them. */
function through(
  name: string,
  create: () => readonly Filter[] | Promise<readonly Filter[]>,
  chunks: readonly Buffer[] = [chunk],
): MicroBench {
  let filters: readonly Filter[] = []
  const codec = new DubboCodec()
  const decoder = codec.createDecoder('request', { bodyBytesMax: 8 * 1024 * 1024 })
  const out = new ByteWriter(Buffer.allocUnsafeSlow(65_536))
  let id = 0
  let problems = 0
  let next = 0
  const sink: DecoderSink = {
    message: (message) => {
      const mutation = new Mutation()
      message.mutation = mutation
      message.origin = origin
      for (const filter of filters) filter.onRequest?.(message, mutation, inertExchange)
      if (codec.encode(message, 0, ++id, out) !== undefined) problems++
    },
    need: () => {},
    refused: () => {},
    malformed: () => {},
  }
  return {
    name: `${name} (per message)`,
    prepare: async () => {
      filters = await create()
    },
    run: (iterations) => {
      let pieces = 0
      for (let i = 0; i < iterations; i += MESSAGES) {
        decoder.decode(chunks[next++ % chunks.length] ?? chunk, sink)
        pieces += out.take().length
        out.replaceBuffer(out.buffer)
      }
      if (problems > 0) throw new Error('a message could not be written')
      return pieces
    },
  }
}

export const benches: readonly MicroBench[] = [
  through('no filter', () => []),
  through('built-in, sets one', () => [setting]),
  through('built-in, two keys read, none set', () => [reading]),
  through('built-in, two keys read, one set', () => [builtIn]),
  through('WebAssembly, two keys read, none set', async () => [await wasmFilter(taggedBy('x-tag', NEVER))]),
  through('WebAssembly, two keys read, one set', async () => [await wasmFilter(taggedBy('x-tag'))]),
  through('the same, traced', async () => [await wasmFilter(taggedBy('x-tag'))], traced),
  through('ten of those, none set', () => tenOf(NEVER)),
  through('ten of those, one set by each', () => tenOf()),
  through('Lua, two keys read, none set', () => [luaFilter(NEVER)]),
  through('Lua, two keys read, one set', () => [luaFilter('sayHello')]),
]
