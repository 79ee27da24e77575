/** What an author of a plugin in Lua sees and says. */
import { describe, expect, test } from 'vitest'
import type { KeyValue } from '../../../../core/guest/guest-host.ts'
import { Trap } from '../../../../core/guest/trap.ts'
import { ALL_GRANTS, evaluate, lua, onRequest, tryLua, verdictOf } from './lua-guest.ts'

const hex = (text: string) => Buffer.from(text).toString('hex')

describe('metadata', () => {
  test('get, getAll, has and keys answer what the message carries', () => {
    const guest = onRequest(`
      log(metadata.get("a"), metadata.get("none"), metadata.get("empty") == "")
      log(table.concat(metadata.getAll("many"), ","), #metadata.getAll("none"))
      log(metadata.has("a"), metadata.has("empty"), metadata.has("none"))
      log(table.concat(metadata.keys(), ","))`)
    const properties = { a: 'one', empty: '', many: ['x', '', 'z'] }
    expect(guest.ask({ properties }).map(([, , text]) => text)).toEqual([
      'one\tnil\ttrue',
      'x,,z\t0',
      'true\ttrue\tfalse',
      'a,empty,many',
    ])
  })

  test('a colon means the same as a dot', () => {
    const guest = onRequest(
      'mutation:set("b", metadata:get("a")) mutation:add("c", 5) mutation:remove("d") mutation:body("x")',
    )
    expect(guest.ask({ properties: { a: 'v' } })).toEqual([
      ['set', 'b', hex('v')],
      ['add', 'c', hex('5')],
      ['remove', 'd', ''],
      ['body', hex('x')],
    ])
  })

  test('fields are those of the contract', () => {
    const fields = [
      'operation',
      'requestId',
      'status',
      'size',
      'listener',
      'peer',
      'protocol',
      'kind',
      'problem',
    ]
    const guest = onRequest(`log(${fields.map((field) => `metadata.${field}`).join(', ')})`)
    const said = guest.ask({ id: '18446744073709551615', status: -1, problem: 'kryo' })
    expect(said[0]?.[2]).toBe(
      'demo.Greeter/hello\t18446744073709551615\t-1\t116\tin\t10.0.0.1:40000\tdubbo\trequest\tkryo',
    )
  })

  test('a key that was not declared is an error that names it and where it was read', () => {
    const trap = onRequest('local key = "a" .. "b"\nmetadata.get(key)').fails()
    expect(trap.text).toContain(
      'tag.lua:3: the filter did not say that it reads "ab": add it to the global table "reads"',
    )
  })

  test('keys that are computed are declared in reads, which onConfigure may write', () => {
    const guest = lua(
      `function onConfigure(config) reads = { config.key } end
       function onRequest(metadata) log(metadata.get(({ "" .. reads[1] })[1])) end`,
      { config: { key: 'x-user' } },
    )
    expect(guest.declared).toContainEqual(['reads', 0, 'x-user'])
    expect(guest.ask({ properties: { 'x-user': 'ann' } })).toEqual([['log', 'info', 'ann']])
  })

  test('with all keys declared, any key is read', () => {
    const guest = lua(
      'reads = { all = true } function onRequest(m) log(m.get("a" .. "b"), m.get("no" .. "ne")) end',
    )
    expect(guest.declared).toContainEqual(['readsAll', 0])
    expect(guest.ask({ allKeys: true, properties: { ab: 'v' } })).toEqual([['log', 'info', 'v\tnil']])
  })

  test('a body is read when it was asked for, and is an error otherwise', () => {
    const guest = lua('reads = { body = "request" } function onRequest(m) log(#m.body) end')
    expect(guest.declared).toContainEqual(['wants', 1])
    expect(guest.ask({ body: Buffer.alloc(300_000) })).toEqual([['log', 'info', '300000']])
    expect(onRequest('log(#metadata.body)').fails().text).toContain('say reads = { body = true }')
  })

  test('a field that does not exist, and a table that is written to, are errors', () => {
    expect(onRequest('log(metadata.sise)').fails().text).toContain(
      'tag.lua:2: metadata has no such field; known: get, getAll, has, keys, operation, requestId, ',
    )
    expect(onRequest('metadata.x = 1').fails().text).toContain('tag.lua:2: this table cannot be changed')
  })

  test('metadata that was kept cannot be read outside of a message', () => {
    const kept = tryLua(
      'function onRequest(m) kept = m end function onConfigure() log(kept and kept.size) end',
    )
    expect(kept).not.toBeInstanceOf(Trap)
    expect(evaluate('pcall(function() return metadata.size end)')).toBe('true')
  })

  test('a response shows its request', () => {
    const guest = lua(
      'function onResponse(m) log(m.status, m.get("a"), m.request.get("a"), m.request.requestId) end',
    )
    expect(guest.declared).toContainEqual(['phases', 2])
    expect(guest.declared).toContainEqual(['wants', 4])
    const companion = { properties: { a: 'asked' }, id: '9007199254740993' }
    expect(guest.response({ properties: { a: 'answered' }, companion })).toEqual([
      ['log', 'info', '20\tanswered\tasked\t9007199254740993'],
    ])
  })
})

