import { describe, expect, it } from 'vitest'
import { bitsOf } from '../../../../core/guest/grant.ts'
import { GuestFilter } from '../../../../core/guest/guest-filter.ts'
import { createLuaModule } from '../../../../core/guest/lua/create-lua-module.ts'
import { Trap } from '../../../../core/guest/trap.ts'
import { Mutation, replyError } from '../../../../sdk/index.ts'
import { fakeMessage } from '../../../../sdk/testing/fake-message.ts'
import { TestExchange } from '../../../../sdk/testing/test-exchange.ts'
import { GuestStage, type GuestStageOptions } from '../guest-stage.ts'
import { interpreter } from './lua-guest.ts'

function stage(source: string, options: GuestStageOptions = {}): GuestStage {
  const module = createLuaModule({ interpreter, name: 'tag.lua', file: Buffer.from(source) })
  if (module instanceof Trap) throw new Error(module.text)
  return new GuestStage(module, options)
}

function guest({ filter }: GuestStage): GuestFilter {
  if (!(filter instanceof GuestFilter)) throw new Error('it could not be made')
  return filter
}

const COUNTING = `local n = 0
function onRequest(_, mutation) n = n + 1; mutation.set("n", tostring(n)) end
function snapshot() return tostring(n) end
function restore(state, version)
  if tonumber(state) == nil then return "no number from " .. version end
  n = tonumber(state)
end
`

describe('a state', () => {
  it('goes from one version to the next, with every byte', () => {
    const before = stage(`function onRequest() end\nfunction snapshot() return "a\\0\\xff" end`)
    const state = guest(before).state.take()
    expect(state).toEqual(Buffer.from([0x61, 0, 0xff]))
    const after = stage(
      `local told = ""\nfunction onRequest(_, mutation) mutation.set("told", told) end\n` +
        'function restore(state, version) told = #state .. " from " .. version end',
    )
    expect(guest(after).state.give(Buffer.from([0x61, 0, 0xff]), '1.2.0')).toBeUndefined()
    expect(after.exchange().onRequest().edits).toEqual([{ op: 'set', key: 'told', value: '3 from 1.2.0' }])
  })

  it('is refused with a reason, and the plugin is called as before', () => {
    const counting = stage(COUNTING)
    expect(guest(counting).state.give(Buffer.from('x'), '1')).toBe('no number from 1')
    expect(guest(counting).state.give(Buffer.from('41'), '1')).toBeUndefined()
    expect(counting.exchange().onRequest().edits[0]?.value).toBe('42')
  })

  it('that makes the plugin fail is a failure of that plugin', () => {
    const failing = stage('function onRequest() end\nfunction restore() error("cannot") end')
    expect(guest(failing).state.give(Buffer.from('x'), '')).toMatch(/tag\.lua:2: cannot/)
    const endless = stage('function onRequest() end\nfunction snapshot() while true do end end')
    expect(guest(endless).state.take()).toBeUndefined()
    expect(endless.figure('traps_total', { kind: 'fuel' })).toBe(1)
    const large = stage('function onRequest() end\nfunction snapshot() return ("x"):rep(1200):rep(1000) end')
    expect(guest(large).state.take()).toBeUndefined()
    expect(large.figure('traps_total', { kind: 'budget' })).toBe(1)
  })

  it('is asked of nobody who has none', () => {
    const plain = stage('function onRequest() end')
    expect(guest(plain).state.take()).toBeUndefined()
    expect(guest(plain).state.give(Buffer.from('x'), '')).toBeUndefined()
    expect(plain.figure('calls_total', { result: 'nothing' })).toBe(0)
  })
})

describe('a failure', () => {
  it('is one line of the log, with the calls that led there', () => {
    const failing = stage('local function inner(x)\n  return x.y\nend\nfunction onRequest()\n  inner()\nend')
    failing.exchange().onRequest()
    expect(failing.lines).toEqual([
      expect.stringMatching(/tag\.lua:2: .* \| stack traceback: \| tag\.lua:2: /),
    ])
    expect(failing.lines[0]).not.toContain('\\u')
  })
})

const GREETING = `function onConfigure(config)
  if config.word == "bad" then return "that is a bad word" end
  config.greeting = config.word .. "!"
end
function onRequest(metadata, mutation) mutation.set("said", metadata.config.greeting) end
function onResponse(metadata, mutation) mutation.set("said", metadata.config.greeting) end
function onEnd(metadata) log(metadata.config.greeting) end
`
const routeOf = (word: string) => ({ name: word, filterConfigs: { guest: { word } } })

