/** SchemaCodec: the text of a `NAME.codec.yaml` as the factory of its codec, or everything that is wrong with it. */
import type { CodecFactory } from '../../sdk/index.ts'
import { compileSchemaCodec } from '../../sdk/schema/compile.ts'
import { codecDeclaration } from '../../sdk/schema/declaration.ts'
import { decode } from './decode.ts'
import { explain } from './explain.ts'
import { tooLong } from './parts.ts'
import { type ConfigProblem, inFileOrder } from './problem.ts'
import { ConfigSource } from './source.ts'

export type ReadSchema =
  | { readonly kind: 'codec'; readonly factory: CodecFactory }
  /** In the order of the file; all of them, as far as each can be seen with the others there. */
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] }

export function readSchemaCodec(name: string, file: string, text: string): ReadSchema {
  const large = tooLong(text)
  if (large !== undefined)
    return {
      kind: 'problems',
      problems: [{ file, line: 0, column: 0, path: '', text: `the declaration ${large}` }],
    }
  const source = new ConfigSource(file, text)
  if (source.problems.length > 0) return { kind: 'problems', problems: inFileOrder(source.problems) }
  const problems = explain(codecDeclaration, source.value).map((found) =>
    source.problem(found.path, found.text, found.anchor),
  )
  const declaration = problems.length === 0 ? decode(codecDeclaration, source.value) : undefined
  if (declaration === undefined) return { kind: 'problems', problems: inFileOrder(problems) }
  const compiled = compileSchemaCodec(name, declaration)
  if (compiled.kind === 'codec') return compiled
  return {
    kind: 'problems',
    problems: inFileOrder(compiled.problems.map(({ path, text }) => source.problem(path, text))),
  }
}
