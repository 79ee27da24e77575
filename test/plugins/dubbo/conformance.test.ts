import { expect, test } from 'vitest'
import { DubboCodec } from '../../../plugins/dubbo/codec.ts'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { dubboVectors } from './vectors.ts'

test('the Dubbo codec conforms, for the frames of all clients and servers that were recorded', async () => {
  const memory = () => process.memoryUsage().arrayBuffers
  const report = await checkCodec(new DubboCodec(), dubboVectors(), { memory })
  expect(formatReport(report)).toMatch(/^dubbo: nothing is wrong/)
})
