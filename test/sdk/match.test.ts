import { expect, test } from 'vitest'
import { compileMatch, type MatchOptions, Mutation } from '../../sdk/index.ts'
import { type FakeMessageOptions, fakeMessage } from '../../sdk/testing/fake-message.ts'

function answer(match: MatchOptions, message: FakeMessageOptions): string {
  const problems: string[] = []
  const compiled = compileMatch(match, (path, text) => problems.push(`${path.join('.')} ${text}`))
  expect(problems).toEqual([])
  return compiled.matches(fakeMessage(message))
}

function problemsOf(match: MatchOptions): string[] {
  const problems: string[] = []
  compileMatch(match, (path, text) => problems.push(`${path.join('.')}: ${text}`))
  return problems
}

const CASES: readonly (readonly [string, MatchOptions, Record<string, string>, 'yes' | 'no'])[] = [
  ['nothing given matches everything', {}, {}, 'yes'],
  ['a text is compared exactly', { method: 'say' }, { method: 'say' }, 'yes'],
  ['a text does not match a longer one', { method: 'say' }, { method: 'sayHello' }, 'no'],
  ['texts differ by case', { method: 'Say' }, { method: 'say' }, 'no'],
  ['an empty text matches an empty value', { group: '' }, { group: '' }, 'yes'],
  ['an empty text does not match an absent key', { group: '' }, {}, 'no'],
  ['two keys must both hold', { a: '1', b: '2' }, { a: '1', b: '3' }, 'no'],
  ['two keys that hold match', { a: '1', b: '2' }, { a: '1', b: '2' }, 'yes'],
  ['exact is the long form of a text', { a: { exact: '1' } }, { a: '1' }, 'yes'],
  ['prefix matches the beginning', { a: { prefix: 'say' } }, { a: 'sayHello' }, 'yes'],
  ['prefix does not match the middle', { a: { prefix: 'Hello' } }, { a: 'sayHello' }, 'no'],
  ['suffix matches the end', { a: { suffix: 'lo' } }, { a: 'sayHello' }, 'yes'],
  ['contains matches the middle', { a: { contains: 'yHe' } }, { a: 'sayHello' }, 'yes'],
  ['several tests of one key must all hold', { a: { prefix: 'say', suffix: 'x' } }, { a: 'sayHello' }, 'no'],
  ['regex matches the whole value', { a: { regex: 'say.*' } }, { a: 'sayHello' }, 'yes'],
  ['regex does not match a part of the value', { a: { regex: 'say' } }, { a: 'sayHello' }, 'no'],
  ['range takes its start', { n: { range: { start: 5, end: 7 } } }, { n: '5' }, 'yes'],
  ['range leaves its end out', { n: { range: { start: 5, end: 7 } } }, { n: '7' }, 'no'],
  ['range without an end is open', { n: { range: { start: -5 } } }, { n: '1e3' }, 'no'],
  ['range reads negative numbers and fractions', { n: { range: { end: 0 } } }, { n: '-0.5' }, 'yes'],
  ['range does not match a text', { n: { range: { start: 0 } } }, { n: 'five' }, 'no'],
  ['range does not match an empty value', { n: { range: { start: 0 } } }, { n: '' }, 'no'],
  ['present: true matches a key that is there', { a: { present: true } }, { a: '' }, 'yes'],
  ['present: true does not match an absent key', { a: { present: true } }, {}, 'no'],
  ['present: false matches an absent key', { a: { present: false } }, {}, 'yes'],
  ['present: false does not match a key that is there', { a: { present: false } }, { a: '1' }, 'no'],
  ['invert turns the answer round', { a: { exact: '1', invert: true } }, { a: '2' }, 'yes'],
  ['invert of what holds does not match', { a: { exact: '1', invert: true } }, { a: '1' }, 'no'],
  ['invert matches an absent key', { a: { exact: '1', invert: true } }, {}, 'yes'],
  ['any of a key needs one', { a: { any: ['1', { prefix: '2' }] } }, { a: '22' }, 'yes'],
  ['any of a key refuses when none holds', { a: { any: ['1', '2'] } }, { a: '3' }, 'no'],
  ['all of a key needs all', { a: { all: [{ contains: 'x' }, { contains: 'y' }] } }, { a: 'xy' }, 'yes'],
  ['all of a key refuses when one does not hold', { a: { all: [{ contains: 'x' }, 'y'] } }, { a: 'x' }, 'no'],
  ['any joins whole matches', { any: [{ a: '1' }, { b: '2' }] }, { b: '2' }, 'yes'],
  ['any refuses when no match holds', { any: [{ a: '1' }, { b: '2' }] }, { a: '2' }, 'no'],
  [
    'all joins whole matches',
    { all: [{ any: [{ a: '1' }, { a: '2' }] }, { b: '2' }] },
    { a: '2', b: '2' },
    'yes',
  ],
  ['not turns a match round', { not: { a: '1', b: '2' } }, { a: '1', b: '3' }, 'yes'],
  ['not refuses what holds', { a: '1', not: { b: '2' } }, { a: '1', b: '2' }, 'no'],
  ['a cidr matches an address within', { ip: { cidr: '10.0.0.0/8' } }, { ip: '10.1.2.3:80' }, 'yes'],
  ['a cidr does not match an address outside', { ip: { cidr: '10.0.0.0/8' } }, { ip: '11.1.2.3' }, 'no'],
  [
    'a cidr matches IPv6 with a port',
    { ip: { cidr: ['10.0.0.0/8', '2001:db8::/32'] } },
    { ip: '[2001:db8::1]:80' },
    'yes',
  ],
  ['a cidr does not match a path', { ip: { cidr: '0.0.0.0/0' } }, { ip: '/run/weir.sock' }, 'no'],
]