describe('mutation', () => {
  test('edits are recorded in order', () => {
    const guest = onRequest(
      'mutation.set("a", 1) mutation.add("a", "2") mutation.remove("b") mutation.set("c", "")',
    )
    expect(guest.ask()).toEqual([
      ['set', 'a', hex('1')],
      ['add', 'a', hex('2')],
      ['remove', 'b', ''],
      ['set', 'c', ''],
    ])
  })

  test('what is no text is an error with the line', () => {
    expect(onRequest('mutation.set("a", nil)').fails().text).toContain(
      'tag.lua:2: the value of mutation.set is no text: write mutation.set("key", "value")',
    )
    expect(onRequest('mutation.set({}, "a")').fails().kind).toBe('unreachable')
    expect(onRequest('mutation.remove()').fails().text).toContain('tag.lua:2: a text is missing')
  })
})

describe('verdicts', () => {
  test.each([
    ['nothing', 'return', undefined],
    ['continue', 'return "continue"', undefined],
    ['drop', 'return "drop"', { kind: 'settled', verdict: 'drop' }],
    ['close', 'return "close"', { kind: 'settled', verdict: 'close' }],
    ['pause', 'return pause(50)', { kind: 'pause', ms: 50 }],
  ])('%s', (_name, body, verdict) => {
    expect(verdictOf(onRequest(body).ask())).toEqual(verdict)
  })

  test('reply with an error', () => {
    expect(verdictOf(onRequest('return reply { error = "denied", text = "not you" }').ask())).toMatchObject({
      verdict: { verdict: 'reply', error: { kind: 'denied', text: 'not you' } },
    })
  })

  test('reply with a message, its properties in order or by name', () => {
    const body =
      'return reply { properties = { { "b", 1 }, { "a", "x" }, c = { "y", "z" } }, body = "hi\\0" }'
    expect(verdictOf(onRequest(body).ask())).toMatchObject({
      verdict: {
        reply: {
          properties: [
            ['b', '1'],
            ['a', 'x'],
            ['c', 'y'],
            ['c', 'z'],
          ],
          body: Buffer.from('hi\0'),
        },
      },
    })
    expect(verdictOf(onRequest('return reply {}').ask())).toMatchObject({
      verdict: { reply: { properties: [], body: undefined } },
    })
  })

  test('forward, with a time or without', () => {
    expect(verdictOf(onRequest('return forward("canary")').ask())).toMatchObject({
      verdict: { verdict: 'forward', cluster: 'canary', timeoutMs: undefined },
    })
    expect(verdictOf(onRequest('return forward("canary", 250)').ask())).toMatchObject({
      verdict: { cluster: 'canary', timeoutMs: 250 },
    })
  })

  test('a call out, and its answer in onResume', () => {
    const guest = lua(`
      function onRequest() return call("auth", { properties = { path = "/check" }, body = "x" }, 100) end
      function onResume(metadata, mutation, resume)
        if resume.reason ~= "answer" then return reply { error = "denied", text = resume.text } end
        mutation.set("user", resume.response.get("x-user"))
        log(resume.phase, resume.pauses, #resume.response.body)
      end`)
    expect(verdictOf(guest.ask())).toEqual({
      kind: 'call',
      call: {
        cluster: 'auth',
        timeoutMs: 100,
        message: { properties: [['path', '/check']], body: Buffer.from('x') },
      },
    })
    const resume = { reason: 2, phase: 2, pauses: 3, text: '' }
    const companion = {
      kind: 'response',
      properties: { 'x-user': 'ann' },
      body: Buffer.from('ok'),
      allKeys: true,
    } as const
    expect(guest.call('resume', { resume, companion })).toEqual([
      ['log', 'info', 'request\t3\t2'],
      ['set', 'user', hex('ann')],
    ])
    const failed = guest.call('resume', { resume: { reason: 3, phase: 2, pauses: 1, text: 'gone' } })
    expect(verdictOf(failed)).toMatchObject({ verdict: { error: { kind: 'denied', text: 'gone' } } })
  })

  test.each([
    [
      'return "stop"',
      'tag.lua: the handler returned "stop", which is no verdict; known: "continue", "drop", ',
    ],
    ['return 5', 'returned a number, which is no verdict'],
    ['return {}', 'returned a table, which is no verdict'],
    ['return reply { error = "denid" }', 'tag.lua:2: no error is called "denid"; known: route_not_found, '],
    ['return forward()', 'tag.lua:2: the cluster is a nil, not a text'],
    ['return pause("x")', 'tag.lua:2: the pause is no number'],
  ])('%s is an error', (body, text) => {
    expect(onRequest(body).fails().text).toContain(text)
  })
})

