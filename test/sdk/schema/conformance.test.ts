/** Declared protocols, held by the conformance kit for codecs. */
import { describe, expect, it } from 'vitest'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'
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
  ])('%s as a schema of at most 40 lines', async (name, folder) => {
    const schema = exampleText(`${folder}/${name}.codec.yaml`)
    const report = await reportOf(name, schema, exampleText(`${folder}/${name}.vectors.yaml`))
    expect(report).toMatch(/nothing is wrong/)
    expect(schema.trimEnd().split('\n').length).toBeLessThanOrEqual(40)
  })
})
