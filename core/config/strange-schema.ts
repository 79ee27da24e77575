/**
 * StrangeSchema: a JSON Schema that somebody else wrote, for the configuration of a plugin. What declarations here are
 * made of is explained like those; the rest of the language is a library's, which is loaded when the first one comes.
 */
import type { TSchema } from 'typebox'
import { errorText } from '../base/error-text.ts'
import { type Finding, finding } from './finding.ts'
import { LOOKS_MAX, partsOf } from './parts.ts'
import type { ConfigPath } from './path.ts'
import type { PlainMap } from './shape.ts'

export interface StrangeCheck {
  /** Why the value is not checked at all; `undefined` when it may be. */
  tooMuch(value: unknown): string | undefined
  found(value: unknown): readonly Finding[]
}

/** The schema as a declaration; what {@link strangeCheck} finds in it is the library's. */
export async function strangeSchema(schema: PlainMap): Promise<TSchema> {
  const { Compile } = await import('typebox/schema')
  const validator = Compile(schema)
  const most = Math.floor(LOOKS_MAX / partsOf(schema, LOOKS_MAX))
  const check: StrangeCheck = {
    tooMuch: (value) =>
      partsOf(value, most) > most
        ? `has more than ${most} values, too many for a schema of this size`
        : undefined,
    found: (value) => {
      try {
        const [, errors] = validator.Errors(value)
        return errors.map(({ instancePath, message }) => finding(pointerPath(instancePath), message))
      } catch (error) {
        return [finding([], `cannot be checked: ${errorText(error)}`)]
      }
    },
  }
  return Object.defineProperty({ ...schema }, STRANGE, { value: check })
}

/** What checks a schema beyond the words of declarations; `undefined` for what was declared here. */
export function strangeCheck(schema: object): StrangeCheck | undefined {
  const check: unknown = STRANGE in schema ? schema[STRANGE] : undefined
  return isCheck(check) ? check : undefined
}

const STRANGE = Symbol('what a library has against a value')

function isCheck(value: unknown): value is StrangeCheck {
  return typeof value === 'object' && value !== null && 'found' in value
}

/** A JSON pointer as a path; indices are told from keys by their look, which is good enough for a message. */
function pointerPath(pointer: string): ConfigPath {
  const parts = pointer.split('/').slice(1)
  return parts.map((part) => {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    return /^[0-9]+$/.test(key) ? Number(key) : key
  })
}