describe('onEnd and onConfigure', () => {
  test('the outcome has everything', () => {
    const guest = lua(`function onEnd(metadata, outcome)
      log(outcome.result, outcome.error, outcome.errorText, outcome.status, outcome.durationMs, outcome.upstreamMs)
      log(outcome.requestBytes, outcome.responseBytes, outcome.attempts, outcome.cluster, outcome.endpoint, outcome.flags.retried)
      counter("ends")
    end`)
    const outcome = {
      result: 'error',
      error: 'upstream_reset',
      errorText: 'gone',
      response: undefined,
      requestBytes: 10,
      responseBytes: 4_294_967_295,
      startedMs: 0,
      durationMs: 1.5,
      upstreamMs: -1,
      cluster: 'c',
      endpoint: 'e',
      attempts: 2,
      flags: ['retried'],
    } as const
    expect(guest.call('end', { outcome })).toEqual([
      ['log', 'info', 'error\tupstream_reset\tgone\t-1\t1.5\t-1.0'],
      ['log', 'info', '10\t4294967295\t2\tc\te\ttrue'],
      ['count', 'ends', 1],
    ])
  })

  test('nothing can be changed any more in onEnd', () => {
    const trap = lua('function onEnd(m) mutation = nil end function onRequest(m, mu) kept = mu end')
    expect(trap.declared).toContainEqual(['phases', 5])
    const guest = lua('function onRequest(_, m) kept = m end function onEnd() kept.set("a", "b") end')
    guest.ask()
    expect(guest.call('end', {})).toMatchObject({ kind: 'unreachable' })
  })

  test('the configuration is a table with whole numbers, lists and nested tables', () => {
    const config = { n: 3, f: 1.5, big: 2 ** 53, yes: true, no: null, list: [1, 'a', { x: [] }], text: 'é\0' }
    const guest = lua(
      `function onConfigure(c) kept = c end
       function onRequest() log(kept.n, math.type(kept.n), kept.f, kept.yes, kept.no, kept.list[2], #kept.list[3].x, #kept.text) end`,
      { config },
    )
    expect(guest.ask()).toEqual([['log', 'info', '3\tinteger\t1.5\ttrue\tnil\ta\t0\t3']])
  })

  test('a sentence from onConfigure refuses', () => {
    const guest = lua('function onConfigure(c) if not c.tag then return "tag is missing" end end')
    expect(guest.declared).toEqual([['refuse', 'tag is missing']])
  })

  test('a plugin without a handler is refused', () => {
    const none = 'the plugin has none of onRequest, onResponse, onStreamData and onEnd'
    expect(tryLua('local x = 1')).toMatchObject({ text: none })
    expect(tryLua('function onRequets() end')).toMatchObject({
      text: `${none}; is one of them meant with onRequets?`,
    })
    expect(tryLua('onRequest = 5')).toMatchObject({
      text: expect.stringContaining('onRequest is no function'),
    })
  })
})

