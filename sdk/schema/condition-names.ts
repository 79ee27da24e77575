/** ConditionNames: what the parts of a declaration outside of its fields call fields and keys by, and whether they are there. */
import { hint } from '../nearest.ts'
import type { AreaField } from './area-field.ts'
import type { CodecDeclaration } from './declaration.ts'
import type { SchemaProblem } from './problem.ts'
import type { FieldReader } from './property-reader.ts'
import type { FoundTargets } from './targets.ts'

export function conditionNames({ kinds }: CodecDeclaration): readonly string[] {
  return Object.values(kinds ?? {}).flatMap((condition) => [condition].flat().flatMap(Object.keys))
}

/** Reads the first value of a key of the areas that have no fields of their own. */
export function areaReader(areas: readonly AreaField[], name: string): FieldReader | undefined {
  if (!areas.some((area) => area.keyOf(name) !== undefined)) return undefined
  return (message) => {
    const value = message.reader.get(message, name)
    return typeof value === 'object' ? value[0] : value
  }
}

/** Names outside of the fields that nothing answers to. */
export function checkNames(
  declaration: CodecDeclaration,
  { names }: FoundTargets,
  areas: readonly AreaField[],
  problems: SchemaProblem[],
): void {
  const known = [...names.keys()]
  const check = (path: SchemaProblem['path'], name: string | undefined) => {
    if (name === undefined || names.has(name) || areas.some((area) => area.keyOf(name) !== undefined)) return
    problems.push({
      path,
      text: `there is no field "${name}"${hint(name, [...new Set([...known, 'body'])])}`,
    })
  }
  const { errors } = declaration
  if (errors?.text !== 'body') check(['errors', 'text'], errors?.text)
  check(['errors', 'kind'], errors?.kind)
  for (const [index, name] of (errors?.copy ?? []).entries()) check(['errors', 'copy', index], name)
  if (declaration['announce-drain'] && declaration.kinds?.drain === undefined)
    problems.push({ path: ['announce-drain'], text: 'no kind is declared as "drain"' })
}
