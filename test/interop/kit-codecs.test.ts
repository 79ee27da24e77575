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
const out = mkdtempSync(join(tmpdir(), 'weir-codecs-'))

/** Builds a codec and says what is wrong with it. */
async function reportOf(language: string, source: string, list: string): Promise<string> {
  const name = list.replace(/^.*\/|\.vectors\.yaml$/g, '')
  const target = join(out, `${name}.codec.wasm`)
  execFileSync(join(root, 'sdk/guest', language, 'build.sh'), [join(root, source), target], { stdio: 'pipe' })
  const vectors = readVectors(readFileSync(join(root, list), 'utf8'), list)
  return formatReport(await checkCodec(await loadCodecFile(target), vectors))
}

it.each([
  ['rust', 'rust/awesomerpc.rs'],
  ['c', 'c/awesomerpc.c'],
])('awesomerpc in %s has nothing wrong with it', async (language, source) => {
  const list = 'examples/awesomerpc/awesomerpc.vectors.yaml'
  const report = await reportOf(language, `examples/awesomerpc/${source}`, list)
  expect(report).toMatch(/awesomerpc: nothing is wrong/)
})

it.each([
  ['rust', 'src/lib.rs'],
  ['c', 'plugin-name.codec.c'],
])('the codec that authors begin with in %s has nothing wrong with it', async (language, source) => {
  const list = 'sdk/guest/codec/template/plugin-name.vectors.yaml'
  const report = await reportOf(language, `sdk/guest/${language}/template-codec/${source}`, list)
  expect(report).toMatch(/plugin-name: nothing is wrong/)
})
