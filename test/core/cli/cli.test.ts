import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli } from '../../../core/cli/cli.ts'
import type { AdminAnswer } from '../../../core/cli/host.ts'
import { loadBuiltIns } from '../../../core/plugin/built-ins.ts'
import { withListener } from '../config/problem-lines.ts'
import { FakeHost } from './fake-host.ts'

const VALID = withListener('    routes: [{ cluster: demo }]')
const INVALID = withListener('    adress: x')

async function weir(line: string, host = new FakeHost()): Promise<FakeHost & { readonly code: number }> {
  const code = await runCli(line.split(' ').filter(Boolean), host)
  return Object.assign(host, { code })
}

describe('weir', () => {
  it('explains itself on standard output when asked and on standard error when not', async () => {
    for (const line of ['--help', '-h', 'help']) {
      expect(await weir(line)).toMatchObject({
        code: 0,
        told: '',
        printed: expect.stringContaining('Commands:'),
      })
    }
    expect(await weir('')).toMatchObject({ code: 2, printed: '', told: expect.stringContaining('Commands:') })
  })

  it.each([
    ...['run', 'validate', 'plugin', 'schema', 'version'],
    ...[
      'dev',
      'plugin new',
      'plugin build',
      'plugin test',
      'plugin bench',
      'plugin list',
      'plugin logs',
      'plugin reload',
      'plugin disable',
      'plugin enable',
      'inspect',
      'record',
      'replay',
    ],
  ])('%s has help with examples and exit codes', async (name) => {
    const asked = await weir(`${name} --help`)
    expect(asked).toMatchObject({ code: 0, told: '' })
    expect(asked.printed).toMatch(/Usage: weir .*Options:.*Examples:.*weir .*Exit codes:.*3 /s)
    for (const line of [`help ${name}`, `${name} -h`, `${name} --nonsense --help`]) {
      expect((await weir(line)).printed).toBe(asked.printed)
    }
  })

  it.each([
    ['valdate', 'weir: unknown command "valdate", did you mean "validate"?'],
    ['help rnu', 'weir: unknown command "rnu", did you mean "run"?'],
    ['--hlep', 'weir: unknown option "--hlep", did you mean "help"?'],
    ['run --wrokers 2', 'weir run: unknown option --wrokers, did you mean "--workers"?'],
    ['run --no-demo', 'weir run: unknown option --no-demo'],
    ['run -x', 'weir run: unknown option -x'],
    ['run a.yaml b.yaml', 'weir run: one configuration is run, not 2: a.yaml b.yaml'],
    ['run -c a.yaml b.yaml', 'weir run: one configuration is run, not 2: a.yaml b.yaml'],
    ['dev weir.yaml', 'weir dev: unexpected argument "weir.yaml"; a configuration is given as -c weir.yaml'],
    ['run --config', 'weir run: --config needs a value: --config FILE'],
    ['run -c', 'weir run: -c needs a value: -c FILE'],
    ['run -c a -c b', 'weir run: --config is given 2 times'],
    ['run --demo=yes', 'weir run: --demo takes no value'],
    ['run --workers 0', 'weir run: --workers needs a number from 1 to 256, not "0"'],
    ['run --workers 1e1', 'weir run: --workers needs a number from 1 to 256, not "1e1"'],
    ['run --log-level inof', 'weir run: unknown log level "inof", did you mean "info"?'],
    ['version now', 'weir version: unexpected argument "now"'],
    ['schema confg', 'weir schema: there is no schema of "confg", did you mean "config"?'],
    ['record', 'weir record: say --listener NAME and --out FILE'],
    ['record --listener a --out b --for soon', 'weir record: --for soon: write a duration such as 250ms'],
    ['replay', 'weir replay: name a recording, and say --to ADDRESS'],
    ['inspect', 'weir inspect: name a file, or - for standard input'],
    ['inspect a --codec nope', 'weir inspect: unknown codec "nope"'],
    ['dev --calls x --log-level loud', 'weir dev: --calls needs a number from 1 to '],
    ['dev --calls x --log-level loud', '\nweir dev: unknown log level "loud"'],
    ['plugin disable', 'weir plugin disable: disable needs the name of a plugin'],
    ['plugin logs', 'weir plugin logs: say which plugin'],
  ])('refuses "%s" as wrong usage', async (line, text) => {
    const result = await weir(line)
    expect(result).toMatchObject({ code: 2, printed: '' })
    expect(result.told).toContain(text)
  })

  it('turns a failure of a command into one line and exit code 1', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    host.supervise = () => Promise.reject(new Error('out of luck'))
    expect(await weir('run', host)).toMatchObject({ code: 1, told: 'weir run: out of luck\n' })
  })

  it('says of a weir that does not serve yet just that', async () => {
    const host = new FakeHost()
    host.adminAnswer = { status: 200, body: { listeners: [] } }
    expect(await weir('record --admin 10.0.0.1:1 --listener main --out /nowhere/x', host)).toMatchObject({
      code: 1,
      told: 'weir record: no listener serves yet; try again in a moment\n',
    })
  })

  it('says of a file that is not there just that', async () => {
    expect(await weir('inspect /nowhere/calls.pcap')).toMatchObject({
      code: 1,
      told: 'weir inspect: /nowhere/calls.pcap: there is no such file\n',
    })
  })

  it('is called in its advice as it was called', async () => {
    const host = new FakeHost()
    host.program = 'npx weir'
    expect((await weir('run -x', host)).told).toMatch(/\nTry: npx weir run --help\n$/)
    expect((await weir('rnu', host)).told).toMatch(/\nTry: npx weir --help\n$/)
  })
})

