/** `examples/awesomerpc` in AssemblyScript, against the list that all of its codecs have to fulfil. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadCodecFile } from '../../../core/cli/codec-file.ts'
import { buildFilter } from '../../../sdk/guest/assemblyscript/build-filter.ts'
import { checkCodec } from '../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../sdk/testing/codec-kit/read-vectors.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const example = fileURLToPath(new URL('../../../examples/awesomerpc/', import.meta.url))
const folder = temporaryFolder('awesomerpc')

test('the codec in AssemblyScript has nothing wrong with it', async () => {
  const built = await buildFilter(join(example, 'assembly/awesomerpc.ts'))
  if (built.kind === 'failed') expect.fail(built.text)
  const file = join(folder, 'awesomerpc.codec.wasm')
  writeFileSync(file, built.wasm)
  const list = join(example, 'awesomerpc.vectors.yaml')
  const report = await checkCodec(await loadCodecFile(file), readVectors(readFileSync(list, 'utf8'), list))
  expect(formatReport(report)).toMatch(/awesomerpc: nothing is wrong/)
})
