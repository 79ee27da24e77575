/** ReadSchema: the codec of a declaration that is right, for tests. */
import { readFileSync } from 'node:fs'
import { problemText } from '../../../core/config/problem.ts'
import { readSchemaCodec } from '../../../core/config/schema-codec.ts'
import type { Codec } from '../../../sdk/index.ts'

export function schemaCodec(name: string, text: string): Codec {
  const read = readSchemaCodec(name, `${name}.codec.yaml`, text)
  if (read.kind === 'codec') return read.factory.create()
  throw new Error(read.problems.map(problemText).join('\n'))
}

/** A file such as `examples/awesomerpc/awesomerpc.codec.yaml`. */
export function exampleText(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
}