describe('weir validate', () => {
  it('reads weir.yaml when it is told nothing', async () => {
    expect(await weir('validate', new FakeHost({ 'weir.yaml': VALID }))).toMatchObject({
      code: 0,
      printed: 'weir.yaml: valid\n',
    })
  })

  it('names the problems of all files on standard error', async () => {
    const host = new FakeHost({ 'a.yaml': INVALID, 'b.yaml': VALID })
    expect(await weir('validate -c a.yaml b.yaml c.yaml', host)).toMatchObject({
      code: 3,
      printed: 'b.yaml: valid\n',
      told: 'a.yaml:5:5: listeners[0].adress: unknown key "adress", did you mean "address"?\nc.yaml: there is no such file\n',
    })
  })

  it('shows the line with a caret when a person watches', async () => {
    const result = await weir('validate', new FakeHost({ 'weir.yaml': INVALID }, true))
    expect(result.told).toContain('\n  5 |     adress: x\n          ^\n')
  })

  it('prints one JSON document for programs', async () => {
    const host = new FakeHost({ 'a.yaml': INVALID, 'b.yaml': VALID })
    const result = await weir('validate --json a.yaml b.yaml', host)
    expect(result).toMatchObject({ code: 3, told: '' })
    expect(JSON.parse(result.printed)).toMatchObject({
      valid: false,
      files: [
        { file: 'a.yaml', valid: false, problems: [{ line: 5, column: 5, path: 'listeners[0].adress' }] },
        { file: 'b.yaml', valid: true, problems: [] },
      ],
    })
  })
})

describe('weir validate with a bootstrap of Envoy', () => {
  const BOOTSTRAP = `admin: { access_log_path: /tmp/a.log }
static_resources:
  listeners:
    name: lines
    address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
    filter_chains: [{ filters: [{ name: sota.filters.network.simple_line }] }]
`

  it('calls it valid, and says what in it is in vain', async () => {
    const host = new FakeHost({ 'envoy.yaml': BOOTSTRAP })
    host.loadPlugins = () => loadBuiltIns()
    expect(await weir('validate -c envoy.yaml', host)).toMatchObject({
      code: 0,
      printed: 'envoy.yaml: valid\n',
      told: expect.stringMatching(/^warning: envoy\.yaml:1:10: admin\.access_log_path: it has no effect/),
    })
    host.printed = ''
    const { printed } = await weir('validate --json envoy.yaml', host)
    expect(JSON.parse(printed)).toMatchObject({
      valid: true,
      files: [{ problems: [], warnings: [{ line: 1, path: 'admin.access_log_path' }] }],
    })
  })
})

