/**
 * IsolateCodecFrames: messages as authors say them, written as operations: frames with their properties, and what else is said
 * about the bytes of a connection. Given as text, like all parts.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateCodecValues } from './isolate-codec-values.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateCodecFramesGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly values: IsolateValues
  readonly held: IsolateCodecValues
  readonly list: IsolateList
  readonly output: Uint8Array
}

/** Where a frame and its parts lie. */
export interface FramePlace {
  readonly size: number
  readonly headerSize: number
  readonly bodyAt: number
  readonly bodySize: number
}

export type IsolateCodecFrames = ReturnType<typeof isolateCodecFrames>

export function isolateCodecFrames(given: IsolateCodecFramesGiven) {
  const { abi, engine, held, list, output } = given
  const { op, frame, row, own } = abi.codec
  const { BaseError, WrongType, OutOfRange, floor, isArray, ownKeys, text } = engine
  const { isObject, shown } = given.values
  const { isSafeInteger } = Number
  const { asUintN } = BigInt
  const numeric = Number
  const U32 = 0x1_0000_0000
  const kinds = engine.table(abi.kind)
  const affinities = engine.table(abi.codec.affinity)

  function say(code: number, argument: number, said?: string | Uint8Array): void {
    list.begin(code, argument)
    if (said !== undefined) list.put(said)
    list.end()
  }
  /** Writes a text behind everything else of the payload, and where it is. */
  function refer(payload: number, ref: number, value: string | Uint8Array): void {
    const from = list.at()
    list.put(value)
    list.setWord(payload + ref, own + from - payload)
    list.setWord(payload + ref + 4, list.at() - from)
  }
  const names: string[] = []
  const values: (string | Uint8Array)[] = []
  let pairs = 0
  function propertyValue(value: unknown): string | Uint8Array {
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
      return text(value)
    return held.contents(value, 'the value of a property')
  }
  function addPair(name: unknown, value: unknown): void {
    if (typeof name !== 'string') throw new WrongType(`the key of a property is ${shown(name)}, no text`)
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) addOne(name, value[i])
    } else addOne(name, value)
  }
  function addOne(name: string, value: unknown): void {
    names[pairs] = name
    values[pairs] = propertyValue(value)
    pairs++
  }
  function gather(properties: unknown): void {
    pairs = 0
    if (properties === undefined) return
    if (!isObject(properties)) throw new WrongType('properties are neither an object nor a list of pairs')
    if (isArray(properties)) {
      for (let i = 0; i < properties.length; i++) {
        const pair: unknown = properties[i]
        if (!isArray(pair)) throw new WrongType('a property is no ["key", "value"]')
        addPair(pair[0], pair[1])
      }
    } else for (const name of ownKeys(properties)) addPair(name, properties[name])
  }
  function putId(payload: number, id: unknown): void {
    list.setWord(payload + frame.idLow, 0)
    list.setWord(payload + frame.idHigh, 0)
    if (id === undefined || id === null) return
    if (typeof id === 'number') {
      if (!isSafeInteger(id)) throw new OutOfRange(`the id ${id} is no whole number`)
      list.setWord(payload + frame.idLow, id >>> 0)
      list.setWord(payload + frame.idHigh, floor(id / U32) >>> 0)
    } else if (typeof id === 'bigint') {
      list.setWord(payload + frame.idLow, numeric(asUintN(32, id)))
      list.setWord(payload + frame.idHigh, numeric(asUintN(32, id >> 32n)))
    } else refer(payload, frame.idText, held.contents(id, 'the id'))
  }
  function sayFrame(said: Readonly<Record<string, unknown>>, place: FramePlace): void {
    const { kind: kindName, status, operation, streamId, idAt } = said
    const kind = kinds[text(kindName)]
    if (kind === undefined) throw new OutOfRange(`no message is of the kind "${text(kindName)}"`)
    gather(said['properties'])
    const refusal = refusals.get(said)
    list.begin(refusal === undefined ? op.frame : op.refused, kind)
    const payload = list.take(frame.bytes + pairs * row.bytes)
    for (let i = 0; i < frame.bytes; i++) output[payload + i] = 0
    list.setWord(payload + frame.size, place.size)
    list.setWord(payload + frame.headerSize, place.headerSize)
    list.setWord(payload + frame.status, typeof status === 'number' ? status : -1)
    list.setWord(payload + frame.streamId, streamId === undefined ? 0 : held.whole(streamId, 'the stream id'))
    list.setWord(payload + frame.idAt, idAt === undefined ? abi.none : held.whole(idAt, 'idAt'))
    list.setWord(payload + frame.body, place.bodyAt)
    list.setWord(payload + frame.body + 4, place.bodySize)
    list.setWord(payload + frame.properties, pairs)
    putId(payload, said['id'])
    if (operation !== undefined && operation !== null)
      refer(payload, frame.operation, propertyValue(operation))
    if (refusal !== undefined) refer(payload, frame.text, refusal)
    for (let i = 0, ref: number = frame.bytes; i < pairs; i++, ref += row.bytes) {
      refer(payload, ref + row.keyAt, names[i] ?? '')
      refer(payload, ref + row.valueAt, values[i] ?? '')
    }
    list.end()
    const { affinity, waitMs } = said
    if (affinity !== undefined || waitMs !== undefined) sayAffinity(affinity ?? 'shared', waitMs ?? 0)
  }
  /** Whether messages may say which connection they need. */
  let binds = false
  function sayAffinity(affinity: unknown, waitMs: unknown): void {
    if (!binds)
      throw new BaseError('a message has an affinity or waitMs: declare it, codec = { affinity: true, … }')
    const number = affinities[text(affinity)]
    if (number === undefined) throw new OutOfRange("affinity is 'shared', 'own' or 'release'")
    list.begin(op.affinity, number)
    list.word(waitMs === Infinity ? abi.none : held.whole(waitMs, 'waitMs'))
    list.end()
  }
  const refusals = new WeakMap<object, string | Uint8Array>()
  function messageOf(said: unknown): Readonly<Record<string, unknown>> {
    if (!isObject(said)) throw new WrongType('write message({ kind: "request", … })')
    return said
  }
  function refused(why: unknown, said: unknown): Readonly<Record<string, unknown>> {
    const message = messageOf(said)
    refusals.set(message, held.contents(why, 'the text'))
    return message
  }
  function sayPassed(size: number): void {
    list.begin(op.pass, 0)
    list.word(size)
    list.end()
  }
  function sayNeed(size: number): void {
    list.begin(op.need, 0)
    list.word(size)
    list.end()
  }

  return {
    say,
    sayFrame,
    sayNeed,
    sayPassed,
    messageOf,
    refused,
    /** Whether messages may say which connection they need. */
    bind: (may: boolean): void => {
      binds = may
    },
  }
}
