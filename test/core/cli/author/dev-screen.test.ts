import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DevScreen } from '../../../../core/cli/author/dev-screen.ts'
import { createPaint } from '../../../../core/cli/author/paint.ts'
import type { TapCall } from '../../../../core/guest/tap-call.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-screen-'))
  mkdirSync(join(folder, 'tag'))
  writeFileSync(join(folder, 'tag', 'tag.lua'), 'function onRequest()\n  error("no")\nend\n')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function screen() {
  let printed = ''
  const made = new DevScreen({
    out: (text) => {
      printed += text
    },
    paint: createPaint(false),
    json: false,
    folders: [join(folder, 'tag')],
  })
  const taken = () => {
    const text = printed
    printed = ''
    return text.replaceAll(folder, '@')
  }
  return { made, taken }
}

const failed: TapCall = {
  ...{ plugin: 'tag', phase: 'request', atMs: 0, operation: 'demo/hello', requestId: '1', listener: 'main' },
  ...{ verdict: 'reply plugin_failed', edits: [], body: undefined, lines: [], tookMs: 1, fuel: undefined },
  failure: 'tag.lua:2: no\nstack traceback:\n\ttag.lua:2: in function onRequest',
}

const refused = (reason: string) =>
  `${JSON.stringify({ level: 'error', plugin: 'tag', reason, msg: 'plugin refused, the last good version stays' })}\n`

describe('DevScreen', () => {
  it('says why weir cannot start, which is no plugin’s fault', () => {
    const { made, taken } = screen()
    made.log(`${JSON.stringify({ level: 'error', reason: 'it is taken', msg: 'weir cannot start' })}\n`)
    expect(taken()).toBe('✗ weir cannot start\n    it is taken\n')
  })

  it('names the source that people edit, not its copy in the plugin folder', () => {
    const { made, taken } = screen()
    made.cameFrom('/tmp/plugins/tag.lua', join(folder, 'tag', 'tag.lua'))
    made.log(
      refused('/tmp/plugins/tag.lua: the plugin tag cannot be used: tag.lua:2: no | stack traceback: | x'),
    )
    expect(taken()).toBe(
      [
        '✗ tag: plugin refused, the last good version stays',
        '    @/tag/tag.lua: the plugin tag cannot be used: tag.lua:2: no',
        '    stack traceback:',
        '    x',
        '      1 | function onRequest()',
        '    > 2 |   error("no")',
        '      3 | end',
        '      4 | ',
        '',
      ].join('\n'),
    )
  })

  it('leaves what a compiler says as it laid it out, and its lines of the source', () => {
    const { made, taken } = screen()
    const said = 'error: no\n  --> tag.lua:2:3\n   |\n 2 |   error("no")\n   |   ^^^^^'
    made.failed('tag', said)
    expect(taken()).toBe(`tag was not built\n${said.replace(/^/gm, '    ')}\n`)
    made.failed('tag', 'tag.lua:2:3: undefined: no')
    expect(taken()).toContain('    > 2 |   error("no")\n')
  })

  it('says that something is being built only where that takes a compiler', () => {
    const { made, taken } = screen()
    const project = { name: 'tag', dir: folder, source: join(folder, 'tag.rs'), watched: [] }
    made.building({ ...project, language: 'lua' })
    expect(taken()).toBe('')
    made.building({ ...project, language: 'rust' })
    expect(taken()).toBe('building tag\n')
  })

  it('shows the lines of the first place that an author has written', () => {
    writeFileSync(join(folder, 'tag', 'array.ts'), 'one\ntwo\n')
    const { made, taken } = screen()
    const failure = 'out of range at ~lib/array.ts:2:5 (at) < gone.ts:1:1 < tag.lua:2:3 (onRequest)'
    made.tap({ calls: [{ ...failed, failure }], skipped: 0 })
    const shown = taken()
    expect(shown).toContain('> 2 |   error("no")')
    expect(shown).not.toContain('two')
  })

  it('shows no lines of the source for a version that is not in it any more', () => {
    const { made, taken } = screen()
    made.tap({ calls: [failed], skipped: 0 })
    expect(taken()).toContain('> 2 |   error("no")')
    made.log(refused('tag.lua:3: unexpected symbol'))
    taken()
    made.tap({ calls: [failed], skipped: 0 })
    const older = taken()
    expect(older).not.toContain('> 2 |')
    expect(older).toContain('(the last good version, not what was saved)')
    made.log(
      `${JSON.stringify({ level: 'info', plugin: 'tag', listeners: ['main'], msg: 'plugin went live' })}\n`,
    )
    made.tap({ calls: [failed], skipped: 0 })
    expect(taken()).toContain('> 2 |   error("no")')
  })
})
