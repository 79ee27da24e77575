/** The kit names what is wrong with a codec in AssemblyScript: each is the right one with one line of it changed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { loadCodecFile } from '../../core/cli/codec-file.ts'
import { buildFilter } from '../../sdk/guest/assemblyscript/build-filter.ts'
import { checkCodec } from '../../sdk/testing/codec-kit/check-codec.ts'
import type { FindingCode } from '../../sdk/testing/codec-kit/finding.ts'
import { readVectors } from '../../sdk/testing/codec-kit/read-vectors.ts'

const example = fileURLToPath(new URL('../../examples/awesomerpc/', import.meta.url))
const source = readFileSync(join(example, 'assembly/awesomerpc.ts'), 'utf8')
const vectors = readVectors(readFileSync(join(example, 'awesomerpc.vectors.yaml'), 'utf8'), 'awesomerpc')

const folder = mkdtempSync(join(tmpdir(), 'weir-wasm-mutants-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Mutant = readonly [name: string, from: string, to: string, code: FindingCode]

const mutants: readonly Mutant[] = [
  ['looks for the id elsewhere', 'idAt: 1,', 'idAt: 5,', 'id_lost'],
  ['takes failures for replies', 'code == 0 ? Kind.Response : Kind.Error', 'Kind.Response', 'wrong_kind'],
  ['writes the size of what came', 'HEADER + <u32>body.size)', 'HEADER + 5)', 'mutation_lengths'],
  ['accepts every version', 'if (version < 1)', 'if (version < -128)', 'accepts_malformed'],
  [
    'answers under the next id',
    'write(w, VERSION, request.id, request.',
    'write(w, VERSION, request.id + 1, request.',
    'error_wrong_id',
  ],
  [
    'loops on empty bodies',
    '  r.body(size - HEADER)\n',
    '  while (size == HEADER) {}\n  r.body(size - HEADER)\n',
    'refuses_valid',
  ],
]

test.each(mutants)(
  'checkCodec() names the defect of a codec in WebAssembly that %s',
  async (_name, from, to, code) => {
    const wrong = source.replace(from, to)
    expect(wrong).not.toBe(source)
    writeFileSync(join(folder, 'awesomerpc.ts'), wrong)
    const built = await buildFilter(join(folder, 'awesomerpc.ts'))
    if (built.kind === 'failed') expect.fail(built.text)
    const file = join(folder, 'awesomerpc.codec.wasm')
    writeFileSync(file, built.wasm)
    const report = await checkCodec(await loadCodecFile(file), vectors)
    expect(report.findings.map((finding) => finding.code)).toContain(code)
  },
)
