/**
 * ConnectionRules: what a declaration says of connections rather than of frames: what each side begins with, and which
 * requests need an upstream connection of their client's own. A protocol that says nothing of it pays nothing for it.
 */
import type { ByteWriter } from '../bytes.ts'
import type { Decoder, Direction, ReplySorter, Sniff } from '../codec.ts'
import { type AffinityRules, type AnyOf, ConnectionDecoder } from './connection-decoder.ts'
import type { CodecDeclaration } from './declaration.ts'
import { eachCondition, findTests, type TestSources } from './field-tests.ts'
import { checkGreeting, Greeting } from './greeting.ts'
import type { SchemaProblem } from './problem.ts'

export class ConnectionRules {
  readonly encodePreface?: (direction: Direction, out: ByteWriter) => void
  readonly createReplySorter?: () => ReplySorter
  /** Present where the greeting of callers tells the protocol. */
  readonly sniff?: (bytes: Buffer) => Sniff
  readonly #caller: Greeting | undefined
  readonly #upstream: Greeting | undefined
  readonly #affinity: AffinityRules | undefined

  constructor(
    greetings: { readonly caller: Greeting | undefined; readonly upstream: Greeting | undefined },
    affinity: AffinityRules | undefined,
  ) {
    const { caller, upstream } = greetings
    this.#caller = caller
    this.#upstream = upstream
    this.#affinity = affinity
    if (caller !== undefined || upstream !== undefined) {
      this.encodePreface = (direction, out) => {
        // In the place of the other side.
        const said = (direction === 'request' ? upstream : caller)?.said
        if (said !== undefined) out.copy(said, 0, said.length)
      }
    }
    if (caller?.telling === true) this.sniff = (bytes) => sniffed(caller, bytes)
    if (affinity?.pushes === true) this.createReplySorter = () => UNASKED_WHEN_NOBODY_WAITS
  }

  /** The decoder of a connection around that of its frames. */
  around(frames: Decoder, direction: Direction): Decoder {
    const greeting = direction === 'request' ? this.#caller : this.#upstream
    const affinity = direction === 'request' ? this.#affinity : undefined
    if (greeting === undefined && affinity === undefined) return frames
    return new ConnectionDecoder(frames, greeting, affinity)
  }
}

export function findConnectionRules(
  { preface, affinity }: CodecDeclaration,
  sources: TestSources,
  problems: SchemaProblem[],
): ConnectionRules {
  for (const side of ['caller', 'upstream'] as const)
    if (preface?.[side] !== undefined) checkGreeting(preface[side], ['preface', side], problems)
  const greetings = {
    caller: preface?.caller === undefined ? undefined : new Greeting(preface.caller),
    upstream: preface?.upstream === undefined ? undefined : new Greeting(preface.upstream),
  }
  if (affinity === undefined) return new ConnectionRules(greetings, undefined)
  const anyOf = (key: 'own' | 'release'): AnyOf => {
    const declared = affinity[key]
    if (declared === undefined) return []
    // Every request is one without a condition.
    if (declared === 'always') return [[]]
    return eachCondition(declared).map(({ condition, path }) =>
      findTests(condition, sources, ['affinity', key, ...path], problems),
    )
  }
  const { pushes } = affinity
  return new ConnectionRules(greetings, { own: anyOf('own'), release: anyOf('release'), pushes })
}

function sniffed(greeting: Greeting, bytes: Buffer): Sniff {
  if (!greeting.fits(bytes)) return 'no'
  return bytes.length < greeting.leastSize ? 'more' : 'yes'
}

const UNASKED_WHEN_NOBODY_WAITS: ReplySorter = {
  unasked: (_message, oldest, abandoned) => oldest === undefined && !abandoned,
}
