/**
 * IsolateDeclaration: what a filter tells the host when it is configured: which phases it handles and what it reads in them.
 * Given as text, like all parts.
 */
import type { abi as Abi } from '../../../../sdk/abi/abi.ts'
import type { IsolateEngine } from './isolate-engine.ts'
import type { Handler, IsolateExports } from './isolate-exports.ts'
import type { IsolateList } from './isolate-list.ts'
import type { IsolateMetadata } from './isolate-metadata.ts'
import type { IsolateValues } from './isolate-values.ts'

export interface IsolateDeclarationGiven {
  readonly abi: typeof Abi
  readonly engine: IsolateEngine
  readonly values: IsolateValues
  readonly list: IsolateList
  readonly metadata: IsolateMetadata
  readonly exported: IsolateExports
  /** Keys that the source names. */
  readonly keys: readonly string[]
  /** Bits of `abi.want` that the source shows. */
  readonly wants: number
}

export interface IsolateDeclaration {
  /** By phase. */
  readonly handlers: readonly (Handler | undefined)[]
  declare(): void
}

export function isolateDeclaration(given: IsolateDeclarationGiven): IsolateDeclaration {
  const { abi, engine, values, list, metadata, exported } = given
  const { op, want, phase, phaseBit } = abi
  const { BaseError, WrongType, isArray, listed, slice, text } = engine
  const { isObject, plain } = values
  const handlers: (Handler | undefined)[] = []
  const handled = [
    ['onRequest', phase.request, phaseBit.request],
    ['onResponse', phase.response, phaseBit.response],
    ['onEnd', phase.end, phaseBit.end],
    ['onStreamData', phase.streamData, phaseBit.streamData],
    ['onResume', phase.resume, 0],
    ['snapshot', phase.snapshot, phaseBit.state],
    ['restore', phase.restore, phaseBit.state],
  ] as const

  function phases(): number {
    let bits = 0
    for (let i = 0; i < handled.length; i++) {
      const each = handled[i]
      if (each === undefined) continue
      const handler = exported.handler(each[0])
      handlers[each[1]] = handler
      if (handler !== undefined) bits |= each[2]
    }
    if ((bits & ~phaseBit.state) === 0) {
      throw new BaseError(`the plugin exports none of onRequest, onResponse, onStreamData and onEnd${near()}`)
    }
    return bits
  }
  /** Exports that are called nearly so. */
  function near(): string {
    const names: string[] = []
    const all = exported.names()
    for (let i = 0; i < all.length && names.length < 5; i++) {
      const name = all[i] ?? ''
      const first = slice(name, 0, 2)
      if (first === 'on' || first === 'On' || first === 'ON') names[names.length] = slice(name, 0, 80)
    }
    return names.length === 0 ? '' : `; is one of them meant with ${listed(names)}?`
  }
  function declareKey(key: string): void {
    if (!metadata.declare(key)) return
    list.begin(op.reads, 0)
    list.text(key)
    list.end()
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
      list.begin(op.readsAll, 0)
      list.end()
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
  function declare(): void {
    const bits = phases()
    list.begin(op.phases, bits)
    list.end()
    for (let i = 0; i < given.keys.length; i++) declareKey(given.keys[i] ?? '')
    let wants = declareReads(exported.value('reads')) | given.wants
    if ((bits & phaseBit.response) === 0) wants &= ~(want.responseBody | want.requestWithResponse)
    if ((bits & phaseBit.streamData) === 0) wants &= ~want.streamBody
    if (wants === 0) return
    list.begin(op.wants, wants)
    list.end()
  }

  return { handlers, declare }
}
