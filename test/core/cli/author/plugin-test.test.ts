import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { frames } from '../../../plugins/dubbo/frames.ts'
import { AuthorFolder } from './author-folder.ts'

let folder: AuthorFolder
beforeEach(() => {
  folder = new AuthorFolder()
})
afterEach(() => folder.remove())

const tag = `
function onRequest(metadata, mutation)
  if metadata.get("caller") == "spy" then return reply { error = "denied", text = "go away" } end
  log("saw", metadata.get("caller"))
  counter("seen")
  mutation.set("tag", metadata.get("caller") or "nobody")
  mutation.remove("cookie")
end
function onResponse(metadata, mutation)
  if metadata.get("secret") then mutation.remove("secret") end
end
function onEnd(metadata, outcome) counter("ended_" .. outcome.result) end
`

async function run(cases: string, source = tag) {
  folder.write('tag.lua', source)
  folder.write('tag.test.yaml', `cases:\n${cases}`)
  return await folder.weir('plugin test @')
}

describe('a written case', () => {
  it('passes when verdict, mutation, logs and counters of every phase are as expected', async () => {
    const cases = `
  - name: everything
    request: { operation: demo/hello, properties: { caller: shop, cookie: a }, id: "18446744073709551615" }
    expect:
      verdict: continue
      mutation: [{ set: { tag: shop } }, { remove: cookie }]
      properties: { tag: shop, cookie: null, caller: [shop] }
      logs: ['info saw\\u0009shop']
      counters: { seen: 1 }
    response: { status: 0, properties: { secret: x } }
    expect-response: { properties: { secret: null } }
    expect-end: { counters: { ended_ok: 1 } }
  - name: refused
    request: { properties: { caller: spy } }
    expect: { error: denied, text: go away, counters: { seen: 0 } }`
    expect(await run(cases)).toEqual({
      code: 0,
      printed: '✓ everything\n✓ refused\n2 passed\n',
      told: '',
    })
  })

  it('that does not hold is shown with file, line, what was expected and what came', async () => {
    const cases = `
  - name: wrong about everything
    request: { properties: { caller: shop } }
    expect:
      error: denied
      properties: { tag: somebody }
      counters: { seen: 2 }`
    const { code, printed } = await run(cases)
    expect(code).toBe(1)
    expect(printed).toContain('✗ wrong about everything  @/tag.test.yaml:8\n')
    expect(printed).toContain('counter seen\n      - expected  2\n      + got       1\n')
    expect(printed).toContain('verdict\n      - expected  reply denied\n      + got       continue\n')
    expect(printed).toContain('property tag\n      - expected  "somebody"\n      + got       "shop"\n')
  })

  it('shows why a verdict came that nobody expected', async () => {
    const { printed } = await run('  - name: a spy\n    request: { properties: { caller: spy } }\n')
    expect(printed).toContain('+ got       reply denied\n      + got       text "go away"')
  })

  it('takes frames of a protocol in hexadecimal digits', async () => {
    const [frame] = frames
    const source = 'function onRequest(m, mutation) mutation.set("is", m.get("method")) end'
    const hex = frame?.hex ?? ''
    const cases = `  - name: a frame\n    request: { dubbo: "${hex}" }\n    expect: { properties: { is: "${frame?.operation.split('/')[1]}" } }\n`
    expect(await run(cases, source)).toMatchObject({ code: 0 })
    const cut = `  - name: a cut frame\n    request: { dubbo: "${hex.slice(0, 60)}" }\n`
    expect((await run(cut, source)).printed).toMatch(/this is no dubbo frame: it lacks \d+ bytes/)
  })

  it('takes frames of a codec that stands beside it', async () => {
    await folder.weir('plugin new codec parley --schema --dir @/parley')
    folder.write('parley.codec.yaml', folder.read('parley/parley.codec.yaml'))
    const source = 'function onRequest(m, mutation) mutation.set("is", m.get("op") .. m.get("caller")) end'
    const frame = 'ca11 01 00 00000007 00000014 0568656c6c6f 01 0663616c6c6572 000473686f70'
    const cases = `  - name: a frame\n    request: { parley: "${frame}" }\n    expect: { properties: { is: helloshop } }\n`
    expect(await run(cases, source)).toMatchObject({ code: 0 })
  })

  it('may be several calls with time between them, on one filter', async () => {
    const source = `
local calls = 0
function onRequest() calls = calls + 1; if calls > 1 then return pause(250) end end
function onResume(metadata, mutation) mutation.set("calls", calls) end`
    const cases = `
  - name: two
    calls:
      - expect: { mutation: [] }
      - after: 1s
        expect: { properties: { calls: "2" } }
  - name: one again
    expect: { mutation: [] }`
    folder.write('tag.plugin.yaml', 'capabilities: [timers]\n')
    expect(await run(cases, source)).toMatchObject({ code: 0 })
  })

  it('has answers for calls out, a store, and chance', async () => {
    const source = `
function onRequest(metadata, mutation)
  mutation.set("stored", store.get("key"))
  mutation.set("drawn", math.random() < 2 and "yes")
  return call("auth", { body = "who" }, 100)
end
function onResume(metadata, mutation, resume)
  if resume.reason == "failed" then return reply { error = "denied", text = resume.text } end
  mutation.set("answered", resume.response.body)
end`
    folder.write('tag.plugin.yaml', 'capabilities: [calls, key-value, random]\n')
    const cases = `
  - name: answered
    store: { key: value }
    answers: { auth: { body: fine } }
    expect: { properties: { stored: value, answered: fine } }
  - name: failed
    store: { key: value }
    answers: { auth: nobody there }
    expect: { error: denied, text: nobody there }`
    expect(await run(cases, source)).toMatchObject({ code: 0 })
  })

  it('has the configuration of its route', async () => {
    const source = 'function onRequest(metadata, mutation) mutation.set("who", metadata.config.who) end'
    const cases = `
  - name: of the route
    config: { who: everybody }
    route: { who: this route }
    expect: { properties: { who: this route } }
  - name: without
    config: { who: everybody }
    expect: { properties: { who: everybody } }`
    expect(await run(cases, source)).toMatchObject({ code: 0 })
  })

  it('shows what a plugin said in a call that failed', async () => {
    const source = 'function onRequest()\n  log.warn("no luck soon")\n  error("no luck")\nend'
    const { printed } = await run('  - name: unlucky\n', source)
    expect(printed).toContain('      + got       log warn no luck soon\n')
  })

  it('fails when the plugin does, with the file and the line in it', async () => {
    const source = 'function onRequest()\n  error("no luck")\nend'
    const { code, printed } = await run('  - name: a call\n', source)
    expect(code).toBe(1)
    expect(printed).toContain('tag.lua:2: no luck')
    expect(await run('  - name: a call\n    expect: { failure: no luck }\n', source)).toMatchObject({
      code: 0,
    })
  })

  it('is refused with the nearest name when it is misspelt', async () => {
    const { code, printed } = await run('  - name: a\n    expect: { verdct: continue }\n')
    expect(code).toBe(3)
    expect(printed).toContain(
      '@/tag.test.yaml:3:15: cases[0].expect.verdct: unknown key "verdct", did you mean "verdict"?',
    )
  })

  it('is refused with every mistake of the manifest beside the plugin, where it stands', async () => {
    folder.write('tag.plugin.yaml', 'version: "1"\ncapabilites: []\nconfg: {}\n')
    const { code, printed } = await run('  - name: a\n    expect: { verdict: continue }\n')
    expect(code).toBe(1)
    expect(printed).toContain('@/tag.plugin.yaml:2:1: capabilites: unknown key "capabilites", did you mean')
    expect(printed).toContain('@/tag.plugin.yaml:3:1: confg: unknown key "confg", did you mean "config"?')
  })

  it('is given the configuration of the manifest, of the file and its own, held against the schema', async () => {
    const source =
      'local c\nfunction onConfigure(config) c = config end\n' +
      'function onRequest(m, mutation) mutation.set("abc", c.a .. c.b .. c.c) end'
    folder.write(
      'tag.plugin.yaml',
      'config: { a: m, b: m, c: m }\noptions: { properties: { a: { type: string } } }\n',
    )
    folder.write('tag.lua', source)
    folder.write(
      'tag.test.yaml',
      'config: { b: f, c: f }\ncases:\n  - name: abc\n    config: { c: c }\n    expect: { properties: { abc: mfc } }\n' +
        '  - name: wrong\n    config: { a: 1 }\n',
    )
    const { printed } = await folder.weir('plugin test @')
    expect(printed).toContain('✓ abc\n')
    expect(printed).toContain('its configuration: a: must be a string')
  })
})

