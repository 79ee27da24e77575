/**
 * KindNumbers: conditions on numbers of the fixed head, as numbers: which message is which, asked of every frame without
 * a text. The rules of one direction, tried in their order.
 */
import type { Direction } from '../codec.ts'
import type { MessageKind } from '../metadata.ts'
import { readLow } from '../wire-number.ts'
import type { KindRule } from './kinds.ts'

const BITS_MAX = 32

interface NumberTest {
  readonly at: number
  readonly width: number
  readonly little: boolean
  readonly shift: number
  readonly mask: number
  readonly values: readonly number[]
}

interface NumberRule {
  readonly kind: MessageKind
  readonly tests: readonly NumberTest[]
}

export class KindNumbers {
  readonly #rules: readonly NumberRule[]
  /** The only number that is asked for, where it is one: its values, the kind of each, and the kind of all others. */
  readonly #only: NumberTest | undefined
  readonly #values: readonly number[]
  readonly #kinds: readonly MessageKind[]
  readonly #otherwise: MessageKind | undefined

  constructor(rules: readonly KindRule[], direction: Direction) {
    this.#rules = rules.flatMap(({ kind, from, tests }) =>
      (from ?? direction) === direction ? [{ kind, tests: tests.flatMap(numberTest) }] : [],
    )
    const tested = this.#rules.filter(({ tests }) => tests.length > 0)
    const [first] = tested[0]?.tests ?? []
    const one = tested.every(
      ({ tests }) => tests.length === 1 && tests.every((test) => sameNumber(test, first)),
    )
    this.#only = one ? first : undefined
    const pairs = tested.flatMap(({ kind, tests }) =>
      (tests[0]?.values ?? []).map((value) => ({ kind, value })),
    )
    this.#values = pairs.map(({ value }) => value)
    this.#kinds = pairs.map(({ kind }) => kind)
    this.#otherwise = this.#rules.find(({ tests }) => tests.length === 0)?.kind
  }

  /** What the frame at `start` is; `undefined`: nothing that is declared. */
  find(bytes: Buffer, start: number): MessageKind | undefined {
    if (this.#only !== undefined) {
      const value = numberAt(this.#only, bytes, start)
      const values = this.#values
      for (let place = 0; place < values.length; place++)
        if (values[place] === value) return this.#kinds[place]
      return this.#otherwise
    }
    for (let index = 0; index < this.#rules.length; index++) {
      const rule = this.#rules[index]
      if (rule !== undefined && holds(rule.tests, bytes, start)) return rule.kind
    }
    return undefined
  }
}

/** Whether every condition is one on a number of the fixed head. */
export function areNumbers(rules: readonly KindRule[]): boolean {
  return rules.every(({ tests }) =>
    tests.every(({ slot }) => {
      const field = slot?.field
      return field?.form === 'number' && field.part === 0 && slot !== undefined && slot.bits <= BITS_MAX
    }),
  )
}

function holds(tests: readonly NumberTest[], bytes: Buffer, start: number): boolean {
  for (let index = 0; index < tests.length; index++) {
    const test = tests[index]
    if (test === undefined) return false
    if (!test.values.includes(numberAt(test, bytes, start))) return false
  }
  return true
}

function numberAt({ at, width, little, shift, mask }: NumberTest, bytes: Buffer, start: number): number {
  return ((readLow(bytes, start + at, width, little) >>> shift) & mask) >>> 0
}

function sameNumber(left: NumberTest, right: NumberTest | undefined): boolean {
  return (
    left.at === right?.at &&
    left.width === right.width &&
    left.shift === right.shift &&
    left.mask === right.mask
  )
}

function numberTest({ slot, values }: KindRule['tests'][number]): readonly NumberTest[] {
  if (slot === undefined) return []
  const { field, shift, bits } = slot
  const mask = bits >= BITS_MAX ? 0xffff_ffff : 2 ** bits - 1
  const { offset, width, little } = field
  return [{ at: offset, width, little, shift, mask, values: [...values].map(Number) }]
}
