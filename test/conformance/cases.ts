/**
 * Cases: what every language has to do in the same way. Each is a script, the messages it is given, and what is
 * expected of it, so that languages are compared with what is right and not only with each other.
 */
import { readText } from '../../sdk/abi/text.ts'
import { errorTable, isErrorKind, type Outcome } from '../../sdk/index.ts'
import type { FakeMessageOptions } from '../../sdk/testing/fake-message.ts'
import type { Script } from './script.ts'

/** Edits and bodies as bytes in hex; verdicts in words. */
export interface PhaseResult {
  readonly verdict?: string
  readonly edits?: readonly (readonly string[])[]
  readonly body?: string
}

export interface ConformanceCase {
  readonly name: string
  readonly script: Script
  readonly request?: FakeMessageOptions
  /** A numeric request id; otherwise the id is the request's text. */
  readonly id?: bigint
  readonly response?: FakeMessageOptions
  readonly outcome?: Partial<Outcome>
  readonly expected: {
    readonly request?: PhaseResult
    readonly response?: PhaseResult
    readonly log?: readonly string[]
  }
}

const raw = (hex: string): string => {
  const bytes = Buffer.from(hex, 'hex')
  return readText(bytes, 0, bytes.length)
}
const hex = (text: string): string => Buffer.from(text).toString('hex')
const setTo = (key: string, text: string): readonly string[] => ['set', hex(key), hex(text)]
const large = Buffer.alloc(700_000, 'weir')

const valueCases: readonly (readonly [string, string])[] = [
  ['an empty value', ''],
  ['NUL', hex('a\0b\0')],
  ['bytes that are not UTF-8', 'ff00fec3286180'],
  ['half of a surrogate pair', 'eda080'],
  ['what is overlong', 'c080e08080'],
  ['letters of every width', hex('aé€😀')],
  ['a long value', hex('x'.repeat(60_000))],
  ['a long value that is not ASCII', hex('é'.repeat(30_000))],
]

const ids: readonly bigint[] = [
  0n,
  1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n + 1n,
  2n ** 63n,
  2n ** 64n - 1n,
]

const values: readonly ConformanceCase[] = valueCases.flatMap(([name, bytes]) => [
  {
    name: `${name} is read`,
    script: { reads: ['from'], request: [['copy', 'from', 'to']] },
    request: { properties: { from: raw(bytes) } },
    expected: { request: { edits: [['set', hex('to'), bytes]] } },
  },
  {
    name: `${name} is set and added`,
    script: {
      request: [
        ['set', 'to', raw(bytes)],
        ['add', 'to', raw(bytes)],
      ],
    },
    expected: {
      request: {
        edits: [
          ['set', hex('to'), bytes],
          ['add', hex('to'), bytes],
        ],
      },
    },
  },
  {
    name: `${name} is in a response`,
    script: { reads: ['from'], response: [['copy', 'from', 'to']] },
    response: { properties: { from: raw(bytes) } },
    expected: { response: { edits: [['set', hex('to'), bytes]] } },
  },
])

const keys: readonly ConformanceCase[] = [
  {
    name: 'a key that is absent',
    script: {
      reads: ['absent', 'there'],
      request: [
        ['copy', 'absent', 'a'],
        ['copy', 'there', 'b'],
      ],
    },
    request: { properties: { there: '1' } },
    expected: { request: { edits: [setTo('b', '1')] } },
  },
  {
    name: 'keys that are the same but for their case',
    script: {
      reads: ['Key', 'key', 'KEY'],
      request: [
        ['copy', 'key', 'a'],
        ['copy', 'Key', 'b'],
        ['copy', 'KEY', 'c'],
      ],
    },
    request: { properties: { key: 'lower', Key: 'Mixed' } },
    expected: { request: { edits: [setTo('a', 'lower'), setTo('b', 'Mixed')] } },
  },
  {
    name: 'a key that is there several times, some of them empty',
    script: { reads: ['many'], request: [['copy', 'many', 'to']] },
    request: { properties: { many: ['one', '', 'one', 'three'] } },
    expected: {
      request: {
        edits: [
          setTo('to', 'one'),
          ['add', hex('to'), ''],
          ['add', hex('to'), hex('one')],
          ['add', hex('to'), hex('three')],
        ],
      },
    },
  },
  {
    name: 'keys that are not ASCII',
    script: {
      reads: ['ключ'],
      request: [
        ['copy', 'ключ', '鍵'],
        ['remove', 'ключ'],
      ],
    },
    request: { properties: { ключ: '1' } },
    expected: { request: { edits: [setTo('鍵', '1'), ['remove', hex('ключ')]] } },
  },
  {
    name: 'edits in their order',
    script: {
      request: [
        ['remove', 'a'],
        ['set', 'a', '1'],
        ['add', 'a', '2'],
        ['set', 'b', '3'],
        ['remove', 'a'],
        ['add', 'a', '4'],
      ],
    },
    expected: {
      request: {
        edits: [
          ['remove', hex('a')],
          setTo('a', '1'),
          ['add', hex('a'), hex('2')],
          setTo('b', '3'),
          ['remove', hex('a')],
          ['add', hex('a'), hex('4')],
        ],
      },
    },
  },
  {
    name: 'a request beside its response',
    script: {
      reads: ['caller'],
      response: [
        ['copy-from-request', 'caller', 'x-caller'],
        ['copy', 'caller', 'own'],
      ],
    },
    request: { properties: { caller: 'web' } },
    response: { properties: { caller: 'other' } },
    expected: { response: { edits: [setTo('x-caller', 'web'), setTo('own', 'other')] } },
  },
]

