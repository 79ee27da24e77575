import { describe, expect, it } from 'vitest'
import { Logger } from '../../../core/base/log.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import { PluginReport } from '../../../core/worker/plugin-report.ts'

function reported() {
  const lines: string[] = []
  const log = Logger.create({
    sink: { write: (line) => lines.push(line) },
    control: { level: 'info' },
    clock: { nowMs: 0 },
  })
  const report = new PluginReport({ shared: Shared.alone({ nowMs: 0 }), log, wallMs: () => 5 })
  return { report, texts: () => lines.map((line): unknown => JSON.parse(line)) }
}

const hash = 'ab'.repeat(32)

describe('PluginReport', () => {
  it('tells once what several workers refuse, and again when it is another version or reason', () => {
    const { report, texts } = reported()
    for (let worker = 0; worker < 3; worker++) report.refused({ name: 'tag', hash, reason: 'tag.lua:1: no' })
    expect(texts()).toMatchObject([{ plugin: 'tag', reason: 'tag.lua:1: no' }])
    report.refused({ name: 'tag', hash, reason: 'tag.lua:2: no' })
    report.refused({ name: 'tag', hash: 'cd'.repeat(32), reason: 'tag.lua:2: no' })
    expect(texts()).toHaveLength(3)
  })

  it('tells once that the folder is gone, and again when it has been back', () => {
    const { report, texts } = reported()
    for (const problem of ['there is no folder x', 'there is no folder x', undefined]) report.folder(problem)
    expect(texts()).toHaveLength(1)
    report.folder('there is no folder x')
    expect(texts()).toHaveLength(2)
  })

  it('lists a file that cannot be read until it can be, or is gone', () => {
    const { report } = reported()
    report.problems([{ name: 'tag', path: 'plugins/tag.lua', text: 'the link leads nowhere' }])
    expect(report.knows('tag')).toBe(true)
    report.refused({ name: 'tag', hash, reason: 'the version before it: no' })
    expect(report.list([])).toMatchObject([
      { name: 'tag', state: 'refused', error: { text: 'plugins/tag.lua: the link leads nowhere' } },
    ])
    report.problems([])
    expect(report.list([])).toEqual([])
  })
})
