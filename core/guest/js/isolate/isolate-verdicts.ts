/**
 * IsolateVerdicts: what a handler may answer. A verdict is a token that nobody but this part can read; it counts when it is
 * returned. Given as text, like all parts.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateVerdictsGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly values: IsolateValues
  readonly list: IsolateList
}

export interface IsolateVerdicts {
  /** What authors call by name. */
  readonly globals: Readonly<Record<string, unknown>>
  /** Writes what a handler returned. */
  settle(verdict: unknown): void
}

export function isolateVerdicts({ abi, engine, values, list }: IsolateVerdictsGiven): IsolateVerdicts {
  const { op, none } = abi
  const { WrongType, OutOfRange, apply, freeze, isArray, listed, ownKeys, slice, sortTexts, text } = engine
  const { isObject, plain, contents, whole, shown } = values
  const errorNumbers = engine.table(abi.error)

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

  // Messages that verdicts carry.
  function propertiesOf(value: unknown): readonly (readonly [string, string])[] {
    const pairs: [string, string][] = []
    if (value === undefined) return pairs
    if (!isObject(value)) throw new WrongType('properties are no object')
    const put = (key: unknown, each: unknown): void => {
      pairs[pairs.length] = [plain(key, 'a key'), plain(each, 'a value')]
    }
    if (isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        const pair: unknown = value[i]
        if (!isArray(pair)) throw new WrongType('a property is no ["key", "value"]')
        put(pair[0], pair[1])
      }
      return pairs
    }
    for (const key of sortTexts(ownKeys(value))) {
      const each = value[key]
      if (!isArray(each)) put(key, each)
      else for (let i = 0; i < each.length; i++) put(key, each[i])
    }
    return pairs
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
  function putCarried({ properties, body }: Carried): void {
    if (body === undefined) list.word(none)
    const bodyAt = list.at()
    if (body !== undefined) list.word(0)
    list.word(properties.length)
    for (let i = 0; i < properties.length; i++) putProperty(properties[i] ?? ['', ''])
    if (body === undefined) return
    const from = list.at()
    list.put(body)
    list.setWord(bodyAt, list.at() - from)
  }
  function putProperty([key, value]: readonly [string, string]): void {
    const sizesAt = list.take(8)
    const from = list.at()
    list.text(key)
    const between = list.at()
    list.text(value)
    list.setWord(sizesAt, between - from)
    list.setWord(sizesAt + 4, list.at() - between)
  }

  // What authors call.
  const reply = freeze((answer: unknown) => {
    if (!isObject(answer)) {
      throw new WrongType('write reply({ error: "denied", text: "why" }) or reply({ body })')
    }
    if (answer['error'] === undefined) return made({ code: op.reply, message: carried(answer) })
    const name = text(answer['error'])
    const number = errorNumbers[name]
    if (number === undefined)
      throw new OutOfRange(
        `no error is called "${slice(name, 0, 80)}"; known: ${listed(ownKeys(errorNumbers))}`,
      )
    const why = answer['text'] === undefined ? '' : plain(answer['text'], 'the text')
    return made({ code: op.replyError, argument: number, text: why })
  })
  const forward = freeze((cluster: unknown, timeoutMs: unknown) =>
    made({
      code: op.forward,
      number: timeoutMs === undefined ? none : whole(timeoutMs, 'the timeout'),
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

  function settle(verdict: unknown): void {
    if (verdict === undefined || verdict === null || verdict === 'continue') return
    if (verdict === 'drop' || verdict === 'close') {
      list.begin(verdict === 'drop' ? op.drop : op.close, 0)
      list.end()
      return
    }
    const decided = isObject(verdict) ? lookUp(verdict) : undefined
    if (decided === undefined)
      throw new WrongType(
        `the handler returned ${noVerdict(verdict)}, which is no verdict; known: ` +
          '"continue", "drop", "close", reply({ … }), forward(…), pause(…), call(…)',
      )
    put(decided)
  }
  function put({ code, argument = 0, number, text: said = '', message }: Made): void {
    list.begin(code, argument)
    if (number !== undefined) list.word(number)
    if (code === op.callOut) list.sizedText(said)
    else list.text(said)
    if (message !== undefined) putCarried(message)
    list.end()
  }
  function noVerdict(value: unknown): string {
    if (typeof value === 'string') return `"${slice(value, 0, 80)}"`
    if (isObject(value) && typeof value['then'] === 'function') return 'a promise'
    return shown(value)
  }

  return { globals: { reply, forward, pause, call }, settle }
}
