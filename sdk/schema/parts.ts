/**
 * Parts: how the size of each part of a frame is learned: from itself (a variable number, a size or a count in front of
 * it), or from a length field less the parts whose sizes are known. The order in which they can be learned is found here.
 */
import type { Field, PrefixWidth } from './field.ts'
import { isPart, prefixWidth } from './field.ts'
import { edgesOf, type LengthRule } from './lengths.ts'
import type { SchemaProblem } from './problem.ts'

export type PartRule =
  | { readonly by: 'varint' }
  /** Bytes behind a number of them. */
  | { readonly by: 'size'; readonly width: PrefixWidth }
  /** Pairs behind a number of them. */
  | {
      readonly by: 'count'
      readonly width: PrefixWidth
      readonly key: PrefixWidth
      readonly value: PrefixWidth
    }
  /** What a length counts, less these parts. */
  | { readonly by: 'length'; readonly length: LengthRule; readonly others: readonly number[] }

export interface Part {
  readonly field: Field
  readonly index: number
  readonly rule: PartRule
}

export interface Parts {
  /** In wire order. */
  readonly parts: readonly Part[]
  /** Their indices in the order in which their sizes can be learned. */
  readonly order: readonly number[]
  /** Lengths that say what is known already; they are compared. */
  readonly checks: readonly LengthRule[]
}

export function findParts(
  fields: readonly Field[],
  lengths: readonly LengthRule[],
  problems: SchemaProblem[],
): Parts {
  const found = fields.filter(({ form }) => isPart(form))
  const rules = new Map<number, PartRule>()
  for (const field of found) {
    const own = ownRule(field)
    if (own !== undefined) rules.set(field.part, own)
  }
  const used = solve(rules, lengths)
  // A length that is wrong itself may be the one that was to tell.
  const told = problems.length === 0
  const parts = found.flatMap((field) => {
    const rule = rules.get(field.part)
    if (rule !== undefined) return [{ field, index: field.part, rule }]
    const text = `nothing tells how many bytes "${field.name}" has: a length must count it, or it needs "size"`
    if (told) problems.push({ path: ['fields', field.index], text })
    return []
  })
  const order = parts.length === found.length ? orderOf(parts) : []
  if (order === undefined) {
    const text = 'the lengths stand behind what has to be measured first'
    problems.push({ path: ['fields'], text })
  }
  return { parts, order: order ?? [], checks: lengths.filter((length) => !used.has(length)) }
}

function ownRule(field: Field): PartRule | undefined {
  const { declared, form } = field
  if (form === 'varint') return { by: 'varint' }
  const size = prefixWidth(declared.size)
  if (size !== undefined) return { by: 'size', width: size }
  const count = prefixWidth(declared.count)
  if (count === undefined) return undefined
  const key = prefixWidth(declared['key-size']) ?? 1
  return { by: 'count', width: count, key, value: prefixWidth(declared['value-size']) ?? 2 }
}

/** Each length that counts exactly one part of unknown size tells that size. */
function solve(rules: Map<number, PartRule>, lengths: readonly LengthRule[]): ReadonlySet<LengthRule> {
  const used = new Set<LengthRule>()
  for (let progress = true; progress; ) {
    progress = false
    for (const length of lengths) {
      const unknown = length.parts.filter((part) => !rules.has(part))
      const [part] = unknown
      if (part === undefined || unknown.length > 1) continue
      rules.set(part, { by: 'length', length, others: length.parts.filter((other) => other !== part) })
      used.add(length)
      progress = true
    }
  }
  return used
}

function orderOf(parts: readonly Part[]): readonly number[] | undefined {
  const known = new Set<number>()
  for (;;) {
    let leading = 0
    while (known.has(leading)) leading++
    const next = parts.find(({ index, rule }) => {
      if (known.has(index)) return false
      if (rule.by !== 'length') return index === leading
      const { field } = rule.length
      return edgesOf(field)[1].part <= leading && rule.others.every((other) => known.has(other))
    })
    if (next === undefined) return known.size === parts.length ? [...known] : undefined
    known.add(next.index)
  }
}
