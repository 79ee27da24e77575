/** Codecs in JavaScript, held by the conformance kit for codecs, in processes of their own. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadCodecFile } from '../../core/cli/codec-file.ts'
import { checkCodec } from '../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../sdk/testing/codec-kit/read-vectors.ts'

const examples = [
  ['awesomerpc', 'examples/awesomerpc'],
  ['newswire', 'examples/newswire'],
] as const

describe.each(examples)('%s in JavaScript', (name, folder) => {
  const file = `${folder}/javascript/${name}.codec.js`
  const vectors = readVectors(readFileSync(`${folder}/${name}.vectors.yaml`, 'utf8'), `${name}.vectors.yaml`)

  it('conforms', async () => {
    const codec = await loadCodecFile(file)
    expect(formatReport(await checkCodec(codec, vectors))).toMatch(/nothing is wrong/)
    codec.life?.end()
  })

  it('has no more than a hundred lines', () => {
    expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThanOrEqual(100)
  })
})