test.each(CASES)('%s', (_name, match, properties, expected) => {
  expect(answer(match, { properties })).toBe(expected)
})

test('operation, peer, listener and protocol are the facts of the message', () => {
  const message = {
    operation: 'Demo/say',
    peer: '10.0.0.1:5',
    listener: 'in',
    protocol: 'dubbo',
    properties: {},
  }
  expect(answer({ operation: { suffix: '/say' } }, message)).toBe('yes')
  expect(answer({ peer: { cidr: '10.0.0.0/24' } }, message)).toBe('yes')
  expect(answer({ listener: 'in', protocol: 'dubbo' }, message)).toBe('yes')
  expect(answer({ listener: 'out' }, message)).toBe('no')
})

test('a property that cannot be read makes the answer unknown, inverted or not', () => {
  const message = { unreadable: 'serialization 8 (kryo) is not readable', properties: { version: '1' } }
  expect(answer({ interface: 'a' }, message)).toBe('unknown')
  expect(answer({ interface: { exact: 'a', invert: true } }, message)).toBe('unknown')
  expect(answer({ interface: { present: false } }, message)).toBe('unknown')
  expect(answer({ operation: 'a' }, message)).toBe('unknown')
})

test('an unknown is forgiven when what is known decides', () => {
  const message = { unreadable: 'unreadable', properties: { version: '1' } }
  expect(answer({ interface: 'a', version: '2' }, message)).toBe('no')
  expect(answer({ any: [{ interface: 'a' }, { version: '1' }] }, message)).toBe('yes')
  expect(answer({ any: [{ interface: 'a' }, { version: '2' }] }, message)).toBe('unknown')
})

test('a key that an earlier filter has set reads as set', () => {
  const message = fakeMessage({ properties: { group: 'blue' } })
  const match = compileMatch({ group: 'green' }, () => {})
  expect(match.matches(message)).toBe('no')
  message.mutation = new Mutation()
  message.mutation.set('group', 'green')
  expect(match.matches(message)).toBe('yes')
})

test('a regex takes linear time on what would blow up a backtracking one', () => {
  const match = compileMatch({ a: { regex: '(a+)+b' } }, () => {})
  expect(match.matches(fakeMessage({ properties: { a: 'a'.repeat(8_000) } }))).toBe('no')
})

test('a value too long for a regex does not match it', () => {
  const match = compileMatch({ a: { regex: 'a*' } }, () => {})
  expect(match.matches(fakeMessage({ properties: { a: 'a'.repeat(8_192) } }))).toBe('yes')
  expect(match.matches(fakeMessage({ properties: { a: 'a'.repeat(8_193) } }))).toBe('no')
})

test('the answer remembered for the last value is not given for another', () => {
  const match = compileMatch({ a: { regex: '[0-9]+' } }, () => {})
  const answers = ['1', 'x', '1', 'x', 'x'].map((a) => match.matches(fakeMessage({ properties: { a } })))
  expect(answers).toEqual(['yes', 'no', 'yes', 'no', 'no'])
})

test('a wrong regex is reported with where it stands', () => {
  expect(problemsOf({ any: [{ method: { any: ['x', { regex: '(' }] } }] })).toEqual([
    expect.stringMatching(/^match\.any\.0\.method\.any\.1\.regex: "\(" is no RE2 expression: /),
  ])
})

test.each(['10.0.0.0/33', 'ten', '10.0.0.0/', '::1/129', '10.0.0.0/8/8'])('"%s" is no network', (cidr) => {
  expect(problemsOf({ peer: { cidr } })).toEqual([
    `match.peer.cidr: "${cidr}" is no IP address or network such as 10.0.0.0/8`,
  ])
})

test('keys names every property that is compared, each once, however deep', () => {
  const options = {
    operation: 'x',
    a: '1',
    any: [{ b: '2' }, { not: { c: { present: false } } }],
    all: [{ a: '3' }],
  }
  expect(compileMatch(options, () => {}).keys.toSorted()).toEqual(['a', 'b', 'c'])
})