describe('configurations of routes', () => {
  const config = { word: 'hello' }
  const routeConfigs = ['bye', 'ciao'].map((word) => ({ given: { word }, config: { word } }))

  it('hold for the messages of these routes, in every phase, and the listener’s for the others', () => {
    const greeting = stage(GREETING, { config, routeConfigs })
    const { filter, clock } = greeting
    const [bye, ciao] = [routeOf('bye'), routeOf('ciao')]
    for (const route of [bye, ciao]) filter.onRoute?.(route, {})
    const other = { name: 'other', filterConfigs: {} }
    for (const [route, said] of [
      [ciao, 'ciao!'],
      [other, 'hello!'],
      [bye, 'bye!'],
    ] as const) {
      const exchange = new TestExchange({ filter, clock, request: fakeMessage(), route })
      expect(exchange.onRequest().edits[0]?.value).toBe(said)
      expect(exchange.onResponse().edits[0]?.value).toBe(said)
      exchange.onEnd()
    }
    expect(greeting.lines).toEqual(['info ciao!', 'info hello!', 'info bye!'])
  })

  it('stay with their exchange, while the route is found anew after an edit', () => {
    const { filter, clock } = stage(GREETING, { config, routeConfigs })
    const routes = [routeOf('ciao'), routeOf('bye')]
    for (const route of routes) filter.onRoute?.(route, {})
    let found = 0
    const exchange = new TestExchange({
      filter: Object.assign(Object.create(filter), { route: () => routes[found++] }),
      clock,
      request: fakeMessage(),
    })
    const mutation = new Mutation()
    exchange.request.mutation = mutation
    filter.onRequest?.(exchange.request, mutation, exchange)
    expect(mutation.edits[0]?.value).toBe('ciao!')
    expect(exchange.route?.name).toBe('bye')
    const response = fakeMessage({ kind: 'response' })
    response.mutation = new Mutation()
    filter.onResponse?.(response, response.mutation, exchange)
    expect(response.mutation.edits[0]?.value).toBe('ciao!')
  })

  it('are refused by the plugin like any other', () => {
    const bad = [{ given: { word: 'bad' }, config: { word: 'bad' } }]
    const { context } = stage(GREETING, { config, routeConfigs: bad })
    expect(context.problems).toEqual([': the plugin guest cannot be used: that is a bad word'])
  })

  it('are refused for a plugin that does not look at them', () => {
    const { context } = stage('function onRequest() end', { config, routeConfigs })
    expect(context.problems).toEqual([
      ': the plugin guest takes no configuration from routes: it does not read metadata.config',
    ])
  })

  it('may each read keys of their own', () => {
    const reading = `function onConfigure(config) reads = { config.word } end
function onRequest(metadata, mutation) mutation.set("is", metadata.get(metadata.config.word) or "nothing") end
`
    const { filter, clock } = stage(reading, { config, routeConfigs })
    const route = routeOf('ciao')
    filter.onRoute?.(route, {})
    const request = () => fakeMessage({ properties: { hello: '1', ciao: '2' } })
    expect(new TestExchange({ filter, clock, request: request(), route }).onRequest().edits[0]?.value).toBe(
      '2',
    )
    expect(new TestExchange({ filter, clock, request: request() }).onRequest().edits[0]?.value).toBe('1')
  })

  it('hold for every instance that takes the place of another', () => {
    const failing = `${GREETING}function onRequest(metadata, mutation)
  mutation.set("said", metadata.config.greeting)
  if metadata.get("fail") then error("as told") end
end
`
    const stageOf = stage(failing, { config, routeConfigs })
    const { filter, clock } = stageOf
    const route = routeOf('bye')
    filter.onRoute?.(route, {})
    const ask = (properties = {}) =>
      new TestExchange({ filter, clock, request: fakeMessage({ properties }), route }).onRequest()
    for (let i = 0; i < 3; i++) {
      expect(ask({ fail: 'yes' }).verdict).toEqual(replyError('plugin_failed', 'the plugin guest failed'))
      stageOf.settle()
      expect(ask().edits[0]?.value).toBe('bye!')
    }
  })
})

describe('frames of a stream', () => {
  const source = `reads = { "key", body = "stream" }
function onStreamData(metadata, mutation)
  if metadata.get("key") == "stop" then return "drop" end
  if metadata.get("key") == "denied" then return reply { error = "denied", text = "no" } end
  if metadata.get("key") == "else" then return forward("other") end
  mutation.body(metadata.body .. metadata.kind)
end
`

  it('are shown to whoever wants them, and changed', () => {
    const { filter, exchange } = bound(stage(source, { grants: bitsOf(['log', 'bodies']) }))
    const one = exchange()
    expect(one.onRequest().verdict).toBeUndefined()
    expect(one.onStreamData({ body: 'abc ' }).newBody?.toString()).toBe('abc stream-data')
    expect(one.onStreamData({ properties: { key: 'stop' } }).verdict).toBe('drop')
    expect(one.onStreamData({ properties: { key: 'denied' } }).verdict).toEqual(replyError('denied', 'no'))
    expect(filter.onResponse).toBeUndefined()
  })

  it('cannot be sent elsewhere', () => {
    const one = bound(stage(source, { grants: bitsOf(['log', 'bodies']) }))
    expect(one.exchange().onStreamData({ properties: { key: 'else' } }).verdict).toEqual(
      replyError('plugin_failed', 'the plugin guest failed'),
    )
    expect(one.stage.figure('traps_total', { kind: 'abi' })).toBe(1)
  })

  it('are not shown to who does not ask for them', () => {
    expect(stage('function onRequest() end').filter.onStreamData).toBeUndefined()
  })
})

function bound(stageOf: GuestStage) {
  return { stage: stageOf, filter: stageOf.filter, exchange: () => stageOf.exchange() }
}
