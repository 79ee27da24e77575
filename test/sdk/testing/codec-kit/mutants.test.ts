import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkCodec } from '../../../../sdk/testing/codec-kit/check-codec.ts'
import type { FindingCode } from '../../../../sdk/testing/codec-kit/finding.ts'
import { formatReport } from '../../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../../sdk/testing/codec-kit/read-vectors.ts'
import { type Defect, defects } from './defects.ts'
import { LaterCodec } from './later-codec.ts'
import { ReferenceCodec } from './reference-codec.ts'

const file = new URL('./reference.vectors.yaml', import.meta.url)
const vectors = readVectors(readFileSync(file, 'utf8'), 'reference.vectors.yaml')
const options = { memory: () => process.memoryUsage().arrayBuffers }

/** What is wrong with these stands in certain bytes, which the report marks. */
const marked: ReadonlySet<FindingCode> = new Set([
  ...(['mutation_breaks', 'mutation_differs', 'mutation_lengths', 'mirror_differs'] as const),
  ...(['wrong_property', 'need_missing', 'need_too_large', 'over_limit_accepted', 'pending_wrong'] as const),
  ...(['wrong_id', 'wrong_keys', 'error_wrong_id', 'error_wrong_kind', 'error_unreadable'] as const),
  ...(['early_message', 'truncated_malformed', 'pipelined_differs', 'id_lost'] as const),
])

test('formatReport() marks the length that is wrong after a change, and what differs from the vector', async () => {
  const report = await checkCodec(new ReferenceCodec('forgets the length of the body'), vectors, options)
  const lines = formatReport(report)
  expect(lines).toMatch(/mutation_lengths, "request", byte \d+/)
  const refused = await checkCodec(
    new ReferenceCodec('counts the last property to the body'),
    vectors,
    options,
  )
  expect(refused.findings.map(({ text }) => text).join()).toMatch(/the vector's, which has [\da-f]+ at \d+/)
})

test.each([
  ['reads the id with the other byte order', 'wrong_id', /^ +0000 +52 46 01 01\[01 02 03 04\]/m],
  ['hides the first key', 'wrong_keys', /05 09\[6f\] .*\n +0010 +\[70 65 72 61 74 69 6f 6e\]/],
  ['answers errors under another id', 'error_wrong_id', /^ +0000 +52 46 01 .. ?\[(?:.. ){3}..\]/m],
  ['answers errors as requests', 'error_wrong_kind', /^ +0000 +52 46 01\[01\]/m],
] as const)('formatReport() marks the bytes of a codec that %s', async (defect, code, dump) => {
  const report = await checkCodec(new ReferenceCodec(defect), vectors, options)
  const findings = report.findings.filter((each) => each.code === code)
  expect(formatReport({ ...report, findings })).toMatch(dump)
})

test('checkCodec() finds nothing wrong with the right codec', async () => {
  const report = await checkCodec(new ReferenceCodec(), vectors, options)
  expect(formatReport(report)).toMatch(/^reference: nothing is wrong/)
  expect(report.ok).toBe(true)
  expect(report.skipped).toEqual([])
})

test('checkCodec() waits for a codec that pushes and writes later, and finds what is wrong with it', async () => {
  expect(formatReport(await checkCodec(new LaterCodec(), vectors))).toMatch(/reference: nothing is wrong/)
  const wrong = await checkCodec(new LaterCodec('drops the second frame of a chunk'), vectors)
  expect(wrong.findings.map(({ code }) => code)).toContain('pipelined_differs')
})

test('formatReport() shows what is wrong, what to do, and the bytes with brackets around those in question', async () => {
  const text = formatReport(
    await checkCodec(new ReferenceCodec('asks for a byte too many'), vectors, options),
  )
  expect(text).toContain(`need_too_large, "request", byte 14 (39 times)
  Cut off behind byte 14 of 53, need(40) was said, and 39 are missing.
  To do: Ask for no more than is surely missing: first the rest of the header, then the rest of the frame.
    0000   52 46 01 01 01 02 03 04 00 22 00 00 00 05[09 6f]  RF.......".....o
    0010  [70 65 72 61 74 69 6f 6e 00 0a 44 65 6d 6f 2f 48]  peration..Demo/H
`)
})

describe('checkCodec() names the defect of a codec that', () => {
  const names = Object.keys(defects).filter((name): name is Defect => name in defects)
  test.each(names)('%s', async (defect) => {
    const report = await checkCodec(new ReferenceCodec(defect), vectors, options)
    expect(report.findings.map(({ code }) => code)).toContain(defects[defect])
    expect(report.ok).toBe(false)
    expect(formatReport(report)).toContain(defects[defect])
    const unmarked = report.findings.filter(({ bytes, marks }) => bytes.length > 0 && marks.length === 0)
    expect(unmarked.map(({ code }) => code).filter((code) => marked.has(code))).toEqual([])
  })
})
