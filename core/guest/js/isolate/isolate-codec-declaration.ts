/** IsolateCodecDeclaration: what a codec says about its protocol when it is configured. Given as text, like all parts. */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateCodecDecoding } from './isolate-codec-decoding.ts'
import type { IsolateCodecEncoding } from './isolate-codec-encoding.ts'
import type { IsolateCodecFrames } from './isolate-codec-frames.ts'
import type { IsolateCodecMessages } from './isolate-codec-messages.ts'
import type { IsolateCodecValues } from './isolate-codec-values.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateExports } from './isolate-exports.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateCodecDeclarationGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly values: IsolateValues
  readonly held: IsolateCodecValues
  readonly list: IsolateList
  readonly output: Uint8Array
  readonly exported: IsolateExports
  readonly messages: IsolateCodecMessages
  readonly say: IsolateCodecFrames
  readonly decoding: IsolateCodecDecoding
  readonly encoding: IsolateCodecEncoding
}

export function isolateCodecDeclaration(given: IsolateCodecDeclarationGiven): () => void {
  const { abi, engine, held, list, output, exported, messages, say, decoding, encoding } = given
  const { codec } = abi
  const { op, declares, declaration } = codec
  const { BaseError, WrongType, OutOfRange, isArray, ownKeys, text } = engine
  const { isObject } = given.values
  const correlations = engine.table(codec.correlation)
  const names =
    'correlation idBits idText idAt idSize littleEndian writes magic frameSizeMax sniffBytes affinity pushes'
  const known = names.split(' ')

  /** Takes the author's functions; answers the bits of what is there. */
  function begin(): number {
    const one = exported.handler('decode')
    const all = exported.handler('decodeChunk')
    if (one === undefined && all === undefined) throw new BaseError('the codec exports no function decode')
    decoding.begin(one, all)
    const flags = encoding.begin()
    if (exported.handler('sniff') !== undefined)
      throw new BaseError('a codec in JavaScript is told by its magic: export no sniff, and give the magic')
    return flags
  }
  function declare(): void {
    const said = exported.value('codec')
    if (!isObject(said))
      throw new WrongType(
        "the codec says nothing about its protocol: export const codec = { correlation: 'id', … }",
      )
    for (const name of ownKeys(said))
      if (!known.includes(name)) throw new OutOfRange(`codec knows no "${name}"; known: ${names}`)
    const correlation = correlations[text(said['correlation'])]
    if (correlation === undefined) throw new OutOfRange("correlation is 'id', 'fifo' or 'exclusive'")
    const pushes = said['pushes'] === true
    const binds = pushes || said['affinity'] === true
    say.bind(binds)
    const flags = begin() | (binds ? declares.affinity : 0) | (pushes ? declares.pushes : 0)
    const asText = said['idText'] === true
    const bits = said['idBits'] === undefined ? (asText ? 31 : 0) : held.whole(said['idBits'], 'idBits', 255)
    const size =
      said['idSize'] === undefined
        ? asText
          ? 0
          : (bits + 7) >>> 3
        : held.whole(said['idSize'], 'idSize', 255)
    messages.wide(bits > 32)
    list.begin(op.codec, correlation)
    const at = list.take(declaration.bytes)
    for (let i = 0; i < declaration.bytes; i++) output[at + i] = 0
    output[at + declaration.id] = asText ? codec.id.text : bits > 0 ? codec.id.number : codec.id.none
    output[at + declaration.idBits] = bits
    output[at + declaration.flags] = flags
    output[at + declaration.flags + 1] = flags >>> 8
    list.setWord(
      at + declaration.idAt,
      said['idAt'] === undefined ? abi.none : held.whole(said['idAt'], 'idAt'),
    )
    output[at + declaration.idSize] = size
    output[at + declaration.idOrder] = said['littleEndian'] === true ? 1 : 0
    list.setWord(at + declaration.frameSizeMax, held.whole(said['frameSizeMax'] ?? 0, 'frameSizeMax'))
    list.setWord(at + declaration.sniffBytes, held.whole(said['sniffBytes'] ?? 0, 'sniffBytes'))
    list.end()
    declareWrites(said['writes'])
    if (said['magic'] !== undefined) say.say(op.magic, 0, held.magicOf(said['magic']))
  }
  function declareWrites(able: unknown): void {
    if (able === undefined || able === false) return
    if (able === true) {
      say.say(op.writesAll, 0)
      return
    }
    if (!isArray(able)) throw new WrongType('writes is neither true nor a list of keys')
    for (let i = 0; i < able.length; i++) {
      const key: unknown = able[i]
      if (typeof key !== 'string') throw new WrongType('a key in "writes" is no text')
      say.say(op.writes, 0, key)
    }
  }

  return declare
}