const facts: readonly ConformanceCase[] = [
  ...ids.map((id) => ({
    name: `the request id ${id}`,
    script: { request: [['copy-id', 'id']] } satisfies Script,
    id,
    expected: { request: { edits: [setTo('id', String(id))] } },
  })),
  {
    name: 'a request id that is a text',
    script: { request: [['copy-id', 'id']] },
    request: { requestId: 'a-é-1' },
    expected: { request: { edits: [setTo('id', 'a-é-1')] } },
  },
  {
    name: 'what else is known of a request',
    script: {
      reads: ['nothing'],
      request: [
        // Why something could not be read is known once it was asked for.
        ['copy', 'nothing', 'never'],
        ['copy-text', 'operation', 'o'],
        ['copy-text', 'listener', 'l'],
        ['copy-text', 'peer', 'p'],
        ['copy-text', 'protocol', 'q'],
        ['copy-text', 'problem', 'x'],
      ],
    },
    request: {
      operation: 'demo.Greeter/hallö',
      listener: 'edge',
      peer: 'unix:/run/x',
      protocol: 'line',
      unreadable: 'no',
    },
    expected: {
      request: {
        edits: [
          setTo('o', 'demo.Greeter/hallö'),
          setTo('l', 'edge'),
          setTo('p', 'unix:/run/x'),
          setTo('q', 'line'),
          setTo('x', 'no'),
        ],
      },
    },
  },
]

const bodies: readonly ConformanceCase[] = [
  {
    name: 'a body that is read',
    script: { request: [['copy-body', 'body']] },
    request: { body: 'a\0é' },
    expected: { request: { edits: [setTo('body', 'a\0é')] } },
  },
  {
    name: 'a body that is replaced, by nothing in the response',
    script: { request: [['body', Buffer.from([0, 255, 1])]], response: [['body', Buffer.alloc(0)]] },
    response: { body: 'long' },
    expected: { request: { body: '00ff01' }, response: { body: '' } },
  },
  {
    name: 'a large body, there and back',
    script: { request: [['same-body']], response: [['body', large]] },
    request: { body: large.toString() },
    expected: { request: { body: large.toString('hex') }, response: { body: large.toString('hex') } },
  },
]

const verdictSteps: readonly (readonly [NonNullable<Script['request']>[number], string])[] = [
  [['drop'], 'drop'],
  [['close'], 'close'],
  [
    [
      'reply',
      [
        ['k', raw('6b00ff')],
        ['k', ''],
      ],
      Buffer.from('b'),
    ],
    `reply ${hex('k')}=6b00ff ${hex('k')}= body=62`,
  ],
  [['reply', [], undefined], 'reply'],
  [['reply', [], Buffer.alloc(0)], 'reply body='],
  ...Object.keys(errorTable)
    .filter(isErrorKind)
    .map((kind) => [['reply-error', kind, `not ö ${kind}`], `error ${kind}: not ö ${kind}`] as const),
]

const verdicts: readonly ConformanceCase[] = [
  ...verdictSteps.flatMap(([step, verdict]): readonly ConformanceCase[] => [
    {
      name: `${verdict.slice(0, 40)} for a request, beside an edit`,
      script: { request: [['set', 'k', 'v'], step] },
      expected: { request: { verdict, edits: [setTo('k', 'v')] } },
    },
    {
      name: `${verdict.slice(0, 40)} for a response`,
      script: { response: [step] },
      response: {},
      expected: { response: { verdict } },
    },
    {
      name: `${verdict.slice(0, 40)} after a pause`,
      script: {
        request: [
          ['set', 'before', '1'],
          ['pause', 20],
        ],
        resume: [['set', 'after', '1'], step],
      },
      expected: { request: { verdict, edits: [setTo('before', '1'), setTo('after', '1')] } },
    },
  ]),
  {
    name: 'forward',
    script: { request: [['forward', 'canary', undefined]] },
    expected: { request: { verdict: 'forward canary' } },
  },
  {
    name: 'forward with a timeout, after a pause',
    script: { request: [['pause', 1]], resume: [['forward', 'canary', 0]] },
    expected: { request: { verdict: 'forward canary 0' } },
  },
  {
    name: 'a response that waits and goes on',
    script: { reads: ['k'], response: [['pause', 30]], resume: [['copy', 'k', 'late']] },
    response: { properties: { k: 'v' } },
    expected: { response: { edits: [setTo('late', 'v')] } },
  },
]

const ends: readonly ConformanceCase[] = [
  {
    name: 'the end of what went well',
    script: {
      end: [
        ['log', 'over'],
        ['log-outcome', 'cluster'],
        ['log-outcome', 'endpoint'],
      ],
    },
    outcome: { cluster: 'demo', endpoint: '127.0.0.1:1' },
    expected: { log: ['over', 'demo', '127.0.0.1:1'] },
  },
  {
    name: 'the end of what failed',
    script: { end: [['log-outcome', 'errorText']] },
    outcome: { result: 'error', error: 'request_timeout', errorText: 'no reply from dëmo' },
    expected: { log: ['no reply from dëmo'] },
  },
]

export const cases: readonly ConformanceCase[] = [
  ...values,
  ...keys,
  ...facts,
  ...bodies,
  ...verdicts,
  ...ends,
]
