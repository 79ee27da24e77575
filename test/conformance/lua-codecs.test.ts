/** Codecs in Lua, held by the conformance kit for codecs, in the worker and as if they ran elsewhere. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkCodec } from '../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../sdk/testing/codec-kit/read-vectors.ts'
import { guestCodec, later, luaModule } from '../support/guest-codec.ts'

const examples = [
  ['awesomerpc', 'examples/awesomerpc'],
  ['simple-line', 'examples/simple-line'],
  ['newswire', 'examples/newswire'],
] as const

describe.each(examples)('%s in Lua', (name, folder) => {
  const source = readFileSync(`${folder}/plugins/${name}.codec.lua`, 'utf8')
  const vectors = readVectors(readFileSync(`${folder}/${name}.vectors.yaml`, 'utf8'), `${name}.vectors.yaml`)

  it('conforms', async () => {
    const { codec } = await guestCodec(luaModule(source))
    expect(formatReport(await checkCodec(codec, vectors))).toMatch(/nothing is wrong/)
  })

  it('conforms when its answers come later', async () => {
    const module = later(luaModule(source))
    const { codec } = await guestCodec(module)
    expect(formatReport(await checkCodec(codec, vectors, { settled: module.idle }))).toMatch(
      /nothing is wrong/,
    )
  })

  it('has no more than a hundred lines', () => {
    expect(source.split('\n').length).toBeLessThanOrEqual(100)
  })
})
