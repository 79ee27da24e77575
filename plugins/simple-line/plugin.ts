/** The plugin: lines of keys with values. Its codec is declared, as anybody's may be; nothing here reads a byte. */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { type Codec, choice, definePlugin, options } from '../../sdk/index.ts'
import type * as schema from '../../sdk/schema/compile.ts'
import { declaration } from './codec.ts'

const NAME = 'simple-line'
/** What compiles declarations is loaded when the first line is spoken: forty modules that most workers never need. */
const COMPILE = `../../sdk/schema/compile${extname(import.meta.url)}`

function create(): Codec {
  const { compileSchemaCodec }: typeof schema = createRequire(import.meta.url)(COMPILE)
  const compiled = compileSchemaCodec(NAME, declaration)
  if (compiled.kind === 'codec') return compiled.factory.create()
  throw new Error(compiled.problems.map(({ text }) => text).join('; '))
}

export const plugin = definePlugin({
  name: NAME,
  codecs: [{ name: NAME, about: 'Lines of keys with values.', replaceable: true, create }],
  envoy: [
    {
      names: ['sota.filters.network.simple_line', 'sota.filters.network.simple'],
      options: options({ protocol: choice(['raw'], { about: 'The only one there is.', default: 'raw' }) }),
      protocol: NAME,
      filters: ['echo'],
    },
  ],
})
