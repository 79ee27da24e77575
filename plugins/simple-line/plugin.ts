/** The plugin: lines of keys with values. Its codec is declared, as anybody's may be; nothing here reads a byte. */
import { choice, definePlugin, options } from '../../sdk/index.ts'
import { compileSchemaCodec } from '../../sdk/schema/compile.ts'
import { declaration } from './codec.ts'

const NAME = 'simple-line'

const compiled = compileSchemaCodec(NAME, declaration)
if (compiled.kind === 'problems') throw new Error(compiled.problems.map(({ text }) => text).join('; '))

export const plugin = definePlugin({
  name: NAME,
  codecs: [{ ...compiled.factory, replaceable: true }],
  envoy: [
    {
      names: ['sota.filters.network.simple_line', 'sota.filters.network.simple'],
      options: options({ protocol: choice(['raw'], { about: 'The only one there is.', default: 'raw' }) }),
      protocol: NAME,
      filters: ['echo'],
    },
  ],
})
