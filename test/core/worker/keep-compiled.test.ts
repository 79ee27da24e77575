import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { inspectConfig } from '../../../core/worker/inspection.ts'
import { threadFlags } from '../../../core/worker/thread-flags.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const KEEP = new URL('../../../core/worker/keep-compiled.ts', import.meta.url).href
const CLOCK = new URL('../../../core/base/clock.ts', import.meta.url).href
const THREAD = new URL('../../../core/worker/thread.ts', import.meta.url).href
const folder = temporaryFolder('compiled')

/** What keepCompiled() answers in a process that uses a cache, first for the process and then for each of the modules. */
async function answers(cache: string, ...modules: readonly string[]): Promise<string> {
  const load = modules.map(
    (module) => `await import(${JSON.stringify(module)}).catch(() => {}); answers.push(keepCompiled())`,
  )
  const text = `
    for (const flag of ${JSON.stringify(threadFlags)}) require('node:v8').setFlagsFromString(flag)
    const run = async () => {
      const { keepCompiled } = await import(${JSON.stringify(KEEP)})
      const answers = [keepCompiled()]
      ${load.join('\n')}
      console.log(answers.join(' '))
    }
    run()`
  const env = { ...process.env, NODE_COMPILE_CACHE: cache }
  return (await promisify(execFile)(process.execPath, ['--eval', text], { env })).stdout.trim()
}

describe('keepCompiled()', () => {
  it('says whether there was anything that the cache did not have', async () => {
    const cache = join(folder, 'own')
    expect(await answers(cache, CLOCK, CLOCK)).toBe('true true false')
    expect(await answers(cache, CLOCK, CLOCK)).toBe('false false false')
  })

  it('has nothing to say where there is no cache', async () => {
    expect(await answers('', CLOCK)).toBe('false false')
  })
})

describe('the check of a configuration whose code is new', () => {
  it('leaves nothing for the threads to compile', async () => {
    const cache = join(folder, 'checked')
    vi.stubEnv('NODE_COMPILE_CACHE', cache)
    onTestFinished(() => void vi.unstubAllEnvs())
    const file = join(folder, 'weir.yaml')
    writeFileSync(file, 'listeners: []\nclusters: []\n')
    await inspectConfig(file, process.execPath)
    vi.unstubAllEnvs()
    expect(await answers(cache, THREAD)).toMatch(/ false$/)
  })
})
