/**
 * Codecs of guests on sixteen frames of 311 bytes in a chunk, beside the hand-written codec: what decoding takes, what
 * writing another id takes, and what a mutation takes. In Lua, and in AssemblyScript where its compiler is there.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWasmRuntime } from '../../../core/plugin/wasm-runtime.ts'
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import { ByteWriter, type Codec, type Message, Mutation } from '../../../sdk/index.ts'
import { guestCodec, luaCodec } from '../../support/guest-codec.ts'
import { framedLua, framedWasm } from '../framed-codecs.ts'
import { requestOfSize } from '../frames.ts'
import type { MicroBench } from './main.ts'

const MESSAGES = 16
const FRAME_BYTES = 311
const chunk = Buffer.concat(Array.from({ length: MESSAGES }, () => requestOfSize(FRAME_BYTES)))

const changing = `${framedLua.replace('idAt = 4 }', "idAt = 4, writes = { 'flag' } }")}
function encode(message, mutation, w)
  w:keep(0, 2):u8(message:number('flag', 0, 255)):keep(3, 1):u64(message.id):u32(#message.body):bytes(message.body)
end`

function bench(name: string, codec: Codec, onMessage: (message: Message) => number): MicroBench {
  const decoder = codec.createDecoder('request', { bodyBytesMax: 1 << 20 })
  let seen = 0
  const fail = (text: string): never => {
    throw new Error(text)
  }
  const sink = {
    message: (message: Message) => {
      seen += onMessage(message)
    },
    need: () => {},
    refused: (_message: Message, text: string) => fail(text),
    malformed: (_code: string, text: string) => fail(text),
  }
  return {
    name: `${name} (per message)`,
    run: (iterations) => {
      for (let i = 0; i < iterations; i += MESSAGES) decoder.decode(chunk, sink)
      return seen
    },
  }
}

function passedOn(codec: Codec, edited: boolean): (message: Message) => number {
  const out = new ByteWriter()
  return (message) => {
    if (edited) {
      message.mutation = new Mutation()
      message.mutation.set('flag', '194')
    }
    const problem = codec.encode(message, 1, 2, out)
    if (problem !== undefined) throw new Error(problem)
    if (out.size < chunk.length) return 0
    out.take()
    out.replaceBuffer(out.buffer)
    return 1
  }
}

async function assemblyScript(): Promise<Codec | undefined> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-micro-'))
  try {
    const bytes = await framedWasm(dir)
    const wasmRuntime = createWasmRuntime()
    if (typeof bytes === 'string' || wasmRuntime.loadCodec === undefined) return undefined
    const source = { name: 'framed.codec', path: 'framed.codec.wasm', bytes: Buffer.from(bytes), grants: 12 }
    const { module } = await wasmRuntime.loadCodec({ ...source, fuel: undefined, memoryBytesMax: undefined })
    return (await guestCodec(module)).codec
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

const dubbo = new DubboCodec()
const lua = await luaCodec(framedLua)
const editing = await luaCodec(changing)
const wasm = await assemblyScript()

export const benches: readonly MicroBench[] = [
  bench('by hand: decode', dubbo, (message) => message.size),
  bench('Lua: decode', lua, (message) => message.size),
  bench('Lua: decode, under another id', lua, passedOn(lua, false)),
  bench('Lua: decode, changed', editing, passedOn(editing, true)),
  ...(wasm === undefined
    ? []
    : [
        bench('AssemblyScript: decode', wasm, (message: Message) => message.size),
        bench('AssemblyScript: decode, under another id', wasm, passedOn(wasm, false)),
      ]),
]
