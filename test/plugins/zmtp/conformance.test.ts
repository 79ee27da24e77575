import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ZmtpCodec } from '../../../plugins/zmtp/codec.ts'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'

test('the ZMTP codec conforms', async () => {
  const text = readFileSync(new URL('./zmtp.vectors.yaml', import.meta.url), 'utf8')
  const memory = () => process.memoryUsage().arrayBuffers
  const report = await checkCodec(new ZmtpCodec(), readVectors(text, 'zmtp.vectors.yaml'), { memory })
  expect(formatReport(report)).toMatch(/^zmtp: nothing is wrong/)
})
