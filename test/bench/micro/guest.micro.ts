/** A WebAssembly filter that reads two keys of a Dubbo request and sets one, against no filter and a built-in one. */

import { ManualClock } from '../../../core/base/clock.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import { TimingWheel } from '../../../core/base/timing-wheel.ts'
import { BlockWriter } from '../../../core/guest/block.ts'
import { createGuestFilter } from '../../../core/guest/create-guest-filter.ts'
import { bareGrants } from '../../../core/guest/grant.ts'
import { defaultGuestBudget } from '../../../core/guest/guest-budget.ts'
import { compileWasm } from '../../../core/guest/wasm/compile-wasm.ts'
import { WasmGuest } from '../../../core/guest/wasm/wasm-guest.ts'
import { defaultWasmQuota } from '../../../core/guest/wasm/wasm-quota.ts'
import { abi } from '../../../sdk/abi/abi.ts'
import { type Exchange, type Filter, type Message, Mutation } from '../../../sdk/index.ts'
import { fakeMessage } from '../../../sdk/testing/fake-message.ts'
import { TestContext } from '../../../sdk/testing/test-context.ts'
import { TestExchange } from '../../../sdk/testing/test-exchange.ts'
import { taggingGuest } from '../../core/guest/wasm/tagging-guest.ts'
import type { MicroBench } from './main.ts'

const properties = Object.fromEntries(
  Array.from({ length: 10 }, (_, i) => [`property-${i}`, flat(`the value of property ${i}`)]),
)
const context = new TestContext()
// What a worker counts in, instead of the one that tests read.
const inert = {
  listener: 'in',
  protocol: 'fake',
  path: '',
  clusterNames: [],
  random: () => 0,
  cluster: () => undefined,
  problem: () => {},
  onReopen: () => {},
}
const filter = await wasmFilter()
const message = fakeMessage({ properties: { caller: 'web', method: 'sayHello', ...properties } })
// As most protocols have it, and not a text.
message.idText = undefined
message.idLow = 77
const exchange = new TestExchange({ filter, clock: context.clock, request: message })

/** As a decoder makes it: one run of characters, not pieces put together. */
function flat(text: string): string {
  return Buffer.from(text).toString('latin1')
}

async function wasmFilter(): Promise<Filter> {
  const compiled = await compileWasm({ bytes: taggingGuest(), grants: bareGrants, quota: defaultWasmQuota })
  if (compiled.kind === 'refused') throw new Error(compiled.text)
  return createGuestFilter({
    plugin: 'tag',
    module: new WasmGuest(compiled, defaultWasmQuota),
    config: {},
    grants: bareGrants,
    policy: 'closed',
    budget: defaultGuestBudget,
    context: { ...inert, shared: Shared.alone(context.clock), clock: context.clock, log: context.log },
    services: { wheel: new TimingWheel(new ManualClock()), defer: (work) => work() },
  })
}

const builtIn: Filter = {
  onRequest(metadata, mutation) {
    if (metadata.get('method') === 'sayHello') mutation.set('x-tag', metadata.get('caller') ?? '')
    return undefined
  },
}

function asking(name: string, asked: Filter): MicroBench {
  return { name, run: (iterations) => runs(asked, message, exchange, iterations) }
}

function runs(asked: Filter, request: Message, during: Exchange, iterations: number): number {
  let edits = 0
  for (let i = 0; i < iterations; i++) {
    const mutation = new Mutation()
    request.mutation = mutation
    asked.onRequest?.(request, mutation, during)
    edits += mutation.edits.length
  }
  if (edits !== (asked === nothing ? 0 : iterations)) throw new Error(`recorded ${edits}`)
  return edits
}

const nothing: Filter = {}

function writing(name: string, keys: readonly string[]): MicroBench {
  const writer = new BlockWriter()
  const times = { nowMs: 0, wallMs: 0 }
  const reads = { keys, allKeys: false, body: false, operation: false }
  return {
    name,
    run: (iterations) => {
      message.mutation = undefined
      let size = 0
      for (let i = 0; i < iterations; i++) {
        writer.begin(abi.phase.request, times)
        writer.message(message, i, reads)
        writer.finish()
        size += writer.size
      }
      return size
    },
  }
}

export const benches: readonly MicroBench[] = [
  asking('no filter, a new mutation', nothing),
  asking('built-in, two keys read, one set', builtIn),
  asking('WebAssembly, two keys read, one set', filter),
  writing('a block of no properties', []),
  writing('a block of two properties', ['caller', 'method']),
  writing('a block of ten properties', Object.keys(properties)),
]
