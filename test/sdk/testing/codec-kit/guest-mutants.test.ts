/** The kit names what is wrong with codecs in Lua and JavaScript, run as the proxy runs them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Subjects } from '../../../../core/cli/author/subject.ts'
import { checkCodec } from '../../../../sdk/testing/codec-kit/check-codec.ts'
import type { FindingCode } from '../../../../sdk/testing/codec-kit/finding.ts'
import { formatReport } from '../../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../../sdk/testing/codec-kit/read-vectors.ts'

const defects: readonly (readonly [defect: string, code: FindingCode])[] = [
  ['reads the id with the other byte order', 'wrong_id'],
  ['takes one-ways for requests', 'wrong_kind'],
  ['lower-cases values', 'wrong_property'],
  ['accepts every version', 'accepts_malformed'],
  ['loops on empty bodies', 'call_fails'],
  ['fails on large keys', 'call_fails'],
  ['counts its calls', 'nondeterministic'],
  ['counts up to what is claimed', 'fuel_for_claim'],
  ['ignores remove', 'mutation_lost'],
  ['loses the body with a mutation', 'mutation_breaks'],
  ['forgets the length of the body', 'mutation_lengths'],
  ['refuses without a name', 'mutation_unnamed'],
  ['answers errors under another id', 'error_wrong_id'],
  ['replies without properties', 'reply_wrong'],
  ['answers heartbeats with heartbeats', 'heartbeat_wrong'],
  ['takes everything for its own', 'sniff_takes_foreign'],
]

const inJavaScript: readonly (readonly [defect: string, code: FindingCode])[] = [
  ['reads the id with the other byte order', 'wrong_id'],
  ['takes one-ways for requests', 'wrong_kind'],
  ['accepts every version', 'accepts_malformed'],
  ['fails on large keys', 'call_fails'],
  ['ignores removals', 'mutation_lost'],
  ['loses the body with a mutation', 'mutation_breaks'],
  ['refuses without a name', 'mutation_unnamed'],
  ['answers errors under another id', 'error_wrong_id'],
  ['replies without properties', 'reply_wrong'],
  ['answers heartbeats with heartbeats', 'heartbeat_wrong'],
]

const folder = mkdtempSync(join(tmpdir(), 'weir-mutants-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const subjects = new Subjects()
const source = read('reference.codec.lua')
const javaScript = read('reference.codec.js')
const vectors = readVectors(read('reference.vectors.yaml'), 'reference.vectors.yaml')

function read(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')
}

/** Enough of them to show what is wrong. */
const few = ['request', 'request of nothing', 'one-way', 'heartbeat', 'another version']
const fewVectors = { ...vectors, vectors: vectors.vectors.filter(({ name }) => few.includes(name)) }

async function reportOf(defect: string, list = fewVectors) {
  const file = join(folder, 'reference.codec.lua')
  writeFileSync(file, `local DEFECT = '${defect}' ${source}`)
  const { codec, fuel, failures } = await subjects.openCodec(folder, 'reference')
  return await checkCodec(codec, list, { fuel, failures: () => failures.size })
}

test('checkCodec() finds nothing wrong with the right codec in Lua', async () => {
  expect(formatReport(await reportOf('none', vectors))).toMatch(/reference: nothing is wrong/)
})

test.each(defects)('checkCodec() names the defect of a codec in Lua that %s', async (defect, code) => {
  const report = await reportOf(defect)
  expect(report.findings.map((finding) => finding.code)).toContain(code)
})

async function javaScriptReportOf(defect: string, list = fewVectors) {
  const dir = join(folder, 'javascript')
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'reference.codec.js')
  writeFileSync(file, `globalThis.DEFECT = '${defect}'; ${javaScript}`)
  // What it spends is time, which says more of the machine.
  const { codec, failures } = await subjects.openCodec(dir, 'reference')
  const report = await checkCodec(codec, list, { failures: () => failures.size })
  codec.life?.end()
  return report
}

test('checkCodec() finds nothing wrong with the right codec in JavaScript', async () => {
  expect(formatReport(await javaScriptReportOf('none', vectors))).toMatch(/reference: nothing is wrong/)
})

test.each(inJavaScript)(
  'checkCodec() names the defect of a codec in JavaScript that %s',
  async (defect, code) => {
    const report = await javaScriptReportOf(defect)
    expect(report.findings.map((finding) => finding.code)).toContain(code)
  },
)
