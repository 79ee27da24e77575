/**
 * IsolateCodec: the author's view of a codec in JavaScript: the reader, the writer, the messages, and the loop over the
 * frames of a chunk. A read that finds too few bytes ends the loop by what it throws, at most once for a chunk. It is given
 * to the isolate as text, as all parts are, and only where the plugin is a codec.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateBlock } from './isolate-block.ts'
import type { Handler, IsolateExports } from './isolate-exports.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateText } from './isolate-text.ts'
import type { IsolateValues } from './isolate-values.ts'

/** The block, the list of operations, and what is thought of values, which it shares with the other parts. */
export interface IsolateCodecGiven {
  readonly abi: typeof Abi
  readonly texts: IsolateText
  readonly values: IsolateValues
  readonly block: IsolateBlock
  readonly list: IsolateList
  readonly output: Uint8Array
  readonly exported: IsolateExports
}

export interface IsolateCodec {
  /** What the protocol is like. */
  declare(): void
  /** Answers a block of this phase. */
  handle(during: number): void
  /** Another operation begins: the bytes that are being written end. */
  interrupt(): void
  readonly globals: Readonly<Record<string, unknown>>
}

export function isolateCodec(given: IsolateCodecGiven): IsolateCodec {
  const { abi, texts, list, output, exported } = given
  const { word, byte, copy } = given.block
  const { shown } = given.values
  const { codec } = abi
  const { op, block, frame, row, edit, phase, declares, declaration, own } = codec
  const { Error: BaseError, TypeError: WrongType, RangeError: OutOfRange } = globalThis
  const { floor, min, imul } = Math
  const { isSafeInteger, isInteger } = Number
  const { isArray } = Array
  const { keys: ownKeys, freeze, defineProperty, create } = Object
  const { asUintN, asIntN } = BigInt
  const text = String
  const numeric = Number
  const bigint = BigInt
  const Bytes = Uint8Array
  const FRAMES_MAX = 128
  const U32_MAX = 0xffff_ffff
  const U32 = 0x1_0000_0000
  const NUMBER_TEXT = /^-?\d{1,20}$/
  const { apply } = Reflect
  const { test: testIn } = RegExp.prototype
  const testText = (by: RegExp, what: string): boolean => apply(testIn, by, [what])

  function table(numbers: Readonly<Record<string, number>>): Record<string, number> {
    const made: Record<string, number> = create(null)
    for (const name of ownKeys(numbers)) made[name] = numbers[name] ?? 0
    return made
  }
  function namesOf(numbers: Readonly<Record<string, number>>): string[] {
    const names: string[] = []
    for (const name of ownKeys(numbers)) names[numbers[name] ?? 0] = name
    return names
  }
  const kinds = table(abi.kind)
  const kindNames = namesOf(abi.kind)
  const errorNames = namesOf(abi.error)
  const codes = table(codec.malformed)
  const correlations = table(codec.correlation)
  const affinities = table(codec.affinity)
  const editNames = namesOf(codec.editOp)

  // What ends the reading of a frame: too few bytes, and bytes that nobody understands.
  const MORE = freeze({})
  const BROKEN = freeze({})
  let wanted = 0
  let brokenCode = 0
  let brokenText: string | Uint8Array = ''
  function broken(said: string): never {
    brokenCode = 0
    brokenText = said
    throw BROKEN
  }
  function malformed(code: unknown, said?: unknown): never {
    const number = codes[text(code)]
    if (number === undefined) throw new OutOfRange(`no connection ends for the reason "${text(code)}"`)
    brokenText = said === undefined ? '' : contents(said, 'the text')
    brokenCode = number
    throw BROKEN
  }

  // Values.
  function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null
  }
  /** A text, bytes, or a list of the numbers of bytes. */
  function contents(value: unknown, what: string): string | Uint8Array {
    if (typeof value === 'string') return value
    const bytes = given.values.asBytes(value) ?? (isArray(value) ? listed(value, what) : undefined)
    if (bytes !== undefined) return bytes
    throw new WrongType(`${what} is ${shown(value)}, neither a Uint8Array nor a text`)
  }
  function listed(values: readonly unknown[], what: string): Uint8Array {
    const bytes = new Bytes(values.length)
    for (let i = 0; i < values.length; i++) {
      const byte = values[i]
      if (typeof byte !== 'number' || !isInteger(byte) || byte < 0 || byte > 255)
        throw new OutOfRange(`${what} is a list with something else than numbers from 0 to 255`)
      bytes[i] = byte
    }
    return bytes
  }
  function bytesOf(value: unknown, what: string): Uint8Array {
    const held = contents(value, what)
    return typeof held === 'string' ? new Bytes(given.values.bytesIn(held)) : held
  }
  /** What a text would not say as it is meant: `'\xca'` has two bytes. */
  function magicOf(value: unknown): Uint8Array {
    const bytes = bytesOf(value, 'a magic')
    if (typeof value === 'string' && bytes.length !== value.length)
      throw new OutOfRange('a magic beyond ASCII is a list of bytes: [0xca, 0x11]')
    return bytes
  }
  function whole(value: unknown, what: string, most = U32_MAX): number {
    const number = typeof value === 'bigint' ? numeric(value) : value
    if (typeof number === 'number' && isInteger(number) && number >= 0 && number <= most) return number
    throw new OutOfRange(`${what} is no whole number from 0 to ${most}`)
  }

  // The reader. `pos` is the place of the next byte, `from` that of the frame's first.
  interface Cursor {
    bytes: Uint8Array
    pos: number
    from: number
    end: number
    /** All bytes are there: a read that finds too few is a mistake. */
    readonly whole: boolean
    bodyAt: number
    bodySize: number
    direction: string | undefined
    state: string | undefined
    limit: number
  }
  function cursorOver(bytes: Uint8Array, all: boolean): Cursor {
    const none = { bodyAt: -1, bodySize: 0, direction: undefined, state: undefined, limit: 0 }
    return { bytes, pos: 0, from: 0, end: bytes.length, whole: all, ...none }
  }
  function more(c: Cursor, count: number): never {
    if (c.whole) throw new OutOfRange(`the reader has no ${count} more bytes`)
    wanted = c.pos - c.from + count
    throw MORE
  }
  function take(c: Cursor, size: number): number {
    const at = c.pos
    if (c.end - at < size) more(c, size)
    c.pos = at + size
    return at
  }
  function unsigned(c: Cursor, size: number, little: boolean): number {
    const { bytes } = c
    const at = take(c, size)
    let value = 0
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[little ? at + size - 1 - i : at + i] ?? 0)
    return value
  }
  function unsigned64(c: Cursor, little: boolean): bigint {
    if (c.end - c.pos < 8) more(c, 8)
    const first = unsigned(c, 4, little)
    const second = unsigned(c, 4, little)
    return little ? (bigint(second) << 32n) | bigint(first) : (bigint(first) << 32n) | bigint(second)
  }
  /** Groups of 7 bits, lowest first, at most 64 bits: where they end. */
  function groups(c: Cursor): number {
    for (let at = c.pos, size = 1; ; at++, size++) {
      if (at >= c.end) more(c, size)
      const byte = c.bytes[at] ?? 0
      if (size === 10 && byte > 1) malformed('header', 'a number of more than 64 bits')
      if (byte < 0x80) return at + 1
    }
  }
  function varint64(c: Cursor): bigint {
    const end = groups(c)
    let value = 0n
    for (let at = end - 1; at >= c.pos; at--) value = (value << 7n) | bigint((c.bytes[at] ?? 0) & 0x7f)
    c.pos = end
    return value
  }
  function varint(c: Cursor): number {
    const end = groups(c)
    let value = 0
    for (let at = end - 1; at >= c.pos; at--) value = value * 128 + ((c.bytes[at] ?? 0) & 0x7f)
    if (!isSafeInteger(value)) malformed('header', 'a number of more than 53 bits')
    c.pos = end
    return value
  }
  /** A size that the frame claims; with what stands before it, it has to fit the number of the frame's size. */
  function claimed(c: Cursor, value: unknown, what: string): number {
    const size = typeof value === 'bigint' ? numeric(value) : value
    if (typeof size !== 'number') throw new WrongType(`the size of ${what} is ${shown(value)}, no number`)
    if (!isInteger(size) || size < 0 || c.pos - c.from + size > U32_MAX)
      malformed('frame_size', `${what} of ${size} bytes`)
    return size
  }
  function lineOf(c: Cursor, most: unknown): string {
    const { bytes, pos, end } = c
    const max = most === undefined ? U32_MAX : whole(most, 'the largest line')
    let stop = pos
    while (stop < end && bytes[stop] !== 10 && stop - pos <= max) stop++
    if (stop - pos > max) malformed('frame_size', `a line of more than ${max} bytes`)
    if (stop >= end) {
      if (c.whole) throw new OutOfRange('the reader has no line feed')
      wanted = 0
      throw MORE
    }
    c.pos = stop + 1
    return texts.read(bytes, pos, stop > pos && bytes[stop - 1] === 13 ? stop - 1 : stop)
  }
  function expect(c: Cursor, value: unknown): void {
    const magic = magicOf(value)
    const here = min(magic.length, c.end - c.pos)
    for (let i = 0; i < here; i++) {
      if (c.bytes[c.pos + i] !== magic[i])
        malformed('magic', 'a frame begins with other bytes than those of the protocol')
    }
    take(c, magic.length)
  }
  function part(c: Cursor, from: number, size: number): Uint8Array {
    const copy = new Bytes(size)
    for (let i = 0; i < size; i++) copy[i] = c.bytes[from + i] ?? 0
    return copy
  }
  let cursorOf: (r: Reader) => Cursor = () => cursorOver(new Bytes(0), true)
  class Reader {
    readonly #cursor: Cursor
    static {
      cursorOf = (r) => r.#cursor
    }
    constructor(cursor: Cursor) {
      this.#cursor = cursor
    }
    get at(): number {
      return this.#cursor.pos - this.#cursor.from
    }
    get left(): number {
      const { end, pos } = this.#cursor
      return end > pos ? end - pos : 0
    }
    get direction(): string | undefined {
      return this.#cursor.direction
    }
    get limit(): number {
      return this.#cursor.limit
    }
    get state(): string | undefined {
      return this.#cursor.state
    }
    set state(value: unknown) {
      this.#cursor.state = stateOf(value)
    }
    u8(): number {
      const c = this.#cursor
      return c.bytes[take(c, 1)] ?? 0
    }
    u64(): bigint {
      return unsigned64(this.#cursor, false)
    }
    u64le(): bigint {
      return unsigned64(this.#cursor, true)
    }
    i64(): bigint {
      return asIntN(64, unsigned64(this.#cursor, false))
    }
    i64le(): bigint {
      return asIntN(64, unsigned64(this.#cursor, true))
    }
    varint(): number {
      return varint(this.#cursor)
    }
    varint64(): bigint {
      return varint64(this.#cursor)
    }
    zigzag(): number {
      const value = varint(this.#cursor)
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    zigzag64(): bigint {
      const value = varint64(this.#cursor)
      return (value >> 1n) ^ -(value & 1n)
    }
    bytes(size: unknown): Uint8Array {
      const c = this.#cursor
      const count = claimed(c, size, 'a part')
      return part(c, take(c, count), count)
    }
    text(size: unknown): string {
      const c = this.#cursor
      const count = claimed(c, size, 'a text')
      const at = take(c, count)
      return texts.read(c.bytes, at, at + count)
    }
    line(most?: unknown): string {
      return lineOf(this.#cursor, most)
    }
    skip(size: unknown): void {
      this.#cursor.pos += claimed(this.#cursor, size, 'a part')
    }
    body(size: unknown): void {
      const c = this.#cursor
      c.bodySize = claimed(c, size, 'a body')
      c.bodyAt = c.pos - c.from
      c.pos += c.bodySize
    }
    magic(value: unknown): void {
      expect(this.#cursor, value)
    }
  }
  for (const size of [1, 2, 3, 4]) {
    const half = 2 ** (size * 8 - 1)
    for (const order of ['', 'le']) {
      const little = order !== ''
      const u = function (this: Reader): number {
        return unsigned(cursorOf(this), size, little)
      }
      const i = function (this: Reader): number {
        const value = unsigned(cursorOf(this), size, little)
        return value < half ? value : value - half * 2
      }
      if (size > 1 || little) defineProperty(Reader.prototype, `u${size * 8}${order}`, { value: u })
      defineProperty(Reader.prototype, `i${size * 8}${order}`, { value: i })
    }
  }
  freeze(Reader.prototype)
  function stateOf(value: unknown): string | undefined {
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined
    const bytes = bytesOf(value, 'the state')
    return texts.read(bytes, 0, bytes.length)
  }

  // Frames.
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
    return contents(value, 'the value of a property')
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
    } else refer(payload, frame.idText, contents(id, 'the id'))
  }
  interface Place {
    readonly size: number
    readonly headerSize: number
    readonly bodyAt: number
    readonly bodySize: number
  }
  function sayFrame(said: Readonly<Record<string, unknown>>, place: Place): void {
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
    list.setWord(payload + frame.streamId, streamId === undefined ? 0 : whole(streamId, 'the stream id'))
    list.setWord(payload + frame.idAt, idAt === undefined ? abi.none : whole(idAt, 'idAt'))
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
    list.word(waitMs === Infinity ? abi.none : whole(waitMs, 'waitMs'))
    list.end()
  }
  const refusals = new WeakMap<object, string | Uint8Array>()
  function messageOf(said: unknown): Readonly<Record<string, unknown>> {
    if (!isObject(said)) throw new WrongType('write message({ kind: "request", … })')
    return said
  }
  function refused(why: unknown, said: unknown): Readonly<Record<string, unknown>> {
    const message = messageOf(said)
    refusals.set(message, contents(why, 'the text'))
    return message
  }

  // Decoding: everything that is whole in one call. What is answered for bytes that are no message is this:
  const PASSED = freeze({})
  function sayPassed(size: number): void {
    list.begin(op.pass, 0)
    list.word(size)
    list.end()
  }
  /** What the state was when the frame that is read began: that one is begun anew when bytes are missing. */
  let stateBefore: string | undefined
  const current = cursorOver(new Bytes(0), false)
  const currentReader = new Reader(current)
  let decodeOne: Handler | undefined
  let decodeAll: Handler | undefined
  function frames(): void {
    const c = current
    for (let done = 0; c.pos < c.end && done < FRAMES_MAX; done++) {
      const { pos: from } = c
      c.from = from
      c.bodyAt = -1
      c.bodySize = 0
      stateBefore = c.state
      const said = decodeOne?.(currentReader)
      if (!isObject(said)) throw new WrongType('decode returned no message({ … })')
      const size = said['size'] === undefined ? c.pos - from : whole(said['size'], 'the size of a frame')
      if (size < 1) throw new BaseError('decode read nothing')
      if (said === PASSED) {
        sayPassed(size)
        c.pos = from + size
        continue
      }
      const read = c.bodyAt < 0 ? size : c.bodyAt
      const headerSize =
        said['headerSize'] === undefined ? read : whole(said['headerSize'], 'the size of a header')
      sayFrame(said, { size, headerSize, bodyAt: c.bodyAt < 0 ? 0 : c.bodyAt, bodySize: c.bodySize })
      c.pos = from + size
    }
  }
  function sinkFrame(said: unknown): void {
    const message = messageOf(said)
    const numberOf = (name: string, otherwise: number): number =>
      message[name] === undefined ? otherwise : whole(message[name], name)
    const size = numberOf('size', 0)
    const headerSize = numberOf('headerSize', size)
    sayFrame(message, { size, headerSize, bodyAt: numberOf('bodyAt', 0), bodySize: numberOf('bodySize', 0) })
  }
  const sink = freeze({
    message: sinkFrame,
    refused: (why: unknown, said: unknown) => sinkFrame(refused(why, said)),
    passed: (size: unknown) => sayPassed(whole(size, 'what is passed over')),
    need: (size: unknown) => sayNeed(whole(size, 'what is needed')),
    malformed,
    get direction() {
      return current.direction
    },
    get state() {
      return current.state
    },
    set state(value: unknown) {
      current.state = stateOf(value)
    },
    get limit() {
      return current.limit
    },
  })
  function sayNeed(size: number): void {
    list.begin(op.need, 0)
    list.word(size)
    list.end()
  }
  function decode(): void {
    const c = current
    const before = word(block.state) === 0 ? undefined : textAt(block.state)
    c.bytes = given.block.memory()
    c.pos = given.block.placeOf(word(block.frame))
    c.from = c.pos
    c.end = c.pos + word(block.frame + 4)
    c.direction = directionOf()
    c.limit = word(block.frameSize)
    c.state = before
    let ending: unknown
    try {
      if (decodeAll === undefined) frames()
      else decodeAll(copy(word(block.frame), word(block.frame + 4)), sink)
    } catch (thrown) {
      if (thrown !== MORE && (thrown !== BROKEN || brokenCode === 0)) throw thrown
      ending = thrown
    }
    if (ending === MORE && decodeAll === undefined) c.state = stateBefore
    if (c.state !== before) say(op.state, 0, c.state ?? '')
    if (ending === MORE) sayNeed(wanted)
    else if (ending === BROKEN) say(op.malformed, brokenCode, brokenText)
  }

  // The writer. What does not fit in its field is a problem of the message.
  let streaming = false
  let streamAt = 0
  let streamed = 0
  function stream(): void {
    if (streaming) return
    list.begin(op.bytes, 0)
    streaming = true
    streamAt = list.at()
  }
  function interrupt(): void {
    if (!streaming) return
    streaming = false
    streamed += list.at() - streamAt
    list.end()
  }
  function unfit(name: string, value: unknown): never {
    if (typeof value === 'number' || typeof value === 'bigint') broken(`${name} does not hold ${text(value)}`)
    throw new WrongType(`w.${name} writes a number, and was given ${shown(value)}`)
  }
  function numberIn(name: string, value: unknown): number | bigint {
    if (typeof value === 'bigint' || (typeof value === 'number' && isSafeInteger(value))) return value
    return unfit(name, value)
  }
  function spread(at: number, size: number, little: boolean, low: number, high: number): void {
    for (let i = 0; i < size; i++) {
      output[little ? at + i : at + size - 1 - i] = i < 4 ? low >>> (i * 8) : high >>> ((i - 4) * 8)
    }
  }
  interface Field {
    readonly name: string
    readonly size: number
    readonly little: boolean
    readonly least: bigint
    readonly most: bigint
  }
  function putNumber({ name, size, little, least, most }: Field, value: unknown): object {
    const number = numberIn(name, value)
    if (number < least || number > most) unfit(name, value)
    stream()
    const at = list.take(size)
    if (typeof number === 'number') spread(at, size, little, number >>> 0, floor(number / U32) >>> 0)
    else spread(at, size, little, numeric(asUintN(32, number)), numeric(asUintN(32, number >> 32n)))
    return w
  }
  function patch({ name, size, little, most }: Field, at: unknown, value: unknown): object {
    const place = streamAt + whole(at, 'the place') - streamed
    const number = typeof value === 'bigint' ? numeric(value) : value
    if (typeof number !== 'number' || !isInteger(number) || number < 0 || number > numeric(most))
      unfit(name, value)
    if (!streaming || place < streamAt || place + size > list.at())
      throw new OutOfRange('what is written over was not written, or is a range of the frame that is kept')
    spread(place, size, little, number >>> 0, 0)
    return w
  }
  function putVarint(name: string, value: unknown, zigzag: boolean): object {
    const number = bigint(numberIn(name, value))
    let rest = zigzag ? (number << 1n) ^ (number >> 63n) : number
    if (rest < 0n || asUintN(64, rest) !== rest) unfit(name, value)
    stream()
    for (; rest > 0x7fn; rest >>= 7n) output[list.take(1)] = numeric(rest & 0x7fn) | 0x80
    output[list.take(1)] = numeric(rest)
    return w
  }
  function putContents(value: unknown): object {
    const held = contents(value, 'what is written')
    stream()
    list.put(held)
    return w
  }
  const w: Record<string, unknown> = {}
  function method(name: string, value: Handler): void {
    defineProperty(w, name, { value, enumerable: true })
  }
  for (const size of [1, 2, 3, 4, 8]) {
    const bits = size * 8
    const most = (1n << bigint(bits)) - 1n
    for (const order of ['', 'le']) {
      const field = { size, little: order !== '' }
      const u = { ...field, name: `u${bits}${order}`, least: 0n, most }
      const i = { ...field, name: `i${bits}${order}`, least: -(most >> 1n) - 1n, most: most >> 1n }
      method(u.name, (value) => putNumber(u, value))
      method(i.name, (value) => putNumber(i, value))
      if (size < 8) method(`u${bits}At${order}`, (at, value) => patch(u, at, value))
    }
  }
  method('varint', (value) => putVarint('varint', value, false))
  method('varint64', (value) => putVarint('varint64', value, false))
  method('zigzag', (value) => putVarint('zigzag', value, true))
  method('zigzag64', (value) => putVarint('zigzag64', value, true))
  method('bytes', putContents)
  method('text', putContents)
  method('keep', (at, size) => {
    const kept = whole(size, 'how much is kept')
    interrupt()
    list.begin(op.keep, 0)
    list.word(whole(at, 'the place'))
    list.word(kept)
    list.end()
    streamed += kept
    return w
  })
  defineProperty(w, 'at', { get: () => streamed + (streaming ? list.at() - streamAt : 0) })
  freeze(w)

  // What is written: a message with the edits applied.
  type Pair = readonly [key: string, value: string]
  function textAt(field: number): string {
    const place = word(field)
    return place === 0 ? '' : given.block.text(place, word(field + 4))
  }
  function bytesAt(field: number): Uint8Array {
    return copy(word(field), word(field) === 0 ? 0 : word(field + 4))
  }
  function directionOf(): string {
    return byte(block.direction) === codec.direction.request ? 'request' : 'response'
  }
  let wideIds = false
  function idToWrite(): number | bigint | string {
    if ((byte(block.flags) & codec.blockFlag.idText) !== 0) return textAt(block.idText)
    if (!wideIds) return word(block.idLow)
    return (bigint(word(block.idHigh)) << 32n) | bigint(word(block.idLow))
  }
  function properties(): Pair[] {
    const found: Pair[] = []
    const at = word(block.propertiesAt)
    for (let i = 0, place = at; i < word(block.properties); i++, place += row.bytes)
      found[i] = [textAt(place + row.keyAt), textAt(place + row.valueAt)]
    return found
  }
  interface Edit {
    readonly op: string
    readonly key: string
    readonly value: string
  }
  function edits(): Edit[] {
    const found: Edit[] = []
    const at = word(block.editsAt)
    for (let i = 0, place = at; i < word(block.edits); i++, place += edit.bytes) {
      const name = editNames[word(place + edit.op)] ?? ''
      found[i] = { op: name, key: textAt(place + edit.keyAt), value: textAt(place + edit.valueAt) }
    }
    return found
  }
  function edited(before: readonly Pair[], { op: how, key, value }: Edit): Pair[] {
    const after: Pair[] = []
    let placed = how === 'remove'
    for (let i = 0; i < before.length; i++) {
      const pair = before[i] ?? ['', '']
      if (how === 'add' || pair[0] !== key) after[after.length] = pair
      else if (!placed) {
        after[after.length] = [key, value]
        placed = true
      }
    }
    if (!placed) after[after.length] = [key, value]
    return after
  }
  class Carried {
    readonly properties: readonly Pair[]
    constructor(held: readonly Pair[]) {
      this.properties = held
    }
    getAll(key: unknown): string[] {
      const all: string[] = []
      for (let i = 0; i < this.properties.length; i++) {
        const pair = this.properties[i]
        if (pair !== undefined && pair[0] === key) all[all.length] = pair[1]
      }
      return all
    }
    get(key: unknown): string | undefined {
      return this.getAll(key)[0]
    }
    has(key: unknown): boolean {
      return this.getAll(key).length > 0
    }
    /** The one whole number of a property that a field holds; anything else is a problem of the message. */
    number(key: unknown, least?: number, most?: number): number {
      const all = this.getAll(key)
      const said = all[0] ?? ''
      const number = numeric(said)
      const exact = all.length === 1 && testText(NUMBER_TEXT, said) && isSafeInteger(number)
      if (exact && number >= (least ?? number) && number <= (most ?? number)) return number
      const range = least === undefined || most === undefined ? '' : ` from ${least} to ${most}`
      return broken(`"${text(key)}" has to be one whole number${range}`)
    }
  }
  interface Outside {
    readonly bytes: Uint8Array
    readonly body: Uint8Array
  }
  class Outgoing extends Carried {
    readonly kind = kindNames[byte(block.kind)]
    readonly direction = directionOf()
    readonly status = word(block.status) | 0
    readonly id = idToWrite()
    readonly streamId = word(block.streamId)
    readonly headerSize = word(block.headerSize)
    readonly size = word(block.frameSize)
    readonly operation = textAt(block.operation)
    readonly bytes: Uint8Array
    readonly body: Uint8Array
    constructor(held: readonly Pair[], { bytes, body }: Outside) {
      super(held)
      this.bytes = bytes
      this.body = body
    }
  }
  /** A request that is answered; of its frame the beginning is there. */
  function requestWith(held: readonly Pair[]): Outgoing {
    const bytes = bytesAt(block.frame)
    const header = min(word(block.headerSize), bytes.length)
    return new Outgoing(held, { bytes, body: copy(word(block.frame) + header, bytes.length - header) })
  }
  const handlers: Record<string, Handler | undefined> = create(null)
  /** Where the answer may be that it cannot be written. */
  function written(work: () => unknown): void {
    let problem: unknown
    try {
      problem = work()
    } catch (thrown) {
      if (thrown !== BROKEN) throw thrown
      problem = brokenText
    }
    interrupt()
    if (problem === undefined || problem === null || problem === w) return
    say(op.problem, 0, contents(problem, 'what was returned'))
  }
  function mustWrite(work: () => unknown): void {
    try {
      work()
    } catch (thrown) {
      if (thrown === BROKEN) throw new BaseError(text(brokenText))
      throw thrown
    }
    interrupt()
  }
  function encode(): void {
    const recorded = edits()
    const newBody = word(block.newBody) === 0 ? undefined : bytesAt(block.newBody)
    let held = properties()
    for (let i = 0; i < recorded.length; i++) {
      const each = recorded[i]
      if (each !== undefined) held = edited(held, each)
    }
    const message = new Outgoing(held, { bytes: bytesAt(block.frame), body: newBody ?? bytesAt(block.body) })
    written(() => handlers['encode']?.(message, { edits: recorded, body: newBody }, w))
  }
  function encodeError(): void {
    const request = requestWith(properties())
    const error = { kind: errorNames[byte(block.error)], text: textAt(block.text) }
    mustWrite(() => handlers['encodeError']?.(request, error, w))
  }
  class Reply extends Carried {
    readonly body: Uint8Array | undefined = word(block.newBody) === 0 ? undefined : bytesAt(block.newBody)
  }
  function encodeReply(): void {
    const request = requestWith([])
    const answer = new Reply(properties())
    written(() => handlers['encodeReply']?.(request, answer, w))
  }

  // Sums.
  const crcTable = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) === 1 ? (rest >>> 1) ^ 0xedb8_8320 : rest >>> 1
    crcTable[byte] = rest
  }
  function crc32(value: unknown): number {
    const bytes = bytesOf(value, 'what is summed')
    let rest = -1
    for (let i = 0; i < bytes.length; i++)
      rest = (rest >>> 8) ^ (crcTable[(rest ^ (bytes[i] ?? 0)) & 0xff] ?? 0)
    return ~rest >>> 0
  }
  function adler32(value: unknown): number {
    const bytes = bytesOf(value, 'what is summed')
    let low = 1
    let high = 0
    for (let i = 0; i < bytes.length; i++) {
      low = (low + (bytes[i] ?? 0)) % 65_521
      high = (high + low) % 65_521
    }
    return high * 65_536 + low
  }
  function fnv1a(value: unknown): number {
    const bytes = bytesOf(value, 'what is summed')
    let hash = 0x811c_9dc5
    for (let i = 0; i < bytes.length; i++) hash = imul(hash ^ (bytes[i] ?? 0), 0x0100_0193)
    return hash >>> 0
  }

  // What the codec declares.
  const known =
    'correlation idBits idText idAt idSize littleEndian writes magic frameSizeMax sniffBytes affinity pushes'.split(
      ' ',
    )
  function flagsOf(): number {
    const able = [
      ['encode', declares.encode],
      ['encodeReply', declares.reply],
      ['encodeHeartbeat', declares.heartbeat],
      ['encodeHeartbeatReply', declares.heartbeatReply],
      ['encodeDrain', declares.drain],
      ['encodePreface', declares.preface],
    ] as const
    let flags = 0
    for (const [name, bit] of able) {
      handlers[name] = exported.handler(name)
      if (handlers[name] !== undefined) flags |= bit
    }
    return flags
  }
  function functions(): number {
    decodeOne = exported.handler('decode')
    decodeAll = exported.handler('decodeChunk')
    if (decodeOne === undefined && decodeAll === undefined)
      throw new BaseError('the codec exports no function decode')
    handlers['encodeError'] = exported.handler('encodeError')
    if (handlers['encodeError'] === undefined)
      throw new BaseError('the codec exports no function encodeError: callers would wait for ever')
    if (exported.handler('sniff') !== undefined)
      throw new BaseError('a codec in JavaScript is told by its magic: export no sniff, and give the magic')
    if (exported.handler('encodeDrainReply') !== undefined)
      throw new BaseError('a codec in JavaScript answers no leave-taking: export no encodeDrainReply')
    return flagsOf()
  }
  function declare(): void {
    const said = exported.value('codec')
    if (!isObject(said))
      throw new WrongType(
        "the codec says nothing about its protocol: export const codec = { correlation: 'id', … }",
      )
    for (const name of ownKeys(said))
      if (!known.includes(name)) throw new OutOfRange(`codec knows no "${name}"`)
    const correlation = correlations[text(said['correlation'])]
    if (correlation === undefined) throw new OutOfRange("correlation is 'id', 'fifo' or 'exclusive'")
    const pushes = said['pushes'] === true
    binds = pushes || said['affinity'] === true
    const flags = functions() | (binds ? declares.affinity : 0) | (pushes ? declares.pushes : 0)
    const asText = said['idText'] === true
    const bits = said['idBits'] === undefined ? (asText ? 31 : 0) : whole(said['idBits'], 'idBits', 255)
    const size =
      said['idSize'] === undefined ? (asText ? 0 : (bits + 7) >>> 3) : whole(said['idSize'], 'idSize', 255)
    wideIds = bits > 32
    list.begin(op.codec, correlation)
    const at = list.take(declaration.bytes)
    for (let i = 0; i < declaration.bytes; i++) output[at + i] = 0
    output[at + declaration.id] = asText ? codec.id.text : bits > 0 ? codec.id.number : codec.id.none
    output[at + declaration.idBits] = bits
    output[at + declaration.flags] = flags
    output[at + declaration.flags + 1] = flags >>> 8
    list.setWord(at + declaration.idAt, said['idAt'] === undefined ? abi.none : whole(said['idAt'], 'idAt'))
    output[at + declaration.idSize] = size
    output[at + declaration.idOrder] = said['littleEndian'] === true ? 1 : 0
    list.setWord(at + declaration.frameSizeMax, whole(said['frameSizeMax'] ?? 0, 'frameSizeMax'))
    list.setWord(at + declaration.sniffBytes, whole(said['sniffBytes'] ?? 0, 'sniffBytes'))
    list.end()
    declareWrites(said['writes'])
    if (said['magic'] !== undefined) say(op.magic, 0, magicOf(said['magic']))
  }
  function declareWrites(able: unknown): void {
    if (able === undefined || able === false) return
    if (able === true) {
      say(op.writesAll, 0)
      return
    }
    if (!isArray(able)) throw new WrongType('writes is neither true nor a list of keys')
    for (let i = 0; i < able.length; i++) {
      const key: unknown = able[i]
      if (typeof key !== 'string') throw new WrongType('a key in "writes" is no text')
      say(op.writes, 0, key)
    }
  }

  return {
    declare,
    interrupt,
    handle: (during) => {
      streaming = false
      streamed = 0
      if (during === phase.decode) decode()
      else if (during === phase.encode) encode()
      else if (during === phase.encodeError) encodeError()
      else if (during === phase.encodeReply) encodeReply()
      else if (during === phase.encodeHeartbeat) {
        const id = idToWrite()
        mustWrite(() => handlers['encodeHeartbeat']?.(id, w))
      } else if (during === phase.encodeHeartbeatReply) {
        const request = requestWith(properties())
        mustWrite(() => handlers['encodeHeartbeatReply']?.(request, w))
      } else if (during === phase.encodeDrain) mustWrite(() => handlers['encodeDrain']?.(w))
      else if (during === phase.encodePreface) {
        const direction = directionOf()
        mustWrite(() => handlers['encodePreface']?.(direction, w))
      } else throw new OutOfRange(`phase ${during} is none that a codec in JavaScript is asked in`)
    },
    globals: {
      message: freeze(messageOf),
      refused: freeze(refused),
      passed: freeze(() => PASSED),
      malformed: freeze(malformed),
      reader: freeze((bytes: unknown) => new Reader(cursorOver(bytesOf(bytes, 'what is read'), true))),
      crc32: freeze(crc32),
      adler32: freeze(adler32),
      fnv1a: freeze(fnv1a),
    },
  }
}
