/** ReplyParts: what a declaration says about the messages that weir makes itself. */
import type { ErrorKind } from '../errors.ts'
import type { CodecDeclaration } from './declaration.ts'

/** What stands where in the reply that tells an error. */
export interface ErrorParts {
  status(kind: ErrorKind): number
  /** Where the sentence goes, and where the word; `undefined`: nowhere. */
  readonly text: string | undefined
  readonly kind: string | undefined
  /** Fields that are copied from the request; `undefined`: its whole fixed head. */
  readonly copy: readonly string[] | undefined
  readonly textUnitsMax: number
}

const TEXT_UNITS_MAX = 1_000

export function errorParts({ errors, limits }: CodecDeclaration): ErrorParts {
  const table = new Map(Object.entries(errors?.status ?? {}))
  return {
    status: (kind) => table.get(kind) ?? errors?.otherwise ?? 1,
    text: errors?.text,
    kind: errors?.kind,
    copy: errors?.copy,
    textUnitsMax: limits?.['error-text'] ?? TEXT_UNITS_MAX,
  }
}
