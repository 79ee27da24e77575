/** `examples/awesomerpc` in AssemblyScript: the list that all of its codecs have to fulfil, and real calls through a real weir. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { loadCodecFile } from '../../../core/cli/codec-file.ts'
import { buildFilter } from '../../../sdk/guest/assemblyscript/build-filter.ts'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { AwesomeExample } from './awesome-example.ts'

const source = fileURLToPath(new URL('../../../examples/awesomerpc/', import.meta.url))
const folder = temporaryFolder('awesomerpc')
const file = join(folder, 'awesomerpc.codec.wasm')
const list = join(source, 'awesomerpc.vectors.yaml')

let example: AwesomeExample | undefined
afterEach(async () => {
  await example?.stop()
  example = undefined
})

/** Compiled once; a later version has another text in it. */
const built = buildFilter(join(source, 'assembly/awesomerpc.ts')).then((result) => {
  if (result.kind === 'failed') throw new Error(result.text)
  return result.wasm
})

test('the codec in AssemblyScript has nothing wrong with it', async () => {
  writeFileSync(file, await built)
  const report = await checkCodec(await loadCodecFile(file), readVectors(readFileSync(list, 'utf8'), list))
  expect(formatReport(report)).toMatch(/awesomerpc: nothing is wrong/)
})

test('routes by command, limits, changes the code on the way and answers with errors of the protocol', async () => {
  writeFileSync(file, await built)
  example = await AwesomeExample.start(folder)
  await example.expectAllOfIt()
})

test('is replaced while it runs: the figures show both versions, and each connection keeps its own', async () => {
  writeFileSync(file, await built)
  const running = await AwesomeExample.start(folder)
  example = running
  const before = await running.open()
  expect(await before.call(1, 'a')).toMatchObject({ body: 'first:1:a' })
  const [{ version: old } = { version: '' }] = await codecsOf(running)
  // A custom section that says nothing changes the hash, and nothing else.
  writeFileSync(file, Buffer.concat([await built, Buffer.from([0, 2, 1, 0x78])]))
  await eventually(async () => {
    const caller = await running.open()
    expect(await caller.call(1, 'b')).toMatchObject({ body: 'first:1:b' })
    const codecs = await codecsOf(running)
    const both = ['new', 'old'].every((which) =>
      codecs.some(({ version, connections }) => (version === old) === (which === 'old') && connections > 0),
    )
    if (!both) caller.close()
    return both
  }, 'a new connection speaks the new version')
  expect(await before.call(1, 'c')).toMatchObject({ body: 'first:1:c' })
})

interface ShownCodec {
  readonly version: string
  readonly connections: number
}

async function codecsOf({ proxy }: AwesomeExample): Promise<readonly ShownCodec[]> {
  const shown = await fetch(`http://127.0.0.1:${proxy.adminPort}/listeners`)
  const { listeners }: { listeners: { codecs: ShownCodec[] }[] } = JSON.parse(await shown.text())
  return listeners[0]?.codecs ?? []
}
