import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { serving } from '../../support/serving.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const run = promisify(execFile)
const LAUNCHER = fileURLToPath(new URL('../../../core/cli/weir.js', import.meta.url))

const CONFIG = `
admin: { address: 127.0.0.1:0 }
listeners:
  - { name: a, address: 127.0.0.1:0, protocol: simple-line, filters: [router], routes: [{ cluster: none }] }
clusters:
  - { name: none, endpoints: [127.0.0.1:1] }
`
const folder = temporaryFolder('launcher')

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

/** Loaded before the launcher: writes down each start of the process, and what of the first the second one knows. */
const STARTS = `
if (!process.argv.includes('--eval') && require('node:worker_threads').isMainThread && process.argv[2] === 'run') {
  const anew = process.env.WEIR_STARTED_ANEW === undefined ? 'first' : 'anew'
  require('node:fs').appendFileSync(process.env.STARTS, process.pid + ' ' + anew + ' ' + process.argv.slice(2) + '\\n')
  process.on('exit', () => {
    require('node:fs').appendFileSync(process.env.STARTS, 'left: ' + process.env.WEIR_STARTED_ANEW + '\\n')
  })
}`

describe('weir.js', () => {
  it('runs the program and hands its exit code on', async () => {
    expect((await run(process.execPath, [LAUNCHER, 'version'])).stdout).toMatch(/^weir /)
    await expect(run(process.execPath, [LAUNCHER, 'nonsense'])).rejects.toMatchObject({ code: 2 })
  })

  it('runs the proxy with a young generation that does not grow, and other commands with one that does', async () => {
    const spy = join(folder, 'young.cjs')
    writeFileSync(spy, YOUNG)
    const tell = async (...args: readonly string[]) => {
      const ended = run(process.execPath, ['--require', spy, LAUNCHER, ...args])
      return await ended.then(
        ({ stdout }) => stdout,
        ({ stdout }: { stdout: string }) => stdout,
      )
    }
    expect(await tell('run', '-c', join(folder, 'missing.yaml'))).toBe('run: 2 MB\n')
    expect(await tell('schema', '-h')).not.toContain('schema: 2 MB')
  })

  it.skipIf(process.platform !== 'linux')(
    'starts anew in the same process when the code of the proxy had to be compiled, and then no more',
    async () => {
      const spy = join(folder, 'starts.cjs')
      const starts = join(folder, 'starts')
      const config = join(folder, 'weir.yaml')
      writeFileSync(spy, STARTS)
      writeFileSync(config, CONFIG)
      // A launcher elsewhere has a cache elsewhere; nothing is in it yet.
      const launcher = join(folder, 'core', 'cli', 'weir.js')
      mkdirSync(dirname(launcher), { recursive: true })
      cpSync(LAUNCHER, launcher)
      symlinkSync(join(dirname(LAUNCHER), 'main.ts'), join(dirname(launcher), 'main.ts'))
      const env = { ...process.env, STARTS: starts }
      const args = ['run', '-c', config, '--workers', '1']
      const startAndStop = async () => {
        const child = spawn(process.execPath, ['--require', spy, launcher, ...args], { env })
        let told = ''
        child.stderr.on('data', (chunk: Buffer) => {
          told += chunk.toString()
        })
        await serving(child)
        child.kill('SIGTERM')
        expect(await once(child, 'exit')).toEqual([0, null])
        expect(told).not.toContain('Warning')
        const lines = readFileSync(starts, 'utf8').trimEnd().split('\n')
        rmSync(starts)
        return { pid: child.pid, lines }
      }
      const first = await startAndStop()
      const command = args.join(',')
      expect(first.lines.filter((line) => !line.startsWith('left'))).toEqual([
        `${first.pid} first ${command}`,
        `${first.pid} anew ${command}`,
      ])
      expect(first.lines.at(-1)).toBe('left: undefined')
      const second = await startAndStop()
      expect(second.lines).toEqual([`${second.pid} first ${command}`, 'left: undefined'])
    },
  )

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
