import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Logger } from '../../../core/base/log.ts'
import { createSharedMemory } from '../../../core/base/shared/memory.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import { type Apply, LiveConfig } from '../../../core/worker/live-config.ts'
import { Refusal } from '../../../core/worker/refusal.ts'
import { Stopping } from '../../../core/worker/stopping.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const dir = temporaryFolder('live-config')

describe('LiveConfig', () => {
  it.each([
    ['logs nothing when weir stops meanwhile', new Stopping(), 'the proxy is stopping', 0],
    ['logs what a worker refuses', new Refusal(['no good']), 'no good', 1],
  ])('%s', async (_fact, error, problem, count) => {
    const file = join(dir, 'weir.yaml')
    writeFileSync(file, '')
    const lines: string[] = []
    const clock = { nowMs: 0 }
    const live = new LiveConfig({
      file,
      shared: new Shared(createSharedMemory(1), 'main', clock),
      log: Logger.create({ sink: { write: (line) => lines.push(line) }, control: { level: 'info' }, clock }),
      wallMs: () => 0,
    })
    const apply: Apply = () => Promise.reject(error)
    expect(await live.reload('signal', apply)).toEqual({ ok: false, version: 0, problems: [problem] })
    expect(lines).toHaveLength(count)
  })
})
