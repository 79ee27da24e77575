/** The kit names what is wrong with declarations: each is a right one with one line of it changed. */
import { expect, test } from 'vitest'
import { checkCodec } from '../../../../sdk/testing/codec-kit/check-codec.ts'
import type { FindingCode } from '../../../../sdk/testing/codec-kit/finding.ts'
import { readVectors } from '../../../../sdk/testing/codec-kit/read-vectors.ts'
import { exampleText, schemaCodec } from '../../schema/read-schema.ts'

type Mutant = readonly [name: string, protocol: string, from: string, to: string, code: FindingCode]

const SUM = '{ name: sum, type: u32, is: checksum, algorithm: crc32c, over: frame }'

const mutants: readonly Mutant[] = [
  ['another sum', 'courier', 'algorithm: crc32c', 'algorithm: crc32', 'refuses_valid'],
  ['no sum at all', 'courier', SUM, '{ name: sum, type: u32, property: false }', 'accepts_malformed'],
  ['a length that counts too much', 'courier', 'counts: rest }', 'counts: rest, plus: 1 }', 'refuses_valid'],
  ['one-ways that are requests', 'courier', 'oneway: { kind: 2 }', 'error: { kind: 2 }', 'wrong_kind'],
  ['a status that is a failure', 'courier', 'ok: [0, 1]', 'ok: [0]', 'wrong_kind'],
  ['a version that there is not', 'courier', 'value: [1, 2]', 'value: [1, 2, 3]', 'accepts_malformed'],
  ['half of an operation', 'courier', '"{service}/{method}"', '"{method}"', 'wrong_field'],
  ['a kind that is forgotten', 'courier', '  heartbeat-reply: { kind: 4 }\n', '', 'refuses_valid'],
  ['names that are not shown', 'courier', ', names: { 0: "no", 1: "yes" }', '', 'wrong_property'],
  ['values without escapes', 'simple-line', ', escape: percent', '', 'wrong_property'],
  ['another separator', 'simple-line', 'separator: "&"', 'separator: ";"', 'wrong_property'],
  ['one way to end a line', 'simple-line', ' also-end: "\\n",', '', 'no_message'],
]

test.each(mutants)(
  'checkCodec() names %s in a declaration of %s',
  async (_name, protocol, from, to, code) => {
    const right = exampleText(`examples/${protocol}/${protocol}.codec.yaml`)
    const wrong = right.replace(from, to)
    expect(wrong).not.toBe(right)
    const vectors = readVectors(exampleText(`examples/${protocol}/${protocol}.vectors.yaml`), protocol)
    const report = await checkCodec(schemaCodec(protocol, wrong), vectors)
    expect(report.findings.map((finding) => finding.code)).toContain(code)
  },
)
