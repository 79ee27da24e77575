/**
 * IsolateProgram: the author's view in JavaScript. It reads the block and writes the list of operations where they lie,
 * in two pieces of memory that the host shares with the isolate; only numbers cross otherwise. It runs inside of the
 * isolate, beside the plugin, and so is given to it as text: it may use nothing but its arguments and JavaScript itself,
 * and of that only what it took hold of before the plugin ran. A trusted plugin has it in the worker.
 */
import type { abi as Abi } from '../../../sdk/abi/abi.ts'
import type { IsolateCodec, IsolateCodecGiven } from './isolate-codec.ts'
import type { IsolateStore } from './isolate-store.ts'
import type { IsolateText } from './isolate-text.ts'

export interface IsolateGiven {
  readonly abi: typeof Abi
  readonly texts: IsolateText
  /** The file's name, which the lines of a stack are looked up by. */
  readonly file: string
  /** Keys that the source names. */
  readonly keys: readonly string[]
  /** Bits of `abi.want` that the source shows. */
  readonly wants: number
  readonly linesMax: number
  readonly lineBytesMax: number
  readonly errorBytesMax: number
  /** Blocks are written to the one and answers to the other. */
  readonly input: ArrayBufferLike
  readonly output: ArrayBufferLike
  /** The key-value store; absent where there is none to be asked. */
  readonly store?: IsolateStore
  /** What a codec says and is asked; absent where the plugin is a filter. */
  readonly codec?: ((given: IsolateCodecGiven) => IsolateCodec) | undefined
  /** Whether the globals are the plugin's own: they are cleared of what it may not have, and given what it may. */
  readonly alone: boolean
}

/** What the host calls. Numbers only; texts lie in the output. */
export interface IsolateCalls {
  /** Another piece of memory for blocks. */
  room(input: ArrayBufferLike): void
  /** The module's exports. */
  begin(namespace: unknown): void
  /**
   * The block is in the input. Answers the size of the list in the output, 0 for none, or below 0 the size of what is
   * told about a failure; it lies behind the list: a byte for its kind (0 error, 1 stack, 2 budget), and text.
   */
  call(): number
  /** The manifest as JSON, likewise. */
  manifest(): number
  /** What the author calls by name. */
  readonly globals: Readonly<Record<string, unknown>>
}

