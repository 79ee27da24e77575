/**
 * Kinds: which message is which. Events come first, then requests without an answer, errors, replies and requests; what
 * no condition names is told by who sent it. Where all conditions look at bits of one byte, a table answers.
 */
import { u8 } from '../bytes.ts'
import type { Direction } from '../codec.ts'
import type { Message } from '../message.ts'
import type { MessageKind } from '../metadata.ts'
import { hint } from '../nearest.ts'
import type { CodecDeclaration, KindCondition } from './declaration.ts'
import { eachCondition, type FieldTest, findTests, passes, type TestSources } from './field-tests.ts'
import { areNumbers, KindNumbers } from './kind-numbers.ts'
import type { SchemaProblem } from './problem.ts'

export const kindNames = [
  'heartbeat',
  'heartbeat-reply',
  'drain',
  'oneway',
  'error',
  'response',
  'request',
] as const
export type DeclaredKind = (typeof kindNames)[number]

export interface KindRule {
  readonly kind: DeclaredKind
  /** Who must have sent it; `undefined`: anybody. */
  readonly from: Direction | undefined
  readonly tests: readonly FieldTest[]
}

export class Kinds {
  readonly rules: readonly KindRule[]
  /** The byte of the head that tells everything; -1 when no single one does. */
  readonly tableAt: number
  readonly #tables: {
    readonly request: readonly (MessageKind | undefined)[]
    readonly response: readonly (MessageKind | undefined)[]
  }

  constructor(rules: readonly KindRule[]) {
    this.rules = rules
    const slots = rules.flatMap(({ tests }) => tests.map(({ slot }) => slot))
    const [first] = slots
    const one = first === undefined ? undefined : first.field
    const single = slots.every((slot) => slot !== undefined && slot.field === one)
    const fits = one === undefined || (one.form === 'number' && one.part === 0 && one.width === 1)
    this.tableAt = single && fits ? (one?.offset ?? 0) : -1
    this.#tables = { request: this.#table('request'), response: this.#table('response') }
  }

  /** For each value of the byte at {@link tableAt} what the message is; `undefined`: nothing that is declared. */
  table(direction: Direction): readonly (MessageKind | undefined)[] {
    return this.#tables[direction]
  }

  /** The rules of one direction, where all of them are about numbers of the fixed head; `undefined` where not. */
  numbers(direction: Direction): KindNumbers | undefined {
    return areNumbers(this.rules) ? new KindNumbers(this.rules, direction) : undefined
  }

  /** What a message is, where no table tells. */
  find(message: Message, direction: Direction): MessageKind | undefined {
    for (const { kind, from, tests } of this.rules) {
      if (from !== undefined && from !== direction) continue
      if (passes(tests, message)) return kind
    }
    return undefined
  }

  /** The first values that make a message one of this kind; `undefined` when the kind is not declared. */
  valuesOf(
    kind: DeclaredKind,
    direction: Direction,
  ): readonly (readonly [property: string, value: string])[] | undefined {
    const rule = this.rules.find((each) => each.kind === kind && (each.from ?? direction) === direction)
    return rule?.tests.map(({ property, values }) => [property, [...values][0] ?? ''])
  }

  #table(direction: Direction): readonly (MessageKind | undefined)[] {
    if (this.tableAt < 0) return []
    return Array.from({ length: 256 }, (_, byte) => {
      const rule = this.rules.find(
        ({ from, tests }) => (from ?? direction) === direction && tests.every((test) => holds(test, byte)),
      )
      return rule?.kind
    })
  }
}

function holds({ slot, values }: FieldTest, byte: number): boolean {
  const bits = Buffer.from([byte])
  if (slot === undefined) return false
  const value = (u8(bits, 0) >>> slot.shift) & (2 ** slot.bits - 1)
  return [...values].some((text) => slot.parse(text) === BigInt(value))
}

export function findKinds(
  declaration: CodecDeclaration,
  sources: TestSources,
  problems: SchemaProblem[],
): Kinds {
  const found: KindRule[] = []
  for (const kind of kindNames) {
    const declared = declaration.kinds?.[kind] ?? usual(kind, declaration)
    if (declared === undefined) continue
    const shared = declaration.kinds?.['heartbeat-reply'] === undefined
    for (const { condition, path } of eachCondition(declared)) {
      const at = ['kinds', declaration.kinds?.[kind] === undefined ? 'heartbeat' : kind, ...path]
      const { from, ...tested } = condition
      const tests = findTests(tested, sources, at, problems)
      const sender = shared ? SHARED_SENDERS[kind] : undefined
      found.push({ kind, from: senderOf(from, [...at, 'from'], problems) ?? sender, tests })
    }
  }
  // What says nothing about the bytes is asked last.
  return new Kinds(
    found.toSorted((left, right) => Number(left.tests.length === 0) - Number(right.tests.length === 0)),
  )
}

const SHARED_SENDERS: Readonly<Partial<Record<DeclaredKind, Direction>>> = {
  heartbeat: 'request',
  'heartbeat-reply': 'response',
}

/** What a kind is where the declaration does not say. */
function usual(kind: DeclaredKind, declaration: CodecDeclaration): KindCondition | undefined {
  if (kind === 'request') return { from: 'caller' }
  if (kind === 'response') return { from: 'upstream' }
  // One message that asks and answers alike: who sent it tells which it is.
  return kind === 'heartbeat-reply' ? declaration.kinds?.heartbeat : undefined
}

function senderOf(
  from: unknown,
  path: SchemaProblem['path'],
  problems: SchemaProblem[],
): Direction | undefined {
  if (from === undefined) return undefined
  if (from === 'caller') return 'request'
  if (from === 'upstream') return 'response'
  problems.push({ path, text: `"from" is caller or upstream${hint(String(from), ['caller', 'upstream'])}` })
  return undefined
}
