import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkCodec } from '../../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../../sdk/testing/codec-kit/read-vectors.ts'
import { type Defect, defects } from './defects.ts'
import { ReferenceCodec } from './reference-codec.ts'

const file = new URL('./reference.vectors.yaml', import.meta.url)
const vectors = readVectors(readFileSync(file, 'utf8'), 'reference.vectors.yaml')
const options = { memory: () => process.memoryUsage().arrayBuffers }

test('checkCodec() finds nothing wrong with the right codec', async () => {
  const report = await checkCodec(new ReferenceCodec(), vectors, options)
  expect(formatReport(report)).toMatch(/^reference: nothing is wrong/)
  expect(report.ok).toBe(true)
  expect(report.skipped).toEqual([])
})

describe('checkCodec() names the defect of a codec that', () => {
  const names = Object.keys(defects).filter((name): name is Defect => name in defects)
  test.each(names)('%s', async (defect) => {
    const report = await checkCodec(new ReferenceCodec(defect), vectors, options)
    expect(report.findings.map(({ code }) => code)).toContain(defects[defect])
    expect(report.ok).toBe(false)
    expect(formatReport(report)).toContain(defects[defect])
  })
})
