/** The built-in codec of simple lines is the example's schema, and a codec of the folder is spoken in its place. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { decode } from '../../../core/config/decode.ts'
import { ConfigSource } from '../../../core/config/source.ts'
import { declaration } from '../../../plugins/simple-line/codec.ts'
import { plugin } from '../../../plugins/simple-line/plugin.ts'
import { codecDeclaration } from '../../../sdk/schema/declaration.ts'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'

function example(name: string): string {
  return readFileSync(new URL(`../../../examples/simple-line/${name}`, import.meta.url), 'utf8')
}

function codec() {
  const made = plugin.codecs?.[0]?.create()
  if (made === undefined) throw new Error('the plugin has no codec')
  return made
}

test('the declaration is the one of the example', () => {
  const { value } = new ConfigSource('simple-line.codec.yaml', example('simple-line.codec.yaml'))
  expect(declaration).toEqual(decode(codecDeclaration, value))
})

test('the codec conforms', async () => {
  const vectors = readVectors(example('simple-line.vectors.yaml'), 'simple-line.vectors.yaml')
  const memory = () => process.memoryUsage().arrayBuffers
  expect(formatReport(await checkCodec(codec(), vectors, { memory }))).toMatch(/nothing is wrong/)
})
