/** The kit names what is wrong with what codecs say when a connection begins, and with the connections their requests need. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkCodec } from '../../../../sdk/testing/codec-kit/check-codec.ts'
import type { FindingCode } from '../../../../sdk/testing/codec-kit/finding.ts'
import { formatReport } from '../../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../../sdk/testing/codec-kit/read-vectors.ts'
import { luaCodec } from '../../../support/guest-codec.ts'
import { schemaCodec } from '../../schema/read-schema.ts'

const defects: readonly (readonly [defect: string, code: FindingCode])[] = [
  ['says nothing to upstreams', 'preface_missing'],
  ['greets callers as a caller', 'preface_wrong'],
  ['says a line too many to upstreams', 'preface_wrong'],
  ['says half a line too many to upstreams', 'preface_wrong'],
  ['takes its greeting for a message', 'preface_wrong'],
  ['takes any greeting', 'accepts_malformed'],
  ['greets once for all', 'preface_wrong'],
  ['waits for the greeting again and again', 'refuses_valid'],
  ['knows no connection of its own', 'wrong_affinity'],
  ['waits no longer than usual', 'wrong_affinity'],
]

const declaration = `
preface: { caller: { text: "HELLO 1\\n" }, upstream: { text: "READY 1\\n" } }
affinity: { own: { verb: FOLLOW } }
line: { end: "\\n" }
fields: [{ name: verb, type: word, writable: false }, { name: text, type: text, property: false }]
operation: "{verb}"
errors: { text: text }
`

const declared: readonly (readonly [from: string, to: string, code: FindingCode])[] = [
  ['caller: { text: "HELLO 1\\n" }, ', '', 'preface_missing'],
  ['text: "READY 1\\n"', 'text: "READY 1\\n", sends: "READY"', 'preface_wrong'],
  ['text: "HELLO 1\\n"', 'text: "HELLO ", until: "\\n", sends: "HELLO 1\\n"', 'accepts_malformed'],
  ['text: "READY 1\\n"', 'text: "ready 1\\n"', 'refuses_valid'],
  ['FOLLOW', 'LEAD', 'wrong_affinity'],
]

const source = read('greeted.codec.lua')
const vectors = readVectors(read('greeted.vectors.yaml'), 'greeted.vectors.yaml')
/** How long it may take is no matter of a declaration. */
const timeless = readVectors(
  read('greeted.vectors.yaml').replaceAll(/, wait-ms: \w+/g, ''),
  'greeted.vectors.yaml',
)

function read(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')
}

async function luaReport(defect: string) {
  return await checkCodec(await luaCodec(`local DEFECT = '${defect}' ${source}`), vectors)
}

test('checkCodec() finds nothing wrong with codecs that greet', async () => {
  expect(formatReport(await luaReport('none'))).toMatch(/nothing is wrong/)
  const report = await checkCodec(schemaCodec('greeted', declaration), timeless)
  expect(formatReport(report)).toMatch(/nothing is wrong/)
})

test.each(defects)('checkCodec() names the defect of a codec that %s', async (defect, code) => {
  expect((await luaReport(defect)).findings.map((finding) => finding.code)).toContain(code)
})

test.each(declared)('checkCodec() names a declaration with %s as %s', async (from, to, code) => {
  const wrong = declaration.replace(from, to)
  expect(wrong).not.toBe(declaration)
  const report = await checkCodec(schemaCodec('greeted', wrong), timeless)
  expect(report.findings.map((finding) => finding.code)).toContain(code)
})