describe('a test in Lua', () => {
  it('runs the handlers under the same interpreter, each test on its own', async () => {
    folder.write('tag.lua', `calls = 0\n${tag}`)
    folder.write(
      'tag.test.lua',
      `
function test_request()
  calls = calls + 1
  local result = request { properties = { caller = "shop", cookie = "a" } }
  expect(calls).toBe(1)
  expect(result).toEqual {
    verdict = "continue",
    edits = { { op = "set", key = "tag", value = "shop" }, { op = "remove", key = "cookie" } },
    properties = { caller = "shop", tag = "shop" },
  }
end
function test_refused()
  calls = calls + 1
  local result = request { properties = { caller = "spy" } }
  expect(calls):toBe(1)
  expect(result.error).toBe("denied")
  expect(result.text).toContain("go")
end`,
    )
    expect(await folder.weir('plugin test @')).toMatchObject({
      code: 0,
      printed: '✓ test_request\n✓ test_refused\n2 passed\n',
    })
  })

  it('that fails is shown with its own line, and so is the line of the plugin', async () => {
    folder.write('tag.lua', 'function onRequest(m)\n  return m.nothing.there\nend')
    folder.write(
      'tag.test.lua',
      'function test_one()\n  expect(1).toBe(2)\nend\nfunction test_two()\n  request {}\nend\nfunction test_three() while true do end end',
    )
    const { code, printed } = await folder.weir('plugin test @/tag.lua')
    expect(code).toBe(1)
    expect(printed).toContain('✗ test_one  @/tag.test.lua:1\n    tag.test.lua:2: expected 2, got 1\n')
    expect(printed).toContain('✗ test_two  @/tag.test.lua:4\n    tag.lua:2: attempt to index a nil value')
    expect(printed).toContain('the plugin spent its fuel')
  })
})

