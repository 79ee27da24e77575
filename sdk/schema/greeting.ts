/**
 * Greeting: what one side of a connection begins with, as it was declared: bytes that have to be there, of which some may be
 * any, and what follows up to an end. It tells how much of what came it is, and what weir says in that side's place.
 */
import type { GreetingDeclaration } from './declaration.ts'
import type { SchemaProblem } from './problem.ts'

/** A greeting that goes on for longer is none. */
export const GREETING_BYTES_MAX = 1_024
const ANY = '??'

export class Greeting {
  /** What weir sends. */
  readonly said: Buffer
  readonly #bytes: Buffer
  /** Those of the bytes that may be any. */
  readonly #any: ReadonlySet<number>
  readonly #until: Buffer

  constructor(declared: GreetingDeclaration) {
    const { hex, text, until } = declared
    const pairs = hex === undefined ? undefined : pairsOf(hex)
    this.#bytes = pairs === undefined ? Buffer.from(text ?? '') : bytesOf(pairs)
    this.#any = new Set((pairs ?? []).flatMap((pair, at) => (pair === ANY ? [at] : [])))
    this.#until = Buffer.from(until ?? '')
    this.said = saidOf(declared) ?? Buffer.concat([this.#bytes, this.#until])
  }

  /** How many bytes have to be there first. */
  get leastSize(): number {
    return this.#bytes.length + this.#until.length
  }

  /** Whether these bytes, of a connection's beginning, could be the greeting's first. */
  fits(bytes: Buffer): boolean {
    const size = Math.min(bytes.length, this.#bytes.length)
    for (let at = 0; at < size; at++) if (bytes[at] !== this.#bytes[at] && !this.#any.has(at)) return false
    return true
  }

  /** The size of the whole greeting that stands at the beginning of these bytes; 0: it is not whole yet. */
  sizeIn(bytes: Buffer): number {
    if (bytes.length < this.leastSize) return 0
    if (this.#until.length === 0) return this.#bytes.length
    const at = bytes.indexOf(this.#until, this.#bytes.length)
    return at < 0 ? 0 : at + this.#until.length
  }

  /** Whether a connection can be told by it. */
  get telling(): boolean {
    return this.#bytes.length > this.#any.size
  }
}

/** What does not go together in one. */
export function checkGreeting(
  { hex, text, until, sends }: GreetingDeclaration,
  path: SchemaProblem['path'],
  problems: SchemaProblem[],
): void {
  if ((hex === undefined) === (text === undefined))
    problems.push({ path, text: 'a greeting is either hex or text' })
  for (const [key, value] of [
    ['hex', hex],
    ['sends', hex === undefined ? undefined : sends],
  ] as const) {
    const wrong =
      value === undefined ? undefined : pairsOf(value).find((pair) => !isPair(pair, key === 'hex'))
    if (wrong !== undefined)
      problems.push({
        path: [...path, key],
        text: `"${wrong}" is no byte in hex${key === 'hex' ? ', nor ??' : ''}`,
      })
  }
  const size =
    (hex === undefined ? Buffer.byteLength(text ?? '') : pairsOf(hex).length) + (until?.length ?? 0)
  if (size === 0 || size > GREETING_BYTES_MAX)
    problems.push({ path, text: `a greeting has 1 to ${GREETING_BYTES_MAX} bytes` })
}

function saidOf({ hex, sends }: GreetingDeclaration): Buffer | undefined {
  if (sends === undefined) return undefined
  return hex === undefined ? Buffer.from(sends) : bytesOf(pairsOf(sends))
}

function pairsOf(hex: string): readonly string[] {
  return hex.replaceAll(/\s/g, '').match(/..?/g) ?? []
}

function bytesOf(pairs: readonly string[]): Buffer {
  return Buffer.from(pairs.map((pair) => (pair === ANY ? '00' : pair)).join(''), 'hex')
}

function isPair(pair: string, any: boolean): boolean {
  return /^[0-9a-fA-F]{2}$/.test(pair) || (any && pair === ANY)
}
