/**
 * Codecs of compiled languages, built with their kits: `examples/awesomerpc` and what authors begin with, against the
 * conformance kit, and a codec with a greeting.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { pluginFile, Subjects } from '../../core/cli/author/subject.ts'
import { ByteWriter, Mutation } from '../../sdk/index.ts'
import { checkCodec } from '../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../sdk/testing/codec-kit/read-vectors.ts'
import { greets } from '../conformance/greets.ts'
import { kitCodec } from '../conformance/kit-config.ts'
import { Collected } from '../support/collected.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const out = temporaryFolder('codecs')

/** What `setup.sh` found. */
const { goTool }: { readonly goTool: string } = JSON.parse(
  readFileSync(join(process.env['WEIR_CACHE'] ?? join(root, '.cache'), 'interop/peers.json'), 'utf8'),
)

/** Builds a codec, by its kit; answers the file. */
function build(language: string, source: string, name: string): string {
  const target = join(out, `${name}.codec.wasm`)
  execFileSync(join(root, 'sdk/guest', language, 'build.sh'), [join(root, source), target], {
    env: { ...process.env, GO: goTool },
    stdio: 'pipe',
  })
  return target
}

/** What is wrong with a codec. */
async function reportOf(language: string, source: string, list: string): Promise<string> {
  const name = list.replace(/^.*\/|\.vectors\.yaml$/g, '')
  build(language, source, name)
  const vectors = readVectors(readFileSync(join(root, list), 'utf8'), list)
  const { codec, failures } = await new Subjects().loadCodec(await pluginFile(out, `${name}.codec`))
  const report = formatReport(await checkCodec(codec, vectors))
  expect([...failures]).toEqual([])
  return report
}

it.each([
  ['rust', 'rust/awesomerpc.rs'],
  ['c', 'c/awesomerpc.c'],
  ['go', 'go/awesomerpc.go'],
])('awesomerpc in %s has nothing wrong with it', async (language, source) => {
  const list = 'examples/awesomerpc/awesomerpc.vectors.yaml'
  const report = await reportOf(language, `examples/awesomerpc/${source}`, list)
  expect(report).toMatch(/awesomerpc: nothing is wrong/)
})

it.each([
  ['rust', 'src/lib.rs'],
  ['c', 'plugin-name.codec.c'],
  ['go', 'plugin-name.codec.go'],
])('the codec that authors begin with in %s has nothing wrong with it', async (language, source) => {
  const list = 'sdk/guest/codec/template/plugin-name.vectors.yaml'
  const report = await reportOf(language, `sdk/guest/${language}/template-codec/${source}`, list)
  expect(report).toMatch(/plugin-name: nothing is wrong/)
})

it('the collector of Go runs within what calls have saved', async () => {
  build('go', 'sdk/guest/go/template-codec/plugin-name.codec.go', 'plugin-name')
  const { codec, failures } = await new Subjects().loadCodec(await pluginFile(out, 'plugin-name.codec'))
  const frame = Buffer.from('ca1101000000000700000011016f02036b657900016103746167000162', 'hex')
  const [message] = new Collected(codec).give(frame).messages
  if (message === undefined) throw new Error('there is no message')
  message.mutation = new Mutation()
  message.mutation.set('tag', 'x')
  const written = new ByteWriter()
  for (let i = 0; i < 40_000; i++) {
    written.take()
    codec.encode(message, 0, i, written, undefined)
  }
  expect([...failures]).toEqual([])
  expect(written.toBuffer().length).toBe(frame.length)
})

for (const [language, source] of [
  ['rust', 'greeting.rs'],
  ['c', 'greeting.c'],
  ['go', 'greeting.go'],
  ['go', 'chunks.go'],
  ['rust', 'chunks.rs'],
  ['c', 'chunks.c'],
] as const) {
  greets(`${language} (${source})`, async () => {
    const target = build(language, `test/interop/kits/${source}`, 'greeting')
    return await kitCodec(new Uint8Array(readFileSync(target)))
  })
}
