/** `examples/awesomerpc` in compiled languages, built with their kits, against the list that all of its codecs fulfil. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { loadCodecFile } from '../../core/cli/codec-file.ts'
import { checkCodec } from '../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../sdk/testing/codec-kit/read-vectors.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const list = join(root, 'examples/awesomerpc/awesomerpc.vectors.yaml')
const vectors = readVectors(readFileSync(list, 'utf8'), list)

it.each([
  ['rust', 'rs'],
  ['c', 'c'],
])('the codec in %s has nothing wrong with it', async (language, ending) => {
  const target = join(mkdtempSync(join(tmpdir(), 'weir-awesomerpc-')), 'awesomerpc.codec.wasm')
  const source = join(root, 'examples/awesomerpc', language, `awesomerpc.${ending}`)
  execFileSync(join(root, 'sdk/guest', language, 'build.sh'), [source, target], { stdio: 'pipe' })
  expect(formatReport(await checkCodec(await loadCodecFile(target), vectors))).toMatch(/awesomerpc: nothing is wrong/)
})
