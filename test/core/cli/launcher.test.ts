import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const LAUNCHER = fileURLToPath(new URL('../../../core/cli/weir.js', import.meta.url))

/** A Node on this machine that cannot run the proxy itself, if there is one. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((node) => {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? ''
  return /^v2[0-3]\./.test(version)
})

/** Loaded before the launcher: tells on standard output what the young generation became, when there was much in it. */
const YOUNG = `
const { getHeapSpaceStatistics } = require('node:v8')
process.on('exit', () => {
  const kept = []
  for (let i = 0; i < 200_000; i++) kept[i % 20_000] = { i }
  const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
  require('node:fs').writeSync(1, process.argv[2] + ': ' + young.space_size / 1_048_576 + ' MB\\n')
})`

describe('weir.js', () => {
  it('runs the program and hands its exit code on', async () => {
    expect((await run(process.execPath, [LAUNCHER, 'version'])).stdout).toMatch(/^weir /)
    await expect(run(process.execPath, [LAUNCHER, 'nonsense'])).rejects.toMatchObject({ code: 2 })
  })

  it('runs the proxy with a young generation that does not grow, and other commands with one that does', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'weir-launcher-'))
    try {
      const spy = join(dir, 'spy.cjs')
      writeFileSync(spy, YOUNG)
      const tell = async (...args: readonly string[]) => {
        const ended = run(process.execPath, ['--require', spy, LAUNCHER, ...args])
        return await ended.then(
          ({ stdout }) => stdout,
          ({ stdout }: { stdout: string }) => stdout,
        )
      }
      expect(await tell('run', '-c', join(dir, 'missing.yaml'))).toBe('run: 2 MB\n')
      expect(await tell('schema', '-h')).not.toContain('schema: 2 MB')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  // Needs a Node older than 24 beside the one that npm installed.
  it.skipIf(oldNode === undefined)(
    'hands over to the Node of the checkout when its own is too old',
    async () => {
      const { stdout } = await run(oldNode ?? '', [LAUNCHER, 'version'])
      expect(stdout).toContain(`(node ${process.versions.node})`)
      await expect(run(oldNode ?? '', [LAUNCHER, 'nonsense'])).rejects.toMatchObject({ code: 2 })
    },
  )
})
