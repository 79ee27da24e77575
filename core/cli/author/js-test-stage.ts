/** JsTestStage: what tests in JavaScript call: the plugin's handlers with messages that are plain objects, and `expect`. */
import { isDeepStrictEqual } from 'node:util'
import { readText, textBytes } from '../../../sdk/abi/text.ts'

type Values = Map<string, string[]>
type Fields = Readonly<Record<string, unknown>>

interface Edit {
  readonly op: 'set' | 'add' | 'remove'
  readonly key: string
  readonly value?: string
}

interface Result {
  readonly verdict: unknown
  readonly edits: readonly Edit[]
  readonly properties: Readonly<Record<string, string>>
  readonly body: unknown
  readonly error?: unknown
  readonly text?: unknown
  readonly cluster?: unknown
}

const FIELDS: Fields = {
  ...{
    operation: '',
    requestId: '1',
    status: -1,
    listener: 'test',
    peer: '127.0.0.1:40000',
    protocol: 'test',
  },
  ...{ headerSize: 16, bodySize: 0, size: 16, streamId: 0, body: '' },
}

export class JsTestStage {
  #plugin: Fields = {}
  #config: unknown = {}
  readonly #store = new Map<string, string>()

  /** Another test begins, with the plugin as it was loaded. */
  take(plugin: Fields, config: unknown): void {
    this.#plugin = plugin
    this.#store.clear()
    this.#configure(config)
  }

  get globals(): Fields {
    const log = (): void => undefined
    const store = this.#store
    return {
      reply: (answer: Fields) => ({ verdict: 'reply', ...answer }),
      forward: (cluster: string, timeout?: number) => ({ verdict: 'forward', cluster, timeout }),
      pause: (ms: number) => ({ verdict: 'pause', ms }),
      call: (cluster: string, message: unknown, timeout?: number) => ({
        verdict: 'call',
        cluster,
        message,
        timeout,
      }),
      log: Object.assign(log, { debug: log, info: log, warn: log, error: log }),
      counter: () => undefined,
      store: {
        get: (key: string) => store.get(key),
        set: (key: string, value: unknown) => store.set(key, String(value)).size > 0,
        delete: (key: string) => store.delete(key),
        add: (key: string, by = 1) => {
          const sum = Number(store.get(key) ?? 0) + by
          store.set(key, String(sum))
          return sum
        },
        cas: (key: string, expected: unknown, value: unknown) => {
          if (store.get(key) !== (expected === undefined ? undefined : String(expected))) return false
          store.set(key, String(value))
          return true
        },
      },
      textOf: (bytes: Uint8Array) => readText(Buffer.from(bytes), 0, bytes.length),
      bytesOf: (text: string) => Uint8Array.from(textBytes(text)),
      expect: (got: unknown) => expectation(got),
      configure: (config: unknown) => this.#configure(config),
      request: (given: Fields = {}) => this.#handle('onRequest', this.#message(given, 'request'), []),
      response: (given: Fields = {}, asked: Fields = {}) => {
        const [metadata, values] = this.#message(given, 'response')
        const [request] = this.#message(asked, 'request')
        return this.#handle('onResponse', [{ ...metadata, request }, values], [])
      },
      resume: (given: Fields = {}, how: Fields = { reason: 'timer', phase: 'request', pauses: 1 }) =>
        this.#handle('onResume', this.#message(given, 'request'), [how]),
      finish: (outcome: Fields = { result: 'ok', attempts: 1, flags: [] }, asked: Fields = {}) =>
        this.#handler('onEnd')(this.#message(asked, 'request')[0], outcome),
    }
  }

  #configure(config: unknown): unknown {
    this.#config = config
    const wrong = callable(this.#plugin['onConfigure'])?.(config)
    return wrong
  }

  #handler(name: string): (...args: unknown[]) => unknown {
    const handler = callable(this.#plugin[name])
    if (handler === undefined) throw new Error(`the plugin exports no ${name}`)
    return handler
  }

  #handle(name: string, [metadata, values]: readonly [Fields, Values], more: readonly unknown[]): unknown {
    const edits: Edit[] = []
    const written: { body: unknown } = { body: undefined }
    const mutation = mutationOf(values, edits, written)
    const verdict = this.#handler(name)(metadata, mutation, ...more)
    if (verdict instanceof Promise)
      return verdict.then((later) => settled(later, edits, values, written.body))
    return settled(verdict, edits, values, written.body)
  }

  #message(given: Fields, kind: string): [Fields, Values] {
    const properties = isFields(given['properties']) ? given['properties'] : {}
    const values: Values = new Map(
      Object.entries(properties).map(([key, value]) => [key, [value].flat().map(String)]),
    )
    const wire = new Map([...values].map(([key, list]) => [key, [...list]]))
    const metadata = {
      ...{ ...FIELDS, kind, config: this.#config, ...given },
      get: (key: string) => wire.get(key)?.[0],
      getAll: (key: string) => [...(wire.get(key) ?? [])],
      has: (key: string) => wire.has(key),
      keys: () => [...wire.keys()],
    }
    return [metadata, values]
  }
}

function mutationOf(values: Values, edits: Edit[], written: { body: unknown }): Fields {
  return {
    set: (key: string, value: unknown) => {
      edits.push({ op: 'set', key, value: String(value) })
      values.set(key, [String(value)])
    },
    add: (key: string, value: unknown) => {
      edits.push({ op: 'add', key, value: String(value) })
      values.set(key, [...(values.get(key) ?? []), String(value)])
    },
    remove: (key: string) => {
      edits.push({ op: 'remove', key })
      values.delete(key)
    },
    body: (bytes: unknown) => {
      written.body = bytes
    },
  }
}

function settled(verdict: unknown, edits: readonly Edit[], values: Values, body: unknown): Result {
  const properties = Object.fromEntries([...values].map(([key, [first = '']]) => [key, first]))
  const made = isFields(verdict) ? verdict : { verdict: verdict ?? 'continue' }
  return { verdict: 'continue', ...made, edits, properties, body }
}

function expectation(got: unknown) {
  const check = (holds: boolean, wanted: string): void => {
    if (!holds) throw new Error(`expected ${wanted}, got ${shown(got)}`)
  }
  return {
    toBe: (wanted: unknown) => check(Object.is(got, wanted), shown(wanted)),
    toEqual: (wanted: unknown) => check(isDeepStrictEqual(plain(got), plain(wanted)), shown(wanted)),
    toContain: (wanted: string) =>
      check(typeof got === 'string' && got.includes(wanted), `a text with ${shown(wanted)}`),
    toBeUndefined: () => check(got === undefined, 'undefined'),
  }
}

/** Without what is undefined, which nobody writes down. */
function plain(value: unknown): unknown {
  const text = JSON.stringify(value)
  return text === undefined ? undefined : JSON.parse(text)
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}

function callable(value: unknown): ((...args: unknown[]) => unknown) | undefined {
  return isFunction(value) ? value : undefined
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function'
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
