import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { languages } from '../../../../core/cli/author/language.ts'
import { AuthorFolder } from './author-folder.ts'

const WEIR = join(import.meta.dirname, '..', '..', '..', '..', 'core', 'cli', 'weir.js')
const run = promisify(execFile)

let folder: AuthorFolder
const children: ChildProcess[] = []

beforeEach(() => {
  folder = new AuthorFolder()
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  folder.remove()
})

const written = languages
  .filter(({ sorts, needs }) => sorts.includes('codec') && needs === '')
  .map(({ name }) => name)

/** Starts a program and answers what the first line that fits says. */
async function started(args: readonly string[], line: RegExp): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: folder.path, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  for (const stream of [child.stdout, child.stderr]) stream.resume()
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let said = ''
  for (const input of [child.stdout, child.stderr]) {
    createInterface(input).on('line', (text) => {
      said += `${text}\n`
      const found = line.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    })
  }
  child.once('exit', () => reject(new Error(`it has ended:\n${said}`)))
  return await promise
}

describe('weir plugin new codec', () => {
  it.each(written)('in %s passes the conformance kit as it is', async (lang) => {
    expect((await folder.weir(`plugin new codec parley --lang ${lang} --dir @/parley`)).code).toBe(0)
    const { code, printed } = await folder.weir('plugin test @/parley')
    expect(printed).toMatch(/^✓ parley: 9 vectors, \d{4} trials, [0-9.]+ s\n1 passed\n$/)
    expect(code).toBe(0)
  })

  it('comes with a service and a client that talk through weir', async () => {
    await folder.weir('plugin new codec parley --schema --dir @/parley')
    const service = await started(['parley/try/server.js', '0'], /listens on 127\.0\.0\.1:(\d+)/)
    const config = folder.read('parley/try/weir.yaml')
    const own = config
      .replace(':9907', ':0')
      .replace('127.0.0.1:7701', '127.0.0.1:0')
      .replace(':7702', `:${service}`)
    folder.write('parley/try/weir.yaml', own)
    const port = await started([WEIR, 'run', '-c', 'parley/try/weir.yaml'], /"try":"127\.0\.0\.1:(\d+)"/)
    const client = async (...args: readonly string[]) =>
      await run(process.execPath, ['parley/try/client.js', '--port', port, ...args], { cwd: folder.path })
    expect((await client('hello', 'world', 'caller=me')).stdout).toBe(
      '#1 ok: hello: world caller=me via=weir\n',
    )
    await expect(client('forbidden')).rejects.toMatchObject({
      code: 1,
      stdout: '#1 error 3: weir: denied: nobody may do that\n',
    })
  })
})

describe('weir plugin test', () => {
  it('says what is wrong with a codec, with its bytes, and where it failed itself', async () => {
    await folder.weir('plugin new codec parley --lang lua --dir @/parley')
    const source = folder.read('parley/parley.codec.lua')
    folder.write('parley/parley.codec.lua', source.replace('kinds[type]', 'nothing[type]'))
    const answer = "hex: 'ca11 05 00 00000009 00000002 00 00', message: { kind: heartbeat-reply }"
    folder.write('parley/parley.vectors.yaml', `protocol: parley\nvectors: [{ name: one, ${answer} }]\n`)
    const { code, printed } = await folder.weir('plugin test @/parley/parley.vectors.yaml')
    expect(code).toBe(1)
    expect(printed).toMatch(/^✗ parley: 1 vectors, .* @\/parley\/parley\.vectors\.yaml:1\n/)
    expect(printed).toMatch(/the codec failed:\n.*parley\.codec\.lua:\d+: attempt to index a nil value/)
    expect(printed).toContain('To do: ')
    folder.write('parley/parley.vectors.yaml', 'protocol: parley\nvectors: [{ name: a, hex: ca11 }]\n')
    expect((await folder.weir('plugin test @/parley')).printed).toContain(
      'needs its bytes (hex or text) and what they are',
    )
  })

  it('refuses a list of vectors with everything that is misspelt in it', async () => {
    await folder.weir('plugin new codec parley --dir @/parley')
    const vectors = folder.read('parley/parley.vectors.yaml')
    folder.write(
      'parley/parley.vectors.yaml',
      vectors.replace('hex:', 'hx:').replace('kind: request', 'kind: reqest'),
    )
    const { code, printed } = await folder.weir('plugin test @/parley')
    expect(code).toBe(3)
    expect(printed).toMatch(
      /parley\.vectors\.yaml:\d+:\d+: vectors\[0\]\.hx: unknown key "hx", did you mean "hex"\?/,
    )
    expect(printed).toContain('unknown value "reqest", did you mean "request"?')
  })

  it('gives programs the whole report', async () => {
    await folder.weir('plugin new codec parley --schema --dir @/parley')
    const { printed } = await folder.weir('plugin test @/parley --json')
    expect(JSON.parse(printed)).toMatchObject({
      passed: true,
      tests: [{ report: { ok: true, codec: 'parley', vectors: 9 } }],
    })
  })
})

describe('weir plugin bench', () => {
  it('measures what a codec costs on the frames of its vectors', async () => {
    await folder.weir('plugin new codec parley --schema --dir @/parley')
    const { code, printed } = await folder.weir('plugin bench @/parley --ms 5 --json')
    expect(code).toBe(0)
    const [report] = JSON.parse(printed).codecs
    expect(report).toMatchObject({ codec: 'parley', kind: 'yaml', failure: null })
    const phases = [
      'decode requests',
      'encode requests',
      'encode requests, op set',
      'decode responses',
      'encode responses',
    ]
    expect(report.phases.map(({ phase }: { phase: string }) => phase)).toEqual(phases)
    for (const each of report.phases) expect(each.megabytesPerSecond).toBeGreaterThan(0)
    expect((await folder.weir('plugin bench @/parley/parley.codec.yaml --ms 1')).printed).toMatch(
      /^parley \(codec, yaml\), frames of 34 bytes on average\n {2}PHASE +NS\/FRAME/,
    )
  })
})
