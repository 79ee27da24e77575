import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../support/eventually.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const WEIR = join(ROOT, 'core', 'cli', 'weir.js')

let folder = ''
const running: Typed[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-empty-'))
})
afterEach(async () => {
  for (const typed of running.splice(0)) await typed.interrupt()
  rmSync(folder, { recursive: true, force: true })
})

/** A command that is typed in the folder, with what it has printed. */
class Typed {
  printed = ''
  #seen = 0
  readonly #child: ChildProcess

  constructor(line: string) {
    const args = line.replace(/^npx weir /, '').split(' ')
    this.#child = spawn(process.execPath, [WEIR, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.printed += chunk.toString()
      })
    }
    running.push(this)
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  async interrupt(): Promise<number | null> {
    if (this.#child.exitCode === null) this.#child.kill('SIGINT')
    return await this.ended()
  }

  /** Waits until it has printed the text behind what it had printed when this was called last. */
  async prints(text: RegExp): Promise<void> {
    const found = () => text.exec(this.printed.slice(this.#seen))
    await eventually(
      () => found() !== null || this.#child.exitCode !== null,
      () => `${text}:\n${this.printed}`,
    )
    const there = found()
    if (there === null) throw new Error(`never ${text}:\n${this.printed}`)
    this.#seen += there.index + there[0].length
  }
}

/** The commands of the kit's README, as an author types them. */
function commands(): readonly string[] {
  const readme = readFileSync(join(ROOT, 'sdk', 'guest', 'lua', 'README.md'), 'utf8')
  const block = /## In a minute[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  return block.split('\n').flatMap((line) => line.replace(/\s+#.*/, '') || [])
}

describe("from an empty folder to a filter of one's own", () => {
  it('it takes the commands of the README, and what is saved is seen on the next calls', async () => {
    const [create = '', test = '', dev = '', ...more] = commands()
    expect([create, test, dev].every((line) => line.startsWith('npx weir '))).toBe(true)
    expect(more).toEqual([])
    expect(await new Typed(create).ended()).toBe(0)
    const tested = new Typed(test)
    expect(await tested.ended()).toBe(0)
    expect(tested.printed).toContain('3 passed')
    const live = new Typed(dev)
    await live.prints(
      /tag request org\.apache\.dubbo\.samples\.DemoService\/say.* {2}continue .*fuel\n {4}tag {2}\(not there\) → "shop"/,
    )

    const file = join(folder, 'tag', 'tag.lua')
    const source = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      source.replace('mutation.set("tag", caller or "nobody")', 'mutation.set("caller", "mine")'),
    )
    await live.prints(/ {4}caller {2}"shop" → "mine"/)
    writeFileSync(file, 'function onRequest()\n  local text = nil .. "x"\nend\n')
    await live.prints(
      /failed → reply plugin_failed[\s\S]*tag\.lua:2: attempt to concatenate a nil value[\s\S]*> 2 \| {3}local text = nil/,
    )
    writeFileSync(file, 'function onRequest(\n')
    await live.prints(/✗ tag: plugin refused, the last good version stays[\s\S]*tag\.lua:/)
    expect(await live.interrupt()).toBe(0)
  })
})

describe('weir dev', () => {
  it('puts its plugins into the configured folder and takes them out again, as JSON for programs', async () => {
    writeFileSync(
      join(folder, 'weir.yaml'),
      'admin: { address: 127.0.0.1:0 }\nworkers: 1\nplugins: { dir: ./plugins }\nlisteners:\n' +
        '  - { name: main, address: 127.0.0.1:0, protocol: dubbo, routes: [{ cluster: demo }] }\n' +
        'clusters: [{ name: demo, endpoints: [127.0.0.1:1] }]\n',
    )
    expect(await new Typed('plugin new filter tag').ended()).toBe(0)
    const live = new Typed('dev --plugin tag --json')
    await live.prints(/"msg":"weir is serving".*\n/)
    expect(existsSync(join(folder, 'plugins', 'tag.lua'))).toBe(true)
    for (const line of live.printed.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('type')
    expect(await live.interrupt()).toBe(0)
    expect(existsSync(join(folder, 'plugins', 'tag.lua'))).toBe(false)
    expect(existsSync(join(folder, 'tag', 'tag.lua'))).toBe(true)
  })

  it('says what is missing', async () => {
    for (const [line, code, text] of [
      ['dev', 3, 'weir.yaml: there is no such file'],
      ['dev --demo --plugin nowhere', 1, 'there is no nowhere'],
      ['dev --calls many', 2, '--calls needs a number from 1 to 10000, not "many"'],
    ] as const) {
      const typed = new Typed(line)
      expect(await typed.ended()).toBe(code)
      expect(typed.printed).toContain(text)
    }
  })
})
