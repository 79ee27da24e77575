/** Whether the host offers what a module imports. */
import type { ExternalType, FunctionType } from './facts.ts'
import type { OfferedImport } from './quota.ts'
import { quoteName } from './quote-name.ts'
import { Refusal } from './refusal.ts'

/** Refuses an import that is not offered, or not so. */
export function checkOffered(
  offers: readonly OfferedImport[],
  wanted: { readonly module: string; readonly name: string; readonly type: ExternalType },
  at: number,
): void {
  const { module, name, type } = wanted
  const title = `${quoteName(module)}.${quoteName(name)}`
  const offer = offers.find((candidate) => candidate.module === module && candidate.name === name)
  if (offer === undefined) {
    throw new Refusal('import_not_offered', `imports ${title}, which weir does not offer`, at)
  }
  if (offer.kind !== type.kind) {
    throw new Refusal(
      'import_mismatch',
      `imports ${title} as a ${type.kind}, weir offers a ${offer.kind}`,
      at,
    )
  }
  if (offer.kind !== 'function' || offer.type === undefined || type.kind !== 'function') return
  if (
    !sameValues(offer.type.params, type.type.params) ||
    !sameValues(offer.type.results, type.type.results)
  ) {
    const had = typeText(type.type)
    throw new Refusal(
      'import_mismatch',
      `imports ${title} as ${had}, weir offers ${typeText(offer.type)}`,
      at,
    )
  }
}

function sameValues(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index])
}

function typeText(type: FunctionType): string {
  return `(${type.params.slice(0, 16).join(', ')}) → (${type.results.slice(0, 16).join(', ')})`
}
