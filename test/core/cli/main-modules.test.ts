import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readProject } from '../../tidy/project.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
/** An import of the module itself, not one that is made when it is needed. */
const STATIC = /^(?:import|export)\s(?!type\s)(?:[^'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm

/** What is loaded with a file before it does anything: files of ours, and packages. */
function loadedWith(entry: string): ReadonlySet<string> {
  const { files } = readProject(ROOT)
  const loaded = new Set<string>([entry])
  for (const file of loaded) {
    for (const [, name = ''] of (files.get(file) ?? '').matchAll(STATIC)) {
      loaded.add(name.startsWith('.') ? posix.join(posix.dirname(file), name) : name)
    }
  }
  return loaded
}

describe('what the main thread of the proxy keeps in memory', () => {
  const loaded = loadedWith('core/cli/main.ts')

  it.each([
    ['the other commands', 'core/cli/commands.ts'],
    ['the built-in plugins', 'core/plugin/built-ins.ts'],
    ['the contract of plugins', 'sdk/index.ts'],
    ['what checks configurations', 'core/config/decode.ts'],
    ['what parses configurations', 'yaml'],
    ['regular expressions', 're2js'],
    ['declarations', 'typebox'],
  ])('are not %s', (_what, module) => {
    expect([...loaded]).not.toContain(module)
  })

  it('is what runs the proxy', () => {
    expect([...loaded]).toContain('core/worker/supervisor.ts')
  })
})
