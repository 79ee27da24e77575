/** Declared protocols, held by the conformance kit for codecs. */
import { describe, expect, it } from 'vitest'
import { CourierCodec } from '../../../examples/courier/courier-codec.ts'
import type { Codec } from '../../../sdk/index.ts'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'
import { protocols } from './protocols.ts'
import { exampleText, schemaCodec } from './read-schema.ts'

const memory = (): number => process.memoryUsage().arrayBuffers

async function reportOf(codec: Codec, vectors: string): Promise<string> {
  const list = readVectors(vectors, `${codec.name}.vectors.yaml`)
  return formatReport(await checkCodec(codec, list, { memory }))
}

describe('the conformance kit finds nothing wrong with', () => {
  it.each([
    ['awesomerpc', 'examples/awesomerpc'],
    ['simple-line', 'examples/simple-line'],
    ['courier', 'examples/courier'],
    ['newswire', 'examples/newswire'],
  ])('%s as a schema ', async (name, folder) => {
    const schema = exampleText(`${folder}/${name}.codec.yaml`)
    const report = await reportOf(schemaCodec(name, schema), exampleText(`${folder}/${name}.vectors.yaml`))
    expect(report).toMatch(/nothing is wrong/)
  })
})

it('the conformance kit finds nothing wrong with courier by hand, read in a straight line', async () => {
  const vectors = exampleText('examples/courier/courier.vectors.yaml')
  expect(await reportOf(new CourierCodec(), vectors)).toMatch(/nothing is wrong/)
})

describe('the conformance kit finds nothing wrong with a declared protocol of', () => {
  it.each(protocols.map((protocol) => [protocol.name, protocol] as const))('%s', async (_name, protocol) => {
    expect(await reportOf(schemaCodec('p', protocol.schema), protocol.vectors)).toMatch(/nothing is wrong/)
  })
})