describe('weir run', () => {
  it('says what to do where there is no configuration and none was named', async () => {
    const told = 'weir.yaml: there is no such file\nweir run FILE names another; weir dev --demo needs none\n'
    expect(await weir('run', new FakeHost({}))).toMatchObject({ code: 3, told })
    const named = await weir('run -c nowhere.yaml', new FakeHost({}))
    expect(named).toMatchObject({ code: 3, told: 'nowhere.yaml: there is no such file\n' })
  })

  it('runs what is configured and answers how that ended', async () => {
    const host = new FakeHost({ 'x.yaml': VALID })
    host.exitCode = 1
    expect(
      (await weir('run -c x.yaml --plugins own --workers 3 --log-level debug --no-watch', host)).code,
    ).toBe(1)
    expect(host.supervised).toMatchObject({
      configFile: 'x.yaml',
      pluginsDir: resolve('own'),
      workers: 3,
      logLevel: 'debug',
      watch: false,
    })
  })

  it.each(['run x.yaml', 'run --config=x.yaml', 'run --no-watch x.yaml'])(
    'takes the file of "weir %s"',
    async (line) => {
      const host = await weir(line, new FakeHost({ 'x.yaml': VALID }))
      expect(host).toMatchObject({ code: 0, supervised: { configFile: 'x.yaml', takeOver: false } })
    },
  )

  it('shares addresses with another weir only when told to', async () => {
    const host = await weir('run --take-over', new FakeHost({ 'weir.yaml': VALID }))
    expect(host.supervised).toMatchObject({ takeOver: true })
  })

  it('watches the file unless told otherwise', async () => {
    for (const [line, watch] of [
      ['run', true],
      ['run --watch', true],
      ['run --no-watch --watch', true],
    ] as const) {
      const host = await weir(line, new FakeHost({ 'weir.yaml': VALID }))
      expect(host.supervised).toMatchObject({
        configFile: 'weir.yaml',
        workers: undefined,
        logLevel: undefined,
        watch,
      })
    }
  })

  it('starts nothing when the configuration is invalid', async () => {
    const result = await weir('run --demo', new FakeHost({ 'weir.yaml': INVALID }))
    expect(result).toMatchObject({ code: 3, started: [] })
    expect(result.told).toContain('weir.yaml:5:5: ')
  })

  it('tells the demo of the folder of plugins', async () => {
    const text = `plugins: { dir: mine }\n${VALID}`
    const result = await weir('run --demo', new FakeHost({ 'weir.yaml': text }))
    expect(result.started).toContainEqual(expect.stringMatching(/ --plugins mine$/))
  })

  it('starts anew before anything else, if it has to; the demo beside the proxy, and stops that afterwards', async () => {
    const result = await weir('run --demo', new FakeHost({ 'weir.yaml': VALID }))
    expect(result.started).toEqual([
      'anew',
      'examples/demo/main.ts --listener 127.0.0.1:20880 --config weir.yaml --admin http://127.0.0.1:9901',
      'proxy',
      'demo stopped',
    ])
  })
})

describe('weir schema and weir version', () => {
  it('print what programs read', async () => {
    const schema: unknown = JSON.parse((await weir('schema')).printed)
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' })
    const ofCodecs: unknown = JSON.parse((await weir('schema codec')).printed)
    expect(ofCodecs).toMatchObject({ title: 'A codec of weir, declared', required: ['fields'] })
    expect((await weir('schema codecs')).told).toContain('did you mean "codec"?')
    expect(JSON.parse((await weir('version --json')).printed)).toMatchObject({ node: '26.0.0' })
    for (const line of ['version', '--version', '-V']) {
      expect((await weir(line)).printed).toMatch(/^weir \d+\.\d+\.\d+ \(node 26\.0\.0\)\n$/)
    }
  })
})

