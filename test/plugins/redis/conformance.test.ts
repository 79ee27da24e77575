import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { RedisCodec } from '../../../plugins/redis/codec.ts'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'

const FILE = new URL('redis.vectors.yaml', import.meta.url).pathname

test('the Redis codec conforms', async () => {
  const memory = () => process.memoryUsage().arrayBuffers
  const report = await checkCodec(new RedisCodec(), readVectors(readFileSync(FILE, 'utf8'), FILE), { memory })
  expect(formatReport(report)).toMatch(/^redis: nothing is wrong/)
})
