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

  constructor(rules: readonly KindRule[], direction: Direction) {
    this.#rules = rules.flatMap(({ kind, from, tests }) =>
      (from ?? direction) === direction ? [{ kind, tests: tests.flatMap(numberTest) }] : [],
    )
  }

  /** What the frame at `start` is; `undefined`: nothing that is declared. */
  find(bytes: Buffer, start: number): MessageKind | undefined {
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
    const { at, width, little, shift, mask, values } = test
    const value = ((readLow(bytes, start + at, width, little) >>> shift) & mask) >>> 0
    if (value !== values[0] && !values.includes(value)) return false
  }
  return true
}

function numberTest({ slot, values }: KindRule['tests'][number]): readonly NumberTest[] {
  if (slot === undefined) return []
  const { field, shift, bits } = slot
  const mask = bits >= BITS_MAX ? 0xffff_ffff : 2 ** bits - 1
  const { offset, width, little } = field
  return [{ at: offset, width, little, shift, mask, values: [...values].map(Number) }]
}