describe('log, counters, store, time', () => {
  test('log has levels, print is log, and what is said before an error is told', () => {
    const guest = onRequest('log.debug("d") log.warn("w", 1) log.error({} ~= nil) print("p") error("x")')
    expect(guest.fails().text).toContain('tag.lua:2: x')
    expect(guest.told).toEqual(['d', 'w\t1', 'true', 'p'])
  })

  test('counters count', () => {
    expect(onRequest('counter("hits") counter("bytes", 4294967295)').ask()).toEqual([
      ['count', 'hits', 1],
      ['count', 'bytes', 4_294_967_295],
    ])
  })

  test('the store is there with its grant only', () => {
    const values = new Map<string, Buffer>()
    const keyValue: KeyValue = {
      get: (key) => values.get(key.toString('latin1')),
      set: (key, value) => values.set(key.toString('latin1'), value).size > 0,
      delete: (key) => values.delete(key.toString('latin1')),
      add: (_key, difference) => difference + 1,
      exchange: (_key, expected) => (expected === undefined ? 'stored' : 'different'),
    }
    const body =
      'log(store.set("k", "a\\0b"), #store.get("k"), store.add("n", 2), store.delete("k"), store.get("k"), store.cas("k", nil, "v"), store.cas("k", "a", "v"))'
    expect(onRequest(body, { keyValue, grants: ALL_GRANTS }).ask()).toEqual([
      ['log', 'info', 'true\t3\t3\ttrue\tnil\ttrue\tfalse'],
    ])
    expect(evaluate('store', { keyValue })).toBe('nil')
  })

  test('time is the host’s, with the grant, and in UTC', () => {
    const wallMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
    const options = { grants: ALL_GRANTS, wallMs }
    expect(evaluate('os.time()', options)).toBe(String(Math.floor(wallMs / 1000)))
    expect(evaluate('os.date("%Y-%m-%dT%H:%M:%S %a %j %U %W %V %G %p %I %c")', options)).toBe(
      '2026-01-02T03:04:05 Fri 002 00 00 01 2026 AM 03 Fri Jan  2 03:04:05 2026',
    )
    expect(evaluate('os.time{year=2026,month=1,day=2,hour=3,min=4,sec=5}', options)).toBe(
      String(Math.floor(wallMs / 1000)),
    )
    expect(evaluate('os.date("*t").yday', options)).toBe('2')
    expect(evaluate('os.clock() == os.clock()', options)).toBe('true')
    expect(evaluate('os.execute or os.getenv or os.exit or os.remove', options)).toBe('nil')
    expect(evaluate('os')).toBe('nil')
  })
})

describe('errors', () => {
  test('carry the file, the line and the calls that led there', () => {
    const guest = lua(
      'local function inner()\n  local x = nil\n  return x.y\nend\nfunction onRequest()\n  inner()\nend',
    )
    const { kind, text } = guest.fails()
    expect(kind).toBe('unreachable')
    expect(text).toMatch(/^tag\.lua:3: attempt to index a nil value \(local 'x'\)\nstack traceback:/)
    expect(text).toContain('tag.lua:6: in function')
  })

  test('a source that is no Lua names its line, also behind a first line for Unix and a byte order mark', () => {
    expect(tryLua('local x =\n= 5')).toMatchObject({
      text: expect.stringMatching(/^tag\.lua:2: unexpected symbol/),
    })
    expect(tryLua('\ufeff#!/usr/bin/env lua\nlocal = 5')).toMatchObject({
      text: expect.stringMatching(/^tag\.lua:2: /),
    })
  })

  test('after one the instance is closed', () => {
    const guest = onRequest('error("x")')
    guest.fails()
    expect(guest.request()).toMatchObject({ kind: 'exited' })
  })
})
