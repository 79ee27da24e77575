/** The codec that authors in AssemblyScript begin with, against the list that the template has in every language. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadCodecFile } from '../../../../core/cli/codec-file.ts'
import { buildFilter } from '../../../../sdk/guest/assemblyscript/build-filter.ts'
import { checkCodec } from '../../../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../../../sdk/testing/codec-kit/read-vectors.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const kits = fileURLToPath(new URL('../../../../sdk/guest/', import.meta.url))
const folder = temporaryFolder('template')

test('the template has nothing wrong with it', async () => {
  const built = await buildFilter(join(kits, 'assemblyscript/template-codec/assembly/plugin-name.codec.ts'))
  if (built.kind === 'failed') expect.fail(built.text)
  const file = join(folder, 'plugin-name.codec.wasm')
  writeFileSync(file, built.wasm)
  const list = join(kits, 'codec/template/plugin-name.vectors.yaml')
  const report = await checkCodec(await loadCodecFile(file), readVectors(readFileSync(list, 'utf8'), list))
  expect(formatReport(report)).toMatch(/plugin-name: nothing is wrong/)
})
