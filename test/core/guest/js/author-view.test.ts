/** What an author of a plugin in JavaScript sees beside what the conformance suite compares in all languages. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bareGrants, grantBits } from '../../../../core/guest/grant.ts'
import { JsGuest, type JsGuestOptions } from './js-guest.ts'

async function withGuest(source: string, options: JsGuestOptions, use: (guest: JsGuest) => Promise<void>) {
  const guest = await JsGuest.create(source, options)
  try {
    await use(guest)
  } finally {
    guest.stop()
  }
}

describe('one plugin', () => {
  let guest: JsGuest
  beforeAll(async () => {
    // Runs what a property says; the calls of one process are quick.
    guest = await JsGuest.create(
      `export const reads = { keys: ['run'], all: false }
       let kept
       export function onRequest(metadata, mutation) {
         const key = (name) => metadata.get(name)
         return new Function('metadata', 'mutation', 'keep', 'key', metadata.get('run'))(
           metadata, mutation, { get: () => kept, set: (v) => { kept = v } }, key)
       }`,
      { budget: { failuresMax: 1_000 } },
    )
  })
  afterAll(() => guest.stop())

  const run = async (code: string) => await guest.ask({ properties: { run: code } })
  const said = async (expression: string) =>
    (await run(`mutation.set('said', String(${expression}))`)).edits[0]?.[2] ?? 'nothing'
  const fails = async (code: string) => {
    const before = guest.stage.lines.length
    expect(await run(code)).toMatchObject({ verdict: { error: { kind: 'plugin_failed' } } })
    return guest.stage.lines.slice(before).join('\n')
  }

  test('names file and line of what it threw, and the calls that led there', async () => {
    const text = await fails('null.x')
    expect(text).toMatch(/tag\.js:\d+: TypeError: Cannot read properties of null/)
    expect(text).toContain('onRequest')
  })

  test.each([
    ['mutation.set("k")', 'the value is missing, not a text'],
    ['mutation.set({}, "v")', 'the key is an object, not a text'],
    ['metadata.get()', 'the key is missing: write metadata.get("name")'],
    ['key("other")', 'the filter did not say that it reads "other"'],
    ['metadata.body', 'metadata.body is not here: write export const reads = { body: true }'],
    ['return reply()', 'write reply({ error: "denied", text: "why" })'],
    ['return reply({ error: "nope" })', 'no error is called "nope"; known: route_not_found, '],
    ['return "maybe"', 'the handler returned "maybe", which is no verdict; known: "continue", "drop", '],
    ['return { verdict: "drop" }', 'the handler returned an object, which is no verdict'],
    ['return Promise.resolve()', 'the handler returned a promise, which is no verdict'],
    ['return forward()', 'the cluster is missing, not a text'],
    ['return pause(-1)', 'the pause is no number from 0 to 4294967295'],
    ['Math.random()', 'Math.random() needs a grant: add "random"'],
    ['new Date()', 'the time needs a grant: add "clock"'],
    ['throw "a text"', 'it threw a text'],
  ])('%s says what is wrong', async (code, text) => {
    expect(await fails(code)).toContain(text)
  })

  test('may not be spoken to about a message that is over', async () => {
    await run('keep.set(metadata)')
    expect(
      await said('(() => { try { return keep.get() === metadata } catch (e) { return e.message } })()'),
    ).toBe('true')
    await run('keep.set(() => mutation.set("late", "1"))')
    await run('Promise.resolve().then(keep.get())')
    expect((await run('')).edits).toEqual([])
  })

  test('reaches nothing but JavaScript: no host object, no way to make code of the host', async () => {
    const walk = `
      const seen = new Set(), wrong = []
      const visit = (value, path) => {
        if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return
        seen.add(value)
        let proto = value
        while (Object.getPrototypeOf(proto) !== null) proto = Object.getPrototypeOf(proto)
        if (proto !== Object.prototype && Object.getPrototypeOf(value) !== null) wrong.push(path)
        const name = value.constructor?.name
        if (['Reference', 'ExternalCopy', 'Callback', 'Isolate', 'Context', 'SharedArrayBuffer'].includes(name)) wrong.push(path)
        for (const key of Reflect.ownKeys(value)) {
          const at = Reflect.getOwnPropertyDescriptor(value, key)
          for (const each of [at.value, at.get, at.set]) visit(each, path + '.' + String(key))
          if (at.get && !('value' in at)) try { visit(value[key], path + '.' + String(key)) } catch {}
        }
        visit(Object.getPrototypeOf(value), path + '.__proto__')
      }
      visit(globalThis, 'globalThis'); visit(metadata, 'metadata'); visit(mutation, 'mutation')
      mutation.set('wrong', wrong.join()); mutation.set('seen', String(seen.size > 500))`
    expect((await run(walk)).edits).toEqual([
      ['set', 'wrong', ''],
      ['set', 'seen', 'true'],
    ])
    expect(await said('Object.getOwnPropertyNames(globalThis).sort().join(" ")')).not.toMatch(
      /process|require|Atomics|SharedArrayBuffer|WebAssembly|Temporal|Intl|FinalizationRegistry/,
    )
    expect(
      await said('(function () { return arguments.callee.caller })()?.name ?? "none"').catch(() => 'none'),
    ).not.toContain('told')
  })

  test('has bytes and texts that are the same both ways', async () => {
    expect(await said('textOf(bytesOf("a\\0é€😀\\udcff"))')).toBe('a\0é€😀\udcff')
    expect(await said('bytesOf("é\\udcff").join()')).toBe('195,169,255')
  })

  test('logs what it is given, in its levels, objects as JSON', async () => {
    const before = guest.stage.lines.length
    await run(
      'log("a", 1, { b: [2] }); console.error("c"); log.debug("d"); console.warn(new Error("e").message)',
    )
    expect(guest.stage.lines.slice(before)).toEqual(['info a 1 {"b":[2]}', 'error c', 'debug d', 'warn e'])
  })

  test('logs before it fails as well', async () => {
    expect(await fails('log("before"); throw new Error("after")')).toMatch(/info before[\s\S]*after/)
  })

  test('counts', async () => {
    await run('counter("refused"); counter("refused", 4)')
    expect(guest.stage.figure('counted_total', { name: 'refused' })).toBe(5)
  })
})

describe('a plugin', () => {
  test.each([
    ['export function onRequest( {}', /tag\.js:1: SyntaxError/],
    ['\n\nexport const onRequest = 5', /onRequest is a number, no function/],
    ['\nthrow new Error("at once")', /tag\.js:2: at once/],
    ['export const x = 1', /exports none of onRequest, onResponse, onStreamData and onEnd(?!;)/],
    ['export function onrequest() {}', /and onEnd; is one of them meant with onrequest\?/],
    [
      'import x from "node:fs"\nexport function onRequest() {}',
      /it imports "node:fs", and a plugin imports nothing/,
    ],
    ['export const reads = 5\nexport function onRequest() {}', /reads is neither a list of keys nor/],
    ['export function onConfigure() { return "no good" }\nexport function onRequest() {}', /no good/],
  ])('%j is refused', async (source, why) => {
    await expect(
      JsGuest.create(source).then((guest) => {
        const { problems } = guest.stage.context
        guest.stop()
        if (problems.length > 0) throw new Error(JSON.stringify(problems))
      }),
    ).rejects.toThrow(why)
  })

  test('is given its configuration and reads keys that it names', async () => {
    const source = `
      export let reads
      let key
      export function onConfigure(config) { key = config.key; reads = [key] }
      export function onRequest(metadata, mutation) { mutation.set('found', metadata.get(key) ?? 'none') }`
    await withGuest(source, { config: { key: 'caller' } }, async (guest) => {
      expect((await guest.ask({ properties: { caller: 'web' } })).edits).toEqual([['set', 'found', 'web']])
    })
  })

  test('has the time and chance where they are granted', async () => {
    const source = `export function onRequest(metadata, mutation) {
      mutation.set('time', String(Date.now() === new Date().getTime()))
      mutation.set('year', String(new Date(0).getUTCFullYear()))
      mutation.set('chance', String(Math.random() < 1))
    }`
    await withGuest(source, { grants: bareGrants | grantBits.clock | grantBits.random }, async (guest) => {
      expect((await guest.ask()).edits.map(([, , value]) => value)).toEqual(['true', '1970', 'true'])
    })
  })
})
