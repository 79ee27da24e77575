/**
 * Compile: a declaration of a protocol as a factory of its codec, or everything that does not hold together in it. No
 * program text is made: a declaration is a stranger's file, and what comes of it is tables and closures.
 */
import type { CodecFactory } from '../plugin.ts'
import { compileFrames } from './compile-frames.ts'
import { compileLines } from './compile-lines.ts'
import type { CodecDeclaration } from './declaration.ts'
import type { SchemaProblem } from './problem.ts'

export type CompiledSchema =
  | { readonly kind: 'codec'; readonly factory: CodecFactory }
  | { readonly kind: 'problems'; readonly problems: readonly SchemaProblem[] }

/** `name` is the protocol's. The declaration has been held against its own schema. */
export function compileSchemaCodec(name: string, declaration: CodecDeclaration): CompiledSchema {
  const problems: SchemaProblem[] = []
  const create =
    declaration.line === undefined
      ? compileFrames(name, declaration, problems)
      : compileLines(name, declaration, problems)
  if (problems.length > 0 || create === undefined) return { kind: 'problems', problems }
  return {
    kind: 'codec',
    factory: { name, about: declaration.about ?? `The protocol ${name}, declared.`, create },
  }
}