describe('weir plugin', () => {
  const tag = {
    ...{ name: 'tag', state: 'live', kind: 'lua', version: '1.2.0', hash: 'abcdef0123456789' },
    ...{ listeners: ['main', 'other'], calls: 7, failures: 0 },
    ...{ fuelP50: 6_000, fuelP99: 9_000, memoryBytes: 2_621_440 },
    lastError: { message: 'tag.lua:3: unexpected symbol' },
    lastFailure: { at: '2026-01-02T03:04:05.006Z', message: 'no luck' },
  }

  it('lists the plugins of the weir that the configuration is of, and what is wrong with each', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    host.adminAnswer = { status: 200, body: { plugins: [tag] } }
    expect(await weir('plugin list', host)).toMatchObject({ code: 0, told: '' })
    expect(host.asked).toEqual(['GET 127.0.0.1:9901 /plugins'])
    expect(host.printed).toBe(
      [
        'NAME  STATE  KIND  VERSION  HASH      LISTENERS   CALLS  FAILED  SPENT P50/P99  MEMORY',
        'tag   live   lua   1.2.0    abcdef01  main,other  7      0       6000/9000      2.5 MiB',
        '  refused: tag.lua:3: unexpected symbol',
        '  last failure 03:04:05: no luck',
        '',
      ].join('\n'),
    )
  })

  it.each([
    [87, 'NAME  STATE  KIND  VERSION  HASH      LISTENERS   CALLS  FAILED  SPENT P50/P99  MEMORY'],
    [81, 'NAME  STATE  VERSION  HASH      LISTENERS   CALLS  FAILED  SPENT P50/P99  MEMORY'],
    [80, 'NAME  STATE  VERSION  LISTENERS   CALLS  FAILED  SPENT P50/P99  MEMORY'],
    [20, 'NAME  STATE  CALLS  FAILED  SPENT P50/P99'],
  ])('lists no more than fits a terminal of %i columns', async (columns, titles) => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    host.columns = columns
    host.adminAnswer = { status: 200, body: { plugins: [tag] } }
    expect((await weir('plugin list', host)).printed.split('\n')[0]).toBe(titles)
  })

  it('lists large figures and many listeners in few letters', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    const listeners = Array.from({ length: 40 }, (_, index) => `listener-${index}`)
    const busy = { ...tag, fuelP50: 12_288, fuelP99: 132_472_898, listeners }
    host.adminAnswer = { status: 200, body: { plugins: [busy] } }
    const { printed } = await weir('plugin list', host)
    expect(printed).toContain(' 12k/132M ')
    expect(printed).toContain(' listener-0,listener-1,listener-2,+37 ')
  })

  it('lists no row that a version makes up', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    host.adminAnswer = { status: 200, body: { plugins: [{ ...tag, version: '1\nauth  live  \u001b[2J' }] } }
    const rows = (await weir('plugin list', host)).printed.split('\n')
    expect(rows.filter((row) => row.startsWith('auth'))).toEqual([])
    expect(rows[1]).toContain(' 1\\u000aauth  live  \\u001b[2J ')
  })

  it('shows what JavaScript spends as the time that it is', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    const js = { ...tag, kind: 'js', fuelP50: 524_288, fuelP99: 7_885_292 }
    host.adminAnswer = { status: 200, body: { plugins: [js] } }
    expect((await weir('plugin list', host)).printed).toContain(' 0.52/7.89 ms ')
  })

  it.each([
    ['plugin reload', 'POST 127.0.0.1:9901 /plugins/reload', 'the folder was read anew'],
    ['plugin reload tag -c weir.yaml', 'POST 127.0.0.1:9901 /plugins/reload tag', '"tag" was read anew'],
    [
      'plugin disable tag --admin 10.0.0.1:99',
      'POST 10.0.0.1:99 /plugins/disable tag',
      'no call goes through "tag" until "weir plugin enable tag", or the next start',
    ],
    ['plugin enable tag', 'POST 127.0.0.1:9901 /plugins/enable tag', 'calls go through "tag" again'],
    [
      'plugin enable tag --admin http://127.0.0.1:99/plugins',
      'POST 127.0.0.1:99 /plugins/enable tag',
      'calls go through "tag" again',
    ],
    ['plugin enable tag --admin 99', 'POST 127.0.0.1:99 /plugins/enable tag', 'calls go through "tag" again'],
  ])('%s asks the admin API, and says what was done', async (line, asked, told) => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    host.adminAnswer = { status: 200, body: { ok: true, problems: [] } }
    expect(await weir(line, host)).toMatchObject({ code: 0, printed: '', told: `${told}\n`, asked: [asked] })
  })

  it('says what is wrong, as text and as JSON', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    host.adminAnswer = { status: 422, body: { ok: false, problems: ['tag.lua:3: no end'] } }
    expect(await weir('plugin reload', host)).toMatchObject({ code: 1, told: 'tag.lua:3: no end\n' })
    const unknown = new FakeHost({ 'weir.yaml': VALID })
    unknown.adminAnswer = { status: 404, body: { error: 'unknown_plugin', message: 'there is no plugin' } }
    expect(await weir('plugin disable tga', unknown)).toMatchObject({ code: 1, told: 'there is no plugin\n' })
    const asJson = await weir('plugin reload --json', host)
    expect(JSON.parse(asJson.printed)).toEqual(host.adminAnswer.body)
  })

  it.each([
    ['plugin', 2, 'say what to do: new, build, test, bench, list, logs, reload, disable, enable'],
    ['plugin lst', 2, 'there is no "plugin lst", did you mean "list"?'],
    ['plugin list tag', 2, 'unexpected argument "tag"'],
    ['plugin enable', 2, 'enable needs the name of a plugin'],
    [
      'plugin list -c nowhere.yaml',
      3,
      'nowhere.yaml: there is no such file (--admin gives the address without one)',
    ],
  ])('refuses "%s" with exit code %i', async (line, code, text) => {
    const result = await weir(line, new FakeHost({ 'weir.yaml': VALID }))
    expect(result).toMatchObject({ code, printed: '', asked: [] })
    expect(result.told).toContain(text)
  })
})

