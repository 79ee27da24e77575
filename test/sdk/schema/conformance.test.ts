/** Declared protocols, held by the conformance kit for codecs. */
import { describe, expect, it } from 'vitest'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'
import { protocols } from './protocols.ts'
import { exampleText, schemaCodec } from './read-schema.ts'

const memory = (): number => process.memoryUsage().arrayBuffers

async function reportOf(name: string, schema: string, vectors: string): Promise<string> {
  const list = readVectors(vectors, `${name}.vectors.yaml`)
  return formatReport(await checkCodec(schemaCodec(name, schema), list, { memory }))
}

describe('the conformance kit finds nothing wrong with', () => {
  it.each([
    ['awesomerpc', 'examples/awesomerpc'],
    ['simple-line', 'examples/simple-line'],
    ['courier', 'examples/courier'],
  ])('%s as a schema ', async (name, folder) => {
    const schema = exampleText(`${folder}/${name}.codec.yaml`)
    const report = await reportOf(name, schema, exampleText(`${folder}/${name}.vectors.yaml`))
    expect(report).toMatch(/nothing is wrong/)
  })
})

describe('the conformance kit finds nothing wrong with a declared protocol of', () => {
  it.each(protocols.map((protocol) => [protocol.name, protocol] as const))('%s', async (_name, protocol) => {
    expect(await reportOf('p', protocol.schema, protocol.vectors)).toMatch(/nothing is wrong/)
  })
})
