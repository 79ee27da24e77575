import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Logger } from '../../../core/base/log.ts'
import { Shared } from '../../../core/base/shared/shared.ts'
import type { PluginSet } from '../../../core/plugin/plugin-file.ts'
import type { ConfigFacts } from '../../../core/worker/config-facts.ts'
import { type Give, LivePlugins } from '../../../core/worker/live-plugins.ts'
import { PluginReport } from '../../../core/worker/plugin-report.ts'

let dir = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'weir-live-'))
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** What a configuration says whose listeners name these. */
function factsOf(...named: readonly string[]): ConfigFacts {
  const plugins = { dir, filesMax: 9, fileBytesMax: 16 * 1_048_576, named }
  const none = { listeners: [], clusters: [], workers: 1, drainMs: 0 }
  return { ...none, adminAddress: '', logLevel: 'info', plugins }
}

/** Workers that take whatever they are given; answers what that was. */
function workersFor(facts: ConfigFacts) {
  const given: (PluginSet | undefined)[] = []
  const give: Give = async (config, review) => {
    let next = config
    for (;;) {
      const again = await review([{ facts, plugins: { uses: [], refused: [], notices: [], problems: [] } }])
      if (again === undefined) break
      next = again
    }
    given.push(next.plugins)
    return facts
  }
  return { give, given }
}

function livePlugins(): LivePlugins {
  const log = Logger.create({
    sink: { write: () => undefined },
    control: { level: 'info' },
    clock: { nowMs: 0 },
  })
  return new LivePlugins(
    new PluginReport({ shared: Shared.alone({ nowMs: 0 }), log, wallMs: () => 0 }),
    () => 0,
  )
}

const config = { file: 'weir.yaml', text: 'one', version: 1 }

describe('LivePlugins', () => {
  it('tells workers why a plugin cannot be read that a configuration may name, and begins nothing anew for it', async () => {
    const plugins = livePlugins()
    const { give, given } = workersFor(factsOf())
    await plugins.give(config, factsOf().plugins, give)
    writeFileSync(join(dir, 'big.lua'), ' '.repeat(1_048_577))
    expect(await plugins.look()).toEqual({ changed: false, again: false })
    await plugins.give({ ...config, text: 'two' }, plugins.facts, give)
    const reason = `${join(dir, 'big.lua')}: the file has 1048577 bytes; a .lua file may have 1048576`
    expect(given[1]).toMatchObject({ files: [], refused: [{ name: 'big', reason }] })
  })

  it('keeps the version that runs when its file grows beyond what is read', async () => {
    writeFileSync(join(dir, 'tag.lua'), 'one')
    const plugins = livePlugins()
    const { give, given } = workersFor(factsOf('tag'))
    await plugins.give(config, factsOf('tag').plugins, give)
    writeFileSync(join(dir, 'tag.lua'), ' '.repeat(1_048_577))
    expect(await plugins.look()).toEqual({ changed: false, again: false })
    await plugins.give({ ...config, text: 'two' }, plugins.facts, give)
    expect(given[1]?.files).toEqual(given[0]?.files)
    expect(given[1]?.refused).toEqual([])
  })
})
