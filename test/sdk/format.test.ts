import { expect, test } from 'vitest'
import { compileFormat, type FormatFacts, type FormatPhase, type Outcome } from '../../sdk/index.ts'
import { fakeMessage } from '../../sdk/testing/fake-message.ts'
import { ManualClock } from '../../sdk/testing/manual-clock.ts'
import { TestExchange } from '../../sdk/testing/test-exchange.ts'

function facts(given: Partial<Outcome> = {}): FormatFacts {
  const clock = new ManualClock()
  const request = fakeMessage({
    protocol: 'dubbo',
    operation: 'Demo/say',
    requestId: '18446744073709551615',
    properties: { method: 'say', group: '' },
    listener: 'in',
    peer: '10.0.0.1:40000',
    size: 300,
  })
  const route = { name: 'to-demo', filterConfigs: {} }
  const exchange = new TestExchange({ filter: {}, clock, request, route })
  clock.advance(12.4)
  exchange.onResponse({ status: 20, properties: { answer: 'hi' }, size: 120 })
  const outcome = exchange.onEnd({ cluster: 'demo', endpoint: '10.0.0.9:20881', upstreamMs: 10.6, ...given })
  return { exchange, response: outcome.response, outcome, clock }
}

function write(text: string, given: Partial<Outcome> = {}): string {
  return compileFormat(text, 'end', (problem) => expect.fail(problem)).write(facts(given), '-')
}

function problemsOf(text: string, phase: FormatPhase = 'end'): string[] {
  const problems: string[] = []
  compileFormat(text, phase, (problem) => problems.push(problem))
  return problems
}

test.each([
  ['text stays as it is', 'plain text', 'plain text'],
  ['a doubled sign is one', '100%% %PROTOCOL%', '100% dubbo'],
  ['START_TIME is ISO 8601 in UTC, when the request began', '%START_TIME%', '2026-01-02T03:04:05.006Z'],
  [
    'START_TIME takes a pattern',
    '%START_TIME(%Y/%m/%dT%H:%M:%S.%3f%z %s)%',
    '2026/01/02T03:04:05.006+0000 1767323045',
  ],
  ['REQ reads the request', '%REQ(method)%', 'say'],
  ['REQ in capitals reads the key in small letters', '%REQ(METHOD)%', 'say'],
  ['REQ reads the second key where the first is absent', '%REQ(nothing?method)%', 'say'],
  ['REQ cuts to a length', '%REQ(method):2%', 'sa'],
  ['REQ of an absent key is a dash', '%REQ(nothing)%', '-'],
  ['REQ of an empty value is a dash', '%REQ(group)%', '-'],
  ['REQ knows the request id by its HTTP name', '%REQ(X-REQUEST-ID)%', '18446744073709551615'],
  ['REQ knows the protocol by its MetaProtocol name', '%REQ(X-META-PROTOCOL-APPLICATION-PROTOCOL)%', 'dubbo'],
  ['RESP reads the reply', '%RESP(answer)%', 'hi'],
  ['RESP knows the upstream time by its HTTP name', '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%', '11'],
  [
    'facts of the request',
    '%OPERATION% %REQUEST_ID% %REQUEST_KIND% %LISTENER%',
    'Demo/say 18446744073709551615 request in',
  ],
  ['facts of the route', '%ROUTE_NAME% %UPSTREAM_CLUSTER% %UPSTREAM_HOST%', 'to-demo demo 10.0.0.9:20881'],
  [
    'the caller',
    '%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_REMOTE_PORT%',
    '10.0.0.1:40000 10.0.0.1 40000',
  ],
  ['our side', '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_PORT%', '127.0.0.1:20880 20880'],
  ['sizes', '%BYTES_RECEIVED% %BYTES_SENT%', '300 120'],
  ['times', '%DURATION% %UPSTREAM_DURATION%', '12 11'],
  [
    'the end',
    '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %RESULT% %ERROR%',
    '20 via_upstream - ok -',
  ],
  ['what is never known', '%UPSTREAM_LOCAL_ADDRESS% %CONNECTION_TERMINATION_DETAILS%', '- -'],
])('%s', (_name, text, expected) => {
  expect(write(text)).toBe(expected)
})

test('an error shows in flags, details and text', () => {
  const outcome = {
    result: 'error',
    error: 'upstream_connect_failed',
    errorText: 'refused',
    response: undefined,
  } as const
  const text = '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON%'
  expect(write(text, outcome)).toBe('0 UF upstream_connect_failed refused')
})

test.each([
  ['route_not_found', 'NR'],
  ['request_timeout', 'UT'],
  ['over_limit', 'RL'],
  ['no_healthy_upstream', 'UH'],
] as const)('%s has the flag %s', (error, flag) => {
  expect(write('%RESPONSE_FLAGS%', { result: 'error', error })).toBe(flag)
})

test('a caller that went away has a flag', () => {
  expect(write('%RESPONSE_FLAGS%', { result: 'downstream_gone' })).toBe('DC')
})

test('value() keeps a number when the operator is alone', () => {
  const value = (text: string) => compileFormat(text, 'end', () => {}).value(facts(), '-')
  expect(value('%DURATION%')).toBe(12)
  expect(value('%DURATION% ms')).toBe('12 ms')
  expect(value('%REQ(nothing)%')).toBeUndefined()
  expect(value('a %REQ(nothing)%')).toBe('a -')
  expect(value('text')).toBe('text')
})

test('values are cleaned and literals are not', () => {
  const format = compileFormat('say %REQ(method)% %DURATION%', 'end', () => {})
  expect(format.write(facts(), '-', (value) => value.toUpperCase())).toBe('say SAY 12')
})

test.each([
  ['%DURATON%', 'no operator is named %DURATON%, did you mean "DURATION"?'],
  ['50% of', 'a single % begins no operator; write %% for the sign itself'],
  ['%REQ%', '%REQ% needs a key, as in %REQ(method)%'],
  ['%REQ()%', '%REQ% needs a key, as in %REQ(method)%'],
  ['%PROTOCOL(x)%', '%PROTOCOL% takes no argument'],
  ['%START_TIME(%Q %Y)%', '%START_TIME% does not know %Q'],
])('%s is a problem', (text, problem) => {
  expect(problemsOf(text)).toEqual([problem])
})

test('an operator that is not known yet is a problem', () => {
  expect(problemsOf('%DURATION%', 'request')).toEqual([
    '%DURATION% is known only when the exchange has ended',
  ])
  expect(problemsOf('%RESP(a)%', 'request')).toEqual(['%RESP% is known only with the reply'])
  expect(problemsOf('%RESP(a)% %REQ(a)%', 'response')).toEqual([])
})
