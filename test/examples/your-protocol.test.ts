/** The tutorial: its codecs conform, do the same on real connections, and are what the page shows. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { writeScaffold } from '../../core/cli/author/scaffold.ts'
import { Subjects } from '../../core/cli/author/subject.ts'
import { checkCodec } from '../../sdk/testing/codec-kit/check-codec.ts'
import { formatReport } from '../../sdk/testing/codec-kit/format-report.ts'
import { readVectors } from '../../sdk/testing/codec-kit/read-vectors.ts'

const EXAMPLE = resolve('examples/09-your-protocol')
const TUTORIAL = resolve('sdk/TUTORIAL.md')
const WEIR = resolve('core/cli/weir.js')
const ways = ['schema', 'pull', 'javascript', 'push']
const run = promisify(execFile)

const children: ChildProcess[] = []
const folders: string[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'weir-parley-'))
  folders.push(made)
  return made
}

/** The folder that `weir plugin new codec parley` makes. */
async function scaffold(kit: string): Promise<string> {
  const dir = join(folder(), 'parley')
  const templates = ['codec/template', `${kit}/template-codec`].map(
    (path) => new URL(`../../sdk/guest/${path}`, import.meta.url),
  )
  await writeScaffold({ name: 'parley', dir, templates, copies: [] })
  return dir
}

async function started(args: readonly string[], line: RegExp): Promise<string> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  const { promise, resolve: found, reject } = Promise.withResolvers<string>()
  for (const input of [child.stdout, child.stderr]) {
    createInterface(input).on('line', (text) => {
      const match = line.exec(text)?.[1]
      if (match !== undefined) found(match)
    })
  }
  child.once('exit', () => reject(new Error('it has ended')))
  return await promise
}

describe.each(ways)('parley, by the way of examples/09-your-protocol/%s', (way) => {
  it('conforms', async () => {
    const file = join(EXAMPLE, 'parley.vectors.yaml')
    const { codec } = await new Subjects().openCodec(join(EXAMPLE, way), 'parley')
    const report = await checkCodec(codec, readVectors(readFileSync(file, 'utf8'), file))
    expect(formatReport(report)).toMatch(/nothing is wrong/)
  })

  it('is routed, limited, changed and refused as the configuration says', async () => {
    const tried = join(await scaffold('schema'), 'try')
    const stable = await started([join(tried, 'server.js'), '0'], /127\.0\.0\.1:(\d+)/)
    const home = folder()
    cpSync(join(EXAMPLE, way), join(home, 'schema'), { recursive: true })
    const config = readFileSync(join(EXAMPLE, 'weir.yaml'), 'utf8')
    const own = config
      .replace(':9901', ':0')
      .replace('127.0.0.1:7701', '127.0.0.1:0')
      .replace(':7702', `:${stable}`)
      .replace(':7703', ':1')
      // Nothing comes in while the test runs, however long it takes.
      .replace('every: 1s', 'every: 1h')
    writeFileSync(join(home, 'weir.yaml'), own)
    const args = [WEIR, 'run', '-c', join(home, 'weir.yaml'), '--workers', '1']
    const port = await started(args, /"parley":"127\.0\.0\.1:(\d+)"/)
    const call = async (...words: readonly string[]) => {
      const asked = run(process.execPath, [join(tried, 'client.js'), '--port', port, ...words])
      return (await asked.catch((error: { readonly stdout: string }) => error)).stdout
    }
    expect(await call('hello', 'world', 'caller=me')).toBe('#1 ok: hello: world caller=me via=weir\n')
    expect(await call('forbidden', 'x')).toBe('#1 error 3: weir: denied: nobody may do that\n')
    expect(await call('new-hello', 'x')).toMatch(/^#1 error 1: weir: upstream_connect_failed/)
    if (way !== 'schema') return
    const busy = await Promise.all(Array.from({ length: 8 }, () => call('hello', 'x', 'caller=busy')))
    expect(busy.filter((text) => text.startsWith('#1 error 2: weir: over_limit')).length).toBe(3)
    expect(busy.filter((text) => text.startsWith('#1 ok')).length).toBe(5)
  })
})

describe('the tutorial', () => {
  it('shows what stands in the files', () => {
    const text = ways
      .flatMap((way) => readdirSync(join(EXAMPLE, way)).map((name) => join(EXAMPLE, way, name)))
      .concat(join(EXAMPLE, 'weir.yaml'), join(EXAMPLE, 'parley.vectors.yaml'))
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const blocks = [...readFileSync(TUTORIAL, 'utf8').matchAll(/```(?:lua|js|yml)\n([\s\S]*?)```/g)]
    expect(blocks.length).toBeGreaterThan(5)
    for (const [, block = ''] of blocks) expect(text).toContain(block)
  })

  it.each([
    ['schema', 'schema/parley.codec.yaml'],
    ['lua', 'pull/parley.codec.lua'],
    ['js', 'javascript/parley.codec.js'],
  ])('begins with what weir plugin new writes in %s', async (kit, file) => {
    const dir = await scaffold(kit)
    const written = readFileSync(join(dir, file.slice(file.indexOf('/') + 1)), 'utf8')
    expect(readFileSync(join(EXAMPLE, file), 'utf8')).toBe(written)
    expect(readFileSync(join(EXAMPLE, 'parley.vectors.yaml'), 'utf8')).toBe(
      readFileSync(join(dir, 'parley.vectors.yaml'), 'utf8'),
    )
  })
})
