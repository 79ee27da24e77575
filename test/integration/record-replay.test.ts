import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askAdmin } from '../../core/cli/ask-admin.ts'
import { runCli } from '../../core/cli/cli.ts'
import { readRecording } from '../../core/cli/record/recording-file.ts'
import { loadBuiltIns } from '../../core/plugin/built-ins.ts'
import { FakeHost } from '../core/cli/fake-host.ts'
import { eventually } from '../support/eventually.ts'
import { PluginProxy } from './plugins/plugin-proxy.ts'

const TAG = `
function onRequest(metadata, mutation)
  if metadata.get("evil") then return reply { error = "denied", text = "not you" } end
  mutation.set("x-tag", "seen")
end
`

class RealHost extends FakeHost {
  override loadPlugins() {
    return loadBuiltIns()
  }

  override askAdmin(...args: Parameters<typeof askAdmin>) {
    return askAdmin(...args)
  }
}

let proxy: PluginProxy
const folder = mkdtempSync(join(tmpdir(), 'weir-record-'))
const file = join(folder, 'calls.weirrec')

beforeAll(async () => {
  proxy = await PluginProxy.start({ files: { 'tag.lua': TAG }, workers: 2 })
})

afterAll(async () => {
  await proxy.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function weir(...args: string[]) {
  const host = new RealHost()
  const code = await runCli(args, host)
  return { code, printed: host.printed, told: host.told }
}

/** Calls while it is recorded; answers what the file holds. */
async function recorded(args: readonly string[], calls: readonly Readonly<Record<string, string>>[]) {
  const tapped = async () => (await proxy.post('/recordings/fetch', '{"id":0}')).text
  expect(await tapped()).toContain('"full": true')
  rmSync(file, { force: true })
  const done = weir('record', '--admin', proxy.admin, '--listener', 'main', '--out', file, ...args)
  let head = ''
  await eventually(() => {
    head = fileText()
    return head.includes('weirrec')
  }, 'it records')
  for (const attachments of calls) await proxy.ask(attachments)
  const { code, told } = await done
  expect([code, told]).toEqual([0, expect.stringContaining(`${calls.length} exchanges in`)])
  return readRecording(fileText(), file)
}

function fileText(): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

test('calls through a weir that runs are recorded, without what is secret, and sent again', async () => {
  const { head, records } = await recorded(
    ['--for', '60s', '--count', '3', '--redact', 'Password,other'],
    [{ password: 'hunter2' }, { evil: 'yes' }, {}],
  )
  expect(head).toEqual({ weirrec: 1, listener: 'main', protocol: 'dubbo', redacted: ['Password', 'other'] })
  expect(records.map(({ result, error }) => [result, error])).toEqual([
    ['ok', ''],
    ['error', 'denied'],
    ['ok', ''],
  ])
  const [first] = records
  expect(Buffer.from(first?.request ?? '', 'base64').toString('latin1')).toContain('password\u0008redacted')
  expect(first?.requestEdits).toEqual([{ op: 'set', key: 'x-tag', value: 'seen' }])

  const to = `127.0.0.1:${proxy.port}`
  const { code, printed } = await weir(
    'replay',
    file,
    '--to',
    to,
    '--rate',
    '200/s',
    '--count',
    '6',
    '--json',
  )
  expect(code).toBe(0)
  expect(JSON.parse(printed)).toMatchObject({
    sent: 6,
    answered: 6,
    different: 0,
    unanswered: 0,
    errors: { 70: 2 },
  })

  const direct = await weir(
    'replay',
    file,
    '--to',
    `127.0.0.1:${proxy.service.port}`,
    '--rate',
    'max',
    '--json',
  )
  expect(JSON.parse(direct.printed)).toMatchObject({ sent: 3, answered: 3, errors: {} })
})

test('a recorded call that failed becomes a test case with one command', async () => {
  await recorded(['--for', '60s', '--count', '2'], [{ evil: 'yes' }, {}])
  const out = join(folder, 'tag.test.yaml')
  const made = await weir('record', 'test', file, '--only-failing', '--out', out)
  expect([made.code, made.told]).toEqual([0, expect.stringContaining('1 case in')])
  expect(readFileSync(out, 'utf8')).toMatch(/expect:\n {6}error: denied\n {6}text: not you\n/)
  writeFileSync(join(folder, 'tag.lua'), TAG)
  expect(await weir('plugin', 'test', join(folder, 'tag.lua'))).toMatchObject({ code: 0 })
  writeFileSync(join(folder, 'tag.lua'), 'function onRequest() end')
  expect(await weir('plugin', 'test', join(folder, 'tag.lua'))).toMatchObject({ code: 1 })
  expect(await weir('record', 'test', file, '--out', out)).toMatchObject({
    code: 1,
    told: expect.stringContaining('is there already'),
  })
  const other = await weir('record', 'test', file, '--plugin', 'tag', '--out', join(folder, 'more.test.yaml'))
  expect([other.code, other.told]).toEqual([
    2,
    expect.stringContaining('the cases of "tag" stand in a file tag.test.yaml, not more.test.yaml'),
  ])
})

test('what cannot be recorded or replayed is said in a sentence', async () => {
  const wrong = await weir('record', '--admin', proxy.admin, '--listener', 'mian', '--out', file)
  expect([wrong.code, wrong.told]).toEqual([
    1,
    expect.stringContaining('there is no listener "mian", did you mean "main"?'),
  ])
  writeFileSync(file, 'hello\n')
  expect(await weir('replay', file, '--to', '127.0.0.1:1')).toMatchObject({
    code: 1,
    told: expect.stringContaining('is no recording of weir'),
  })
  expect(await weir('replay', file, '--to', 'x', '--rate', 'fast')).toMatchObject({ code: 2 })
  expect(await weir('record', '--listener', 'main')).toMatchObject({ code: 2 })
})