export function isolateProgram(given: IsolateGiven): IsolateCalls {
  // What the program uses later is taken hold of now: afterwards the plugin may have changed it.
  const { abi, file, texts } = given
  const { op, want, phase, phaseBit, grant, record, recordFlag, property, header } = abi
  const { configure, outcome, resume, restore } = abi
  const G = globalThis
  const { Error: BaseError, TypeError: WrongType, RangeError: OutOfRange } = G
  const { fromCharCode } = String
  const { floor, random } = Math
  const { isArray } = Array
  const { keys: ownKeys, freeze, defineProperty, create, getOwnPropertyNames } = Object
  const { apply, construct } = Reflect
  const { parse, stringify } = JSON
  const text = String
  const bigint = BigInt
  const Bytes = Uint8Array
  const Words = Uint32Array
  const Floats = Float64Array
  const bindThis = Function.prototype.call.bind(Function.prototype.bind, Function.prototype.call)
  const charCodeAt: (value: string, at: number) => number = bindThis(String.prototype.charCodeAt)
  const indexOf: (value: string, what: string, from?: number) => number = bindThis(String.prototype.indexOf)
  const slice: (value: string, from: number, to?: number) => string = bindThis(String.prototype.slice)
  const split: (value: string, by: string) => string[] = bindThis(String.prototype.split)
  const subarray: (bytes: Uint8Array, from: number, to: number) => Uint8Array = bindThis(
    Bytes.prototype.subarray,
  )
  const copyInto: (bytes: Uint8Array, from: ArrayLike<number>, at: number) => void = bindThis(
    Bytes.prototype.set,
  )
  const tagOf: (value: unknown) => string | undefined = bindThis(
    Reflect.getOwnPropertyDescriptor(Reflect.getPrototypeOf(Bytes.prototype) ?? {}, Symbol.toStringTag)
      ?.get ?? (() => undefined),
  )
  const sortTexts: (values: string[]) => string[] = bindThis(Array.prototype.sort)

  const errorNumbers: Record<string, number> = table(abi.error)
  const kindNames = namesOf(abi.kind)
  const resultNames = namesOf(abi.result)
  const errorNames = namesOf(abi.error)
  const phaseNames = namesOf(phase)
  const reasonNames = namesOf(abi.resumeReason)
  const flagNames = ownKeys(abi.outcomeFlag)
  const flagBits: Record<string, number> = table(abi.outcomeFlag)
  const NONE = abi.none

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

  // The memory.
  let input = new Bytes(given.input)
  let words = new Words(given.input)
  let floats = new Floats(given.input)
  const output = new Bytes(given.output)
  const outputWords = new Words(given.output)
  const room = output.length - given.errorBytesMax - 64

  function readText(from: number, size: number): string {
    return texts.read(input, from, from + size)
  }

  // The list of operations. What does not fit ends the call.
  let at = 4
  let open = 0
  let logs = 0
  let counts = 0
  let handle = 0
  const tooLong = freeze({})
  function fits(size: number): void {
    if (at + size > room) throw tooLong
  }
  function putWord(word: number): void {
    fits(4)
    output[at] = word
    output[at + 1] = word >>> 8
    output[at + 2] = word >>> 16
    output[at + 3] = word >>> 24
    at += 4
  }
  function putText(value: string): void {
    // Room for three bytes a unit where that is nothing, else for what it takes.
    const { length } = value
    if (at + length * 3 > room) putBytes(bytesIn(value))
    else at = texts.write(value, output, at)
  }
  function bytesIn(value: string): Uint8Array {
    const sink = new Bytes(value.length * 3)
    const end = texts.write(value, sink, 0)
    return subarray(sink, 0, end)
  }
  function putBytes(bytes: Uint8Array): void {
    fits(bytes.length)
    copyInto(output, bytes, at)
    at += bytes.length
  }
  function putEither(value: string | Uint8Array): void {
    if (typeof value === 'string') putText(value)
    else putBytes(value)
  }
  function beginOp(code: number, argument: number): void {
    codec?.interrupt()
    fits(16)
    while ((at & 3) !== 0) output[at++] = 0
    open = at
    outputWords[at >> 2] = code | (argument << 8)
    outputWords[(at >> 2) + 2] = handle
    at += 12
  }
  /** The first word says how much of the list is whole, also when the call is stopped in the middle. */
  function endOp(): void {
    outputWords[(open >> 2) + 1] = at - open
    outputWords[0] = at
  }
  /** Writes a size of four bytes before something whose size is known afterwards. */
  function sized(put: () => void): void {
    putWord(0)
    const from = at
    put()
    const size = at - from
    output[from - 4] = size
    output[from - 3] = size >>> 8
    output[from - 2] = size >>> 16
    output[from - 1] = size >>> 24
  }

  // What authors hand over.
  function plain(value: unknown, what: string): string {
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'bigint') return text(value)
    throw new WrongType(`${what} is ${shown(value)}, not a text`)
  }
  function contents(value: unknown, what: string): string | Uint8Array {
    if (typeof value === 'string') return value
    const bytes = asBytes(value)
    if (bytes !== undefined) return bytes
    throw new WrongType(`${what} is ${shown(value)}, neither a Uint8Array nor a text`)
  }
  function asBytes(value: unknown): Uint8Array | undefined {
    return value instanceof Bytes && tagOf(value) === 'Uint8Array' ? value : undefined
  }
  function shown(value: unknown): string {
    if (value === null) return 'null'
    return typeof value === 'object'
      ? 'an object'
      : typeof value === 'undefined'
        ? 'missing'
        : `a ${typeof value}`
  }
  function whole(value: unknown, what: string): number {
    const number = typeof value === 'number' ? floor(value) : Number.NaN
    if (number >= 0 && number <= NONE) return number
    throw new OutOfRange(`${what} is no number from 0 to ${NONE}`)
  }
  function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null
  }

  /** What was configured, by its number: 0 is the plugin's, the others are those of routes. */
  const configs: unknown[] = []

  // Metadata: a view of the record that is handled now, and one of the record beside it.
  const slots: Record<string, number> = create(null)
  let slotCount = 0
  interface View {
    at: number
    readonly shows: object
  }
  function word(view: View, field: number): number {
    if (view.at === 0) throw new BaseError('metadata can only be read while a message is handled')
    return words[(view.at + field) >>> 2] ?? 0
  }
  function textAt(view: View, field: number): string {
    const place = word(view, field)
    return place === 0 ? '' : readText(view.at + place, words[(view.at + field + 4) >>> 2] ?? 0)
  }
  /** The row of a key's first value; 0 when there is none. */
  function rowOf(view: View, key: unknown): number {
    if (typeof key !== 'string') throw new WrongType('the key is missing: write metadata.get("name")')
    const count = word(view, record.kind) >>> 16
    const slot = slots[key] ?? -1
    let row = view.at + word(view, record.propertiesAt)
    for (const end = row + count * property.bytes; row < end; row += property.bytes) {
      const sizes = words[(row + property.keySize) >>> 2] ?? 0
      const rowSlot = sizes >>> 16
      if (rowSlot === slot) return row
      if (rowSlot === property.noSlot && keyAt(view, row) === key) return row
    }
    if (slot < 0 && ((word(view, record.kind) >>> 8) & recordFlag.allKeys) === 0) {
      throw new BaseError(
        `the filter did not say that it reads "${slice(key, 0, 80)}": add it to export const reads`,
      )
    }
    return 0
  }
  function keyAt(view: View, row: number): string {
    const size = (words[(row + property.keySize) >>> 2] ?? 0) & 0xffff
    return readText(view.at + (words[row >>> 2] ?? 0), size)
  }
  function valueAt(view: View, row: number): string {
    const place = words[(row + property.valueAt) >>> 2] ?? 0
    return readText(view.at + place, words[(row + property.valueSize) >>> 2] ?? 0)
  }
  function rowsEnd(view: View): number {
    return view.at + word(view, record.propertiesAt) + (word(view, record.kind) >>> 16) * property.bytes
  }
  function getAll(view: View, key: unknown): string[] {
    const values: string[] = []
    let row = rowOf(view, key)
    if (row === 0) return values
    const first = words[row >>> 2]
    for (const end = rowsEnd(view); row < end && words[row >>> 2] === first; row += property.bytes) {
      values[values.length] = valueAt(view, row)
    }
    return values
  }
  function listKeys(view: View): string[] {
    const found: string[] = []
    let before = -1
    const end = rowsEnd(view)
    for (let row = view.at + word(view, record.propertiesAt); row < end; row += property.bytes) {
      const place = words[row >>> 2] ?? 0
      if (place !== before) found[found.length] = keyAt(view, row)
      before = place
    }
    return found
  }
  function flags(view: View): number {
    return (word(view, record.kind) >>> 8) & 0xff
  }
  function needs(field: string, declaration: string): Error {
    return new BaseError(`metadata.${field} is not here: write export const reads = { ${declaration} }`)
  }
  function requestId(view: View): string {
    if ((flags(view) & recordFlag.idText) !== 0) return textAt(view, record.idText)
    const high = word(view, record.idHigh)
    const low = word(view, record.idLow)
    return high === 0 ? text(low) : text((bigint(high) << 32n) | bigint(low))
  }
  function bodyOf(view: View): Uint8Array {
    if ((flags(view) & recordFlag.body) === 0) throw needs('body', 'body: true')
    const from = view.at + word(view, record.body)
    const size = word(view, record.body + 4)
    return copyOf(from, size)
  }
  function copyOf(from: number, size: number): Uint8Array {
    const copy = new Bytes(size)
    copyInto(copy, subarray(input, from, from + size), 0)
    return copy
  }
  function operationOf(view: View): string {
    if (word(view, record.operation) === 0) throw needs('operation', 'operation: true')
    return textAt(view, record.operation)
  }
  function requestBeside(): object {
    if (beside === undefined || beside.at === 0) throw needs('request', 'request: true')
    return beside.shows
  }
  function viewFields(view: View): Record<string, () => unknown> {
    return {
      operation: () => operationOf(view),
      requestId: () => requestId(view),
      status: () => word(view, record.status) | 0,
      size: () => word(view, record.headerSize) + word(view, record.bodySize),
      headerSize: () => word(view, record.headerSize),
      bodySize: () => word(view, record.bodySize),
      streamId: () => word(view, record.streamId),
      listener: () => textAt(view, record.listener),
      peer: () => textAt(view, record.peer),
      protocol: () => textAt(view, record.protocol),
      kind: () => kindNames[word(view, record.kind) & 0xff] ?? '',
      problem: () => (word(view, record.problem) === 0 ? undefined : textAt(view, record.problem)),
      body: () => bodyOf(view),
      config: () => configs[(flags(view) & recordFlag.config) === 0 ? 0 : word(view, record.config)],
    }
  }
  function withFields(target: object, fields: Readonly<Record<string, () => unknown>>): object {
    for (const name of ownKeys(fields)) {
      const get = fields[name]
      if (get !== undefined) defineProperty(target, name, { get, enumerable: true })
    }
    return freeze(target)
  }
  function viewing(more: Readonly<Record<string, () => unknown>>): View {
    const target = {}
    const view: View = { at: 0, shows: target }
    const methods: Record<string, unknown> = {
      get: (key: unknown) => {
        const row = rowOf(view, key)
        return row === 0 ? undefined : valueAt(view, row)
      },
      getAll: (key: unknown) => getAll(view, key),
      has: (key: unknown) => rowOf(view, key) !== 0,
      keys: () => listKeys(view),
    }
    for (const name of ownKeys(methods)) defineProperty(target, name, { value: freeze(methods[name]) })
    withFields(target, { ...viewFields(view), ...more })
    return view
  }
  let beside: View | undefined
  const shownBeside = viewing({})
  beside = shownBeside
  const message = viewing({ request: requestBeside })

  // What a phase adds.
  let extra = 0
  function extraWord(field: number): number {
    if (extra === 0) throw new BaseError('this can only be read while a message is handled')
    return words[(extra + field) >>> 2] ?? 0
  }
  function extraText(field: number): string {
    const place = extraWord(field)
    return place === 0 ? '' : readText(message.at + place, words[(extra + field + 4) >>> 2] ?? 0)
  }
  function extraFloat(field: number): number {
    extraWord(field)
    return floats[(extra + field) >>> 3] ?? 0
  }
  const outcomeView = withFields(
    {},
    {
      result: () => resultNames[extraWord(outcome.result) & 0xff],
      error: () => errorNames[(extraWord(outcome.result) >>> 8) & 0xff],
      errorText: () => extraText(outcome.errorText),
      status: () => extraWord(outcome.responseStatus) | 0,
      durationMs: () => extraFloat(outcome.durationMs),
      upstreamMs: () => extraFloat(outcome.upstreamMs),
      requestBytes: () => extraWord(outcome.requestBytes),
      responseBytes: () => extraWord(outcome.responseBytes),
      attempts: () => extraWord(outcome.attempts),
      cluster: () => extraText(outcome.cluster),
      endpoint: () => extraText(outcome.endpoint),
      flags: () => {
        const bits = extraWord(outcome.result) >>> 16
        const held: Record<string, boolean> = {}
        for (const name of flagNames) if ((bits & (flagBits[name] ?? 0)) !== 0) held[name] = true
        return held
      },
    },
  )
  const resumeView = withFields(
    {},
    {
      reason: () => reasonNames[extraWord(resume.reason) & 0xff],
      phase: () => phaseNames[(extraWord(resume.reason) >>> 8) & 0xff],
      pauses: () => extraWord(resume.reason) >>> 16,
      text: () => extraText(resume.text),
      response: () => (shownBeside.at === 0 ? undefined : shownBeside.shows),
    },
  )

  // Mutation.
  let editable = false
  function checkEditable(): void {
    if (!editable) throw new BaseError('nothing can be changed here: only a message that is handled can')
  }
  function edit(code: number, key: unknown, value: unknown): void {
    checkEditable()
    const name = plain(key, 'the key')
    const given = plain(value, 'the value')
    beginOp(code, 0)
    sized(() => putText(name))
    putText(given)
    endOp()
  }
  const mutation = freeze({
    set: freeze((key: unknown, value: unknown) => edit(op.set, key, value)),
    add: freeze((key: unknown, value: unknown) => edit(op.add, key, value)),
    remove: freeze((key: unknown) => {
      checkEditable()
      const name = plain(key, 'the key')
      beginOp(op.remove, 0)
      putText(name)
      endOp()
    }),
    body: freeze((bytes: unknown) => {
      checkEditable()
      const body = contents(bytes, 'the body')
      beginOp(op.body, 0)
      putEither(body)
      endOp()
    }),
  })

  // Log and counters.
  function lineOf(values: readonly unknown[]): string {
    let line = ''
    for (let i = 0; i < values.length; i++) {
      const value = values[i]
      const shownAs =
        isObject(value) && !(value instanceof BaseError) ? (stringify(value) ?? text(value)) : text(value)
      line += (i === 0 ? '' : ' ') + shownAs
    }
    return line
  }
  function writeLog(level: number, values: readonly unknown[]): void {
    if (logs++ >= given.linesMax) return
    const line = slice(lineOf(values), 0, given.lineBytesMax)
    beginOp(op.log, level)
    putText(line)
    endOp()
  }
  function logger(level: number): (...values: unknown[]) => void {
    return freeze((...values: unknown[]) => writeLog(level, values))
  }
  const { debug, info, warn, error } = abi.logLevel
  const log = freeze(
    Object.assign((...values: unknown[]) => writeLog(info, values), {
      debug: logger(debug),
      info: logger(info),
      warn: logger(warn),
      error: logger(error),
    }),
  )
  const counter = freeze((name: unknown, by: unknown) => {
    const called = plain(name, 'the name of a counter')
    const number = by === undefined ? 1 : whole(by, 'what is counted')
    if (counts++ >= given.linesMax) return
    beginOp(op.count, 0)
    putWord(number)
    putText(called)
    endOp()
  })

  // Verdicts. They count when they are returned.
  interface Carried {
    readonly properties: readonly (readonly [string, string])[]
    readonly body: string | Uint8Array | undefined
  }
  interface Made {
    readonly code: number
    readonly argument?: number
    readonly number?: number
    readonly text?: string
    readonly message?: Carried
  }
  const verdicts = new WeakMap<object, Made>()
  const { get: getFrom, set: setIn } = WeakMap.prototype
  function lookUp(verdict: object): Made | undefined {
    return apply(getFrom, verdicts, [verdict])
  }
  function made(verdict: Made): object {
    const token = freeze({})
    apply(setIn, verdicts, [token, verdict])
    return token
  }
  function propertiesOf(value: unknown): readonly (readonly [string, string])[] {
    const list: [string, string][] = []
    if (value === undefined) return list
    if (!isObject(value)) throw new WrongType('properties are no object')
    const put = (key: unknown, each: unknown): void => {
      list[list.length] = [plain(key, 'a key'), plain(each, 'a value')]
    }
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        const pair: unknown = value[i]
        if (!isArray(pair)) throw new WrongType('a property is no ["key", "value"]')
        put(pair[0], pair[1])
      }
      return list
    }
    for (const key of sortTexts(ownKeys(value))) {
      const each = value[key]
      if (!isArray(each)) put(key, each)
      else for (let i = 0; i < each.length; i++) put(key, each[i])
    }
    return list
  }
  function carried(value: unknown): Carried {
    if (value === undefined) return { properties: [], body: undefined }
    if (!isObject(value)) throw new WrongType('a message is written { properties: { key: "value" }, body }')
    const { properties, body } = value
    return {
      properties: propertiesOf(properties),
      body: body === undefined ? undefined : contents(body, 'the body'),
    }
  }
  const reply = freeze((answer: unknown) => {
    if (!isObject(answer)) {
      throw new WrongType('write reply({ error: "denied", text: "why" }) or reply({ body })')
    }
    if (answer['error'] === undefined) return made({ code: op.reply, message: carried(answer) })
    const name = text(answer['error'])
    const number = errorNumbers[name]
    if (number === undefined) throw new OutOfRange(`no error is called "${slice(name, 0, 80)}"`)
    const why = answer['text'] === undefined ? '' : plain(answer['text'], 'the text')
    return made({ code: op.replyError, argument: number, text: why })
  })
  const forward = freeze((cluster: unknown, timeoutMs: unknown) =>
    made({
      code: op.forward,
      number: timeoutMs === undefined ? NONE : whole(timeoutMs, 'the timeout'),
      text: plain(cluster, 'the cluster'),
    }),
  )
  const pause = freeze((ms: unknown) => made({ code: op.pause, number: whole(ms, 'the pause') }))
  const call = freeze((cluster: unknown, asked: unknown, timeoutMs: unknown) =>
    made({
      code: op.callOut,
      number: timeoutMs === undefined ? 1_000 : whole(timeoutMs, 'the timeout'),
      text: plain(cluster, 'the cluster'),
      message: carried(asked),
    }),
  )
  function putCarried({ properties, body }: Carried): void {
    if (body === undefined) putWord(NONE)
    const bodyAt = at
    if (body !== undefined) putWord(0)
    putWord(properties.length)
    for (let i = 0; i < properties.length; i++) {
      const [key, value] = properties[i] ?? ['', '']
      const sizesAt = at
      putWord(0)
      putWord(0)
      const from = at
      putText(key)
      const between = at
      putText(value)
      setWord(sizesAt, between - from)
      setWord(sizesAt + 4, at - between)
    }
    if (body === undefined) return
    const from = at
    putEither(body)
    setWord(bodyAt, at - from)
  }
  function setWord(place: number, value: number): void {
    output[place] = value
    output[place + 1] = value >>> 8
    output[place + 2] = value >>> 16
    output[place + 3] = value >>> 24
  }
  function settle(verdict: unknown): void {
    if (verdict === undefined || verdict === null || verdict === 'continue') return
    if (verdict === 'drop' || verdict === 'close') {
      beginOp(verdict === 'drop' ? op.drop : op.close, 0)
      endOp()
      return
    }
    const decided = isObject(verdict) ? lookUp(verdict) : undefined
    if (decided === undefined)
      throw new WrongType(`the handler returned ${noVerdict(verdict)}, which is no verdict`)
    beginOp(decided.code, decided.argument ?? 0)
    if (decided.number !== undefined) putWord(decided.number)
    const { text: said = '', message: sent } = decided
    if (decided.code === op.callOut) sized(() => putText(said))
    else putText(said)
    if (sent !== undefined) putCarried(sent)
    endOp()
  }
  function noVerdict(value: unknown): string {
    if (typeof value === 'string') return `"${slice(value, 0, 80)}"`
    if (isObject(value) && typeof value['then'] === 'function') return 'a promise'
    return shown(value)
  }

  // What the plugin declares.
  let exported: Readonly<Record<string, unknown>> = {}
  const handlers: (((...args: unknown[]) => unknown) | undefined)[] = []
  function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
    return typeof value === 'function'
  }
  function handlerOf(name: string): ((...args: unknown[]) => unknown) | undefined {
    const value = exported[name]
    if (value === undefined || isFunction(value)) return value
    throw new WrongType(`${name} is ${shown(value)}, no function`)
  }
  function declareKey(key: string): void {
    if (slots[key] !== undefined) return
    slots[key] = slotCount++
    beginOp(op.reads, 0)
    putText(key)
    endOp()
  }
  function declareAll(): void {
    const handled = [
      ['onRequest', phase.request, phaseBit.request],
      ['onResponse', phase.response, phaseBit.response],
      ['onEnd', phase.end, phaseBit.end],
      ['onStreamData', phase.streamData, phaseBit.streamData],
      ['onResume', phase.resume, 0],
      ['snapshot', phase.snapshot, phaseBit.state],
      ['restore', phase.restore, phaseBit.state],
    ] as const
    let phases = 0
    for (let i = 0; i < handled.length; i++) {
      const each = handled[i]
      if (each === undefined) continue
      const handler = handlerOf(each[0])
      handlers[each[1]] = handler
      if (handler !== undefined) phases |= each[2]
    }
    if ((phases & ~phaseBit.state) === 0) {
      throw new BaseError('the plugin exports none of onRequest, onResponse, onStreamData and onEnd')
    }
    beginOp(op.phases, phases)
    endOp()
    for (let i = 0; i < given.keys.length; i++) declareKey(given.keys[i] ?? '')
    let wants = declareReads(exported['reads']) | given.wants
    if ((phases & phaseBit.response) === 0) wants &= ~(want.responseBody | want.requestWithResponse)
    if ((phases & phaseBit.streamData) === 0) wants &= ~want.streamBody
    if (wants === 0) return
    beginOp(op.wants, wants)
    endOp()
  }
  function declareReads(reads: unknown): number {
    if (reads === undefined) return 0
    if (!isObject(reads))
      throw new WrongType('reads is neither a list of keys nor { keys, all, body, request, operation }')
    const listed: unknown = isArray(reads) ? reads : reads['keys']
    if (listed !== undefined && !isArray(listed)) throw new WrongType('reads.keys is no list')
    if (isArray(listed))
      for (let i = 0; i < listed.length; i++) declareKey(plain(listed[i], 'a key in "reads"'))
    if (isArray(reads)) return 0
    if (reads['all'] === true) {
      beginOp(op.readsAll, 0)
      endOp()
    }
    const bodies: Record<string, number> = {
      true: want.requestBody | want.responseBody | want.streamBody,
      request: want.requestBody,
      response: want.responseBody,
      stream: want.streamBody,
    }
    return (
      (bodies[text(reads['body'])] ?? 0) |
      (reads['request'] === true ? want.requestWithResponse : 0) |
      (reads['operation'] === true ? want.operation : 0)
    )
  }
  function configureWith(): void {
    const size = words[configure.configSize >>> 2] ?? 0
    granted = words[configure.grants >>> 2] ?? 0
    const number = (words[header.version >>> 2] ?? 0) >>> 16
    const json = readText(configure.config, size)
    const config: unknown = json === '' ? {} : parse(json)
    if (number === 0) {
      for (const key of ownKeys(slots)) delete slots[key]
      slotCount = 0
    }
    configs[number] = config
    const refusal = handlerOf('onConfigure')?.(config)
    if (refusal === undefined || refusal === null) {
      if (codec === undefined) declareAll()
      else codec.declare()
      return
    }
    const why = plain(refusal, 'what onConfigure returned')
    beginOp(op.refuse, 0)
    putText(why)
    endOp()
  }

  // What goes to the version that takes this one's place.
  function takeState(): void {
    const said = handlers[phase.snapshot]?.()
    if (said === undefined || said === null) return
    const state = contents(said, 'what snapshot returned')
    beginOp(op.state, 0)
    putEither(state)
    endOp()
  }
  function giveState(): void {
    const size = words[(restore.state + 4) >>> 2] ?? 0
    const state = copyOf(words[restore.state >>> 2] ?? 0, size)
    const version = readText(words[restore.version >>> 2] ?? 0, words[(restore.version + 4) >>> 2] ?? 0)
    const refusal = handlers[phase.restore]?.(state, version)
    if (refusal === undefined || refusal === null) return
    const why = plain(refusal, 'what restore returned')
    beginOp(op.refuse, 0)
    putText(why)
    endOp()
  }

  // Calls.
  let granted = 0
  function handleAll(during: number): void {
    const count = (words[header.version >>> 2] ?? 0) >>> 16
    let place: number = header.bytes
    for (let index = 0; index < count; index++) {
      let next = place + (words[place >>> 2] ?? 0)
      const accompanied = index + 1 < count && words[(next + record.handle) >>> 2] === 0
      shownBeside.at = accompanied ? next : 0
      if (accompanied) {
        index++
        next += words[next >>> 2] ?? 0
      }
      handleOne(during, place)
      place = next
    }
  }
  function handleOne(during: number, place: number): void {
    const handler = handlers[during]
    if (handler === undefined) return
    const added = words[(place + record.extra) >>> 2] ?? 0
    message.at = place
    extra = added === 0 ? 0 : place + added
    handle = words[(place + record.handle) >>> 2] ?? 0
    if (during === phase.end) {
      handler(message.shows, outcomeView)
      return
    }
    editable = true
    settle(
      during === phase.resume
        ? handler(message.shows, mutation, resumeView)
        : handler(message.shows, mutation),
    )
  }
  function over(): void {
    message.at = 0
    shownBeside.at = 0
    extra = 0
    editable = false
  }
  function reset(): void {
    at = 4
    logs = 0
    counts = 0
    handle = 0
    outputWords[0] = 4
  }
  /** Runs something whose failure is told in words: nothing that the plugin threw leaves the isolate. */
  function told(work: () => void): number {
    reset()
    try {
      work()
      return at === 4 ? 0 : at
    } catch (thrown) {
      over()
      return -failure(thrown)
    } finally {
      over()
    }
  }
  function failure(thrown: unknown): number {
    at = outputWords[0] ?? 4
    const from = at
    let kind = 0
    let why = 'it threw something that cannot be shown'
    try {
      if (thrown === tooLong) {
        kind = 2
        why = `the answer is longer than ${room} bytes`
      } else {
        why = described(thrown)
        kind = thrown instanceof OutOfRange && indexOf(why, 'call stack size') >= 0 ? 1 : 0
      }
    } catch {
      // It stays with the sentence above.
    }
    output[at++] = kind
    at = texts.write(slice(why, 0, floor(given.errorBytesMax / 3)), output, at)
    return at - from
  }
  /** `tag.js:3: no luck`, and the calls that led there. */
  function described(thrown: unknown): string {
    if (!(thrown instanceof BaseError))
      return `${file}: it threw ${typeof thrown === 'string' ? thrown : shown(thrown)}`
    const stack = text(thrown.stack)
    const said = text(thrown.message)
    const name = text(thrown.name)
    let first = ''
    let calls = ''
    const lines = split(stack, '\n')
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] ?? ''
      const place = indexOf(line, `${file}:`)
      if (place < 0 || indexOf(line, '    at ') !== 0) continue
      if (first === '') first = lineIn(slice(line, place + file.length + 1))
      calls += `\n${line}`
    }
    const kind = name === 'Error' || name === '' ? '' : `${name}: `
    return `${file}:${first === '' ? '' : `${first}:`} ${kind}${said}${calls}`
  }
  function lineIn(rest: string): string {
    let digits = ''
    for (let i = 0; i < rest.length; i++) {
      const unit = charCodeAt(rest, i)
      if (unit < 48 || unit > 57) break
      digits += fromCharCode(unit)
    }
    return digits
  }
  function manifest(): void {
    const carriedManifest = exported['manifest']
    if (carriedManifest !== undefined) putText(stringify(carriedManifest) ?? '')
  }

  // The globals of the plugin.
  function clear(): void {
    const allowed = [
      'Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp',
      'Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError globalThis',
      'JSON Math ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array BigUint64Array',
      'BigInt64Array Uint8ClampedArray Float16Array Float32Array Float64Array DataView Map BigInt Set Iterator WeakMap',
      'WeakSet Proxy Reflect decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape isFinite isNaN',
    ]
    const kept: Record<string, boolean> = create(null)
    for (const row of allowed) for (const name of row.split(' ')) kept[name] = true
    for (const name of getOwnPropertyNames(G)) if (kept[name] !== true) Reflect.deleteProperty(G, name)
  }
  function askGrant(bit: number, what: string, name: string): void {
    if ((granted & bit) === 0)
      throw new BaseError(`${what} needs a grant: add "${name}" to the plugin's "grants"`)
  }
  function wallMs(): number {
    askGrant(grant.clock, 'the time', 'clock')
    return floor(floats[header.wallMs >>> 3] ?? 0)
  }
  function tameDate(): void {
    const Real = G.Date
    function Tame(this: unknown, ...args: unknown[]): unknown {
      const asked = args.length === 0 ? [wallMs()] : args
      if (new.target === undefined) return text(construct(Real, [wallMs()]))
      return construct(Real, asked, new.target)
    }
    defineProperty(Tame, 'name', { value: 'Date' })
    for (const name of ['parse', 'UTC'] as const) defineProperty(Tame, name, { value: Real[name] })
    defineProperty(Tame, 'now', { value: wallMs })
    defineProperty(Tame, 'prototype', { value: Real.prototype, writable: false })
    defineProperty(Real.prototype, 'constructor', { value: Tame })
    defineProperty(G, 'Date', { value: Tame, writable: true, configurable: true })
  }
  function tameRandom(): void {
    const tame = (): number => {
      askGrant(grant.random, 'Math.random()', 'random')
      return random()
    }
    defineProperty(Math, 'random', { value: tame })
  }
  function install(): void {
    for (const name of ownKeys(globals)) {
      defineProperty(G, name, { value: Reflect.get(globals, name), configurable: true, writable: true })
    }
  }
  // The store.
  function storeOf(): IsolateStore {
    askGrant(grant.keyValue, 'the store', 'key-value')
    if (given.store === undefined) throw new BaseError('there is no store here')
    return given.store
  }
  function life(ttlMs: unknown): number {
    return ttlMs === undefined ? 0 : whole(ttlMs, 'the time to live')
  }
  function kept(value: unknown, what: string): string | Uint8Array {
    return typeof value === 'number' ? text(value) : contents(value, what)
  }
  const store = freeze({
    get: (key: unknown) => storeOf().get(plain(key, 'the key')),
    set: (key: unknown, value: unknown, ttlMs: unknown) =>
      storeOf().set(plain(key, 'the key'), kept(value, 'the value'), life(ttlMs)),
    delete: (key: unknown) => storeOf().delete(plain(key, 'the key')),
    add: (key: unknown, by: unknown, ttlMs: unknown) => {
      if (by !== undefined && typeof by !== 'number')
        throw new WrongType(`what is added is ${shown(by)}, no number`)
      return storeOf().add(plain(key, 'the key'), by ?? 1, life(ttlMs))
    },
    cas: (key: unknown, expected: unknown, value: unknown, ttlMs: unknown) => {
      const before =
        expected === undefined || expected === null ? undefined : kept(expected, 'the value that is expected')
      return storeOf().exchange(plain(key, 'the key'), before, kept(value, 'the value'), life(ttlMs))
    },
  })
  const textOf = freeze((value: unknown) => {
    const bytes = asBytes(value)
    if (bytes === undefined) throw new WrongType(`textOf wants a Uint8Array and was given ${shown(value)}`)
    return texts.read(bytes, 0, bytes.length)
  })
  const bytesOf = freeze((value: unknown) => new Bytes(bytesIn(plain(value, 'what bytesOf was given'))))
  const codec = given.codec?.({
    abi,
    texts,
    output,
    input: () => input,
    word: (place) => words[place >>> 2] ?? 0,
    copy: copyOf,
    list: {
      begin: beginOp,
      end: endOp,
      take: (size) => {
        fits(size)
        const from = at
        at += size
        return from
      },
      put: putEither,
      at: () => at,
    },
    shown,
    asBytes,
    bytesIn: (value) => new Bytes(bytesIn(value)),
    exported: (name) => exported[name],
    handler: handlerOf,
  })
  const globals = {
    textOf,
    bytesOf,
    log,
    counter,
    ...(codec === undefined ? { reply, forward, pause, call, store } : codec.globals),
    console: freeze({ log, info: log.info, debug: log.debug, warn: log.warn, error: log.error }),
  }
  if (given.alone) {
    clear()
    tameDate()
    tameRandom()
    install()
  }

  return {
    room: (memory) => {
      input = new Bytes(memory)
      words = new Words(memory)
      floats = new Floats(memory)
    },
    begin: (namespace) => {
      if (isObject(namespace)) exported = namespace
    },
    call: () =>
      told(() => {
        const during = ((words[header.version >>> 2] ?? 0) >>> 8) & 0xff
        if (during === phase.configure) configureWith()
        else if (codec !== undefined) codec.handle(during)
        else if (during === phase.snapshot) takeState()
        else if (during === phase.restore) giveState()
        else handleAll(during)
      }),
    manifest: () => told(manifest),
    globals,
  }
}