describe('a test in JavaScript', () => {
  it('calls the handlers with plain objects, each test with the plugin loaded anew', async () => {
    folder.write(
      'tag.js',
      `let calls = 0
export function onRequest(metadata, mutation) {
  if (++calls > 1) return forward('other')
  if (metadata.get('caller') === 'spy') return reply({ error: 'denied', text: 'go away' })
  mutation.set('tag', metadata.config.tag)
  mutation.remove('cookie')
}
export const onEnd = (metadata, outcome) => counter(outcome.result)
`,
    )
    folder.write(
      'tag.test.js',
      `export function testRequest() {
  configure({ tag: 'x' })
  const asked = request({ properties: { caller: 'shop', cookie: 'a' } })
  expect(asked).toEqual({
    verdict: 'continue',
    edits: [{ op: 'set', key: 'tag', value: 'x' }, { op: 'remove', key: 'cookie' }],
    properties: { caller: 'shop', tag: 'x' },
  })
  expect(request().cluster).toBe('other')
  finish()
}
export async function testSpy() {
  const { error, text } = await request({ properties: { caller: 'spy' } })
  expect(error).toBe('denied')
  expect(text).toContain('go')
}
export function testWrong() {
  expect(request().verdict).toBe('drop')
}
export function testBroken() {
  response()
}
`,
    )
    const { code, printed } = await folder.weir('plugin test @')
    expect(code).toBe(1)
    expect(printed).toContain('✓ testRequest\n✓ testSpy\n✗ testWrong  @/tag.test.js:17\n')
    expect(printed).toContain('    expected "drop", got "continue"\n    tag.test.js:18: in testWrong\n')
    expect(printed).toContain('    the plugin exports no onResponse\n    tag.test.js:21: in testBroken\n')
  })

  it('has everything that a plugin calls by name', async () => {
    folder.write(
      'tag.js',
      `export function onRequest(metadata, mutation) {
  if (store.cas('who', undefined, 'first') && !store.cas('who', 'other', 'second')) mutation.set('who', store.get('who'))
  mutation.set('size', bytesOf('é').length)
  mutation.set('text', textOf(Uint8Array.of(0xc3, 0xa9, 0xff)))
}
`,
    )
    folder.write(
      'tag.test.js',
      `export function testNames() {
  expect(request().properties).toEqual({ who: 'first', size: '2', text: 'é\\udcff' })
}
`,
    )
    expect(await folder.weir('plugin test @')).toMatchObject({ printed: '✓ testNames\n1 passed\n' })
  })

  it('say where the plugin, or they themselves, cannot be read', async () => {
    folder.write('tag.js', 'let a\nexport functio onRequest() {}\n')
    folder.write('tag.test.js', 'export function testAny() {}\n')
    const unread = (await folder.weir('plugin test @/tag.test.js')).printed
    expect(unread).toContain('testAny  @/tag.test.js:1\n    SyntaxError: ')
    expect(unread).toContain('\n    tag.js:2\n')
    folder.write('tag.js', 'export function onRequest() {}\n')
    folder.write('tag.test.js', '\n\nlet b c\n')
    expect((await folder.weir('plugin test @/tag.test.js')).printed).toContain('\n    tag.test.js:3\n')
  })
})

describe('weir plugin test', () => {
  it('says what is missing', async () => {
    await expect(folder.weir('plugin test @/nowhere')).resolves.toMatchObject({
      code: 1,
      told: 'weir plugin test: there is no @/nowhere\n',
    })
    folder.write('notes.md', '')
    expect((await folder.weir('plugin test @/note.md')).told).toContain('did you mean "notes.md"?')
    expect((await folder.weir('plugin test @/notes.md')).told).toContain('there are no tests of @/notes.md: ')
    expect((await folder.weir('plugin bench @/notes.md')).told).toContain(
      '@/notes.md is no plugin: name its folder, or a .lua, .js or .wasm file',
    )
    folder.write('tga.lua', tag)
    expect((await folder.weir('plugin test @')).told).toContain('there are no tests in @')
    folder.write('tag.test.yaml', 'cases: [{ name: a }]')
    expect((await folder.weir('plugin test @')).printed).toContain(
      'there is no plugin "tag" in @, did you mean "tga"?',
    )
  })

  it('prints one JSON document for programs', async () => {
    folder.write('tag.lua', tag)
    folder.write('tag.test.yaml', 'cases: [{ name: a }, { name: b, expect: { verdict: drop } }]')
    const { code, printed } = await folder.weir('plugin test @ --json')
    expect(code).toBe(1)
    expect(JSON.parse(printed)).toMatchObject({
      passed: false,
      tests: [
        { passed: true, name: 'a' },
        {
          passed: false,
          name: 'b',
          line: 1,
          differences: [{ what: 'verdict', expected: ['drop'], got: ['continue'] }],
        },
      ],
    })
  })
})