describe('weir plugin logs', () => {
  const line = (number: number, text: string) => {
    return { at: `2026-01-02T03:04:05.00${number}Z`, worker: 0, number, level: 'info', text }
  }

  it('shows what a plugin said, for people and for programs', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    host.adminAnswer = { status: 200, body: { lines: [line(1, 'one'), line(2, 'two\nlines')] } }
    expect(await weir('plugin logs tag', host)).toMatchObject({
      ...{ code: 0, told: '', asked: ['GET 127.0.0.1:9901 /plugins/tag/logs'] },
      printed: '03:04:05.001 info  [0] one\n03:04:05.002 info  [0] two\n  lines\n',
    })
    const asJson = await weir('plugin logs tag --json', host)
    expect(JSON.parse(asJson.printed.trim().split('\n').at(-1) ?? '')).toEqual(line(2, 'two\nlines'))
  })

  it('says that there is nothing, which is no line for programs', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    host.adminAnswer = { status: 200, body: { lines: [] } }
    const told = '"tag" has said nothing, and no call of it has failed\n'
    expect(await weir('plugin logs tag', host)).toMatchObject({ code: 0, printed: '', told })
    const other = new FakeHost({ 'weir.yaml': VALID })
    other.adminAnswer = host.adminAnswer
    expect(await weir('plugin logs tag --json', other)).toMatchObject({ code: 0, printed: '', told: '' })
  })

  it('waits for a weir that starts anew, and for its plugins, when it has been there', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    const nobody = () => Promise.reject(new Error('no weir answers'))
    const unknown: AdminAnswer = { status: 404, body: { message: 'there is no plugin "tag"' } }
    const said = (text: string) => async () => ({ status: 200, body: { lines: [line(1, text)] } })
    const answers = [...[said('one'), nobody, nobody, async () => unknown, said('one')], async () => unknown]
    host.askAdmin = async () => (await answers.shift()?.()) ?? unknown
    expect(await weir('plugin logs tag -f', host)).toMatchObject({
      ...{ code: 1, told: 'no weir answers; waiting for it\nthere is no plugin "tag"\n' },
      printed: '03:04:05.001 info  [0] one\n',
    })
    host.askAdmin = nobody
    const never = await weir('plugin logs tag -f', host)
    expect(never.code).toBe(1)
    expect(never.told).toContain('weir plugin logs: no weir answers\n')
  })

  it('goes on with what is new, each line once, until the plugin is gone', async () => {
    const host = new FakeHost({ 'weir.yaml': VALID })
    const answers: AdminAnswer[] = [
      { status: 200, body: { lines: [line(1, 'one')] } },
      { status: 200, body: { lines: [line(1, 'one'), line(2, 'two')] } },
      { status: 404, body: { message: 'there is no plugin "tag"' } },
    ]
    host.askAdmin = async () => answers.shift() ?? { status: 500, body: undefined }
    expect(await weir('plugin logs tag --follow', host)).toMatchObject({
      ...{ code: 1, told: 'there is no plugin "tag"\n' },
      printed: '03:04:05.001 info  [0] one\n03:04:05.002 info  [0] two\n',
    })
  })
})
