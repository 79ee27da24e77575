import { execFile, spawnSync } from 'node:child_process'
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

describe('weir.js', () => {
  it('runs the program and hands its exit code on', async () => {
    expect((await run(process.execPath, [LAUNCHER, 'version'])).stdout).toMatch(/^weir /)
    await expect(run(process.execPath, [LAUNCHER, 'nonsense'])).rejects.toMatchObject({ code: 2 })
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
