/**
 * What each pair of Dubbo programs makes of each kind of call, as data. The expectations were taken from the programs
 * talking to each other directly; through a proxy they are the same. Where the SDKs differ among themselves, the
 * difference stands beside the case with its reason.
 */

import { crc32 } from 'node:zlib'
import { expect } from 'vitest'
import type { Caller, CallOptions, Json, JsonObject, Outcome, PeerKind, Provider } from './peers.ts'

/** A caller and a provider, or * for any of them. */
type Cell = `${PeerKind | '*'} > ${PeerKind | '*'}`

type Expected =
  | { readonly value: Json; readonly attachments?: JsonObject }
  /** A part of the value. */
  | { readonly includes: JsonObject; readonly attachments?: JsonObject }
  /** The message and the cause contain these texts. */
  | {
      readonly thrown: string
      readonly code?: number
      readonly reason?: number
      readonly message?: string
      readonly cause?: string
    }

export interface InteropCase {
  readonly name: string
  readonly method: string
  readonly args: readonly Json[]
  readonly options?: CallOptions
  readonly expected: Expected
  /** Cells whose SDKs do something else; the first that fits holds. */
  readonly native?: readonly { readonly cell: Cell; readonly why: string; readonly expected: Expected }[]
  /** Cells whose SDKs cannot do this at all. */
  readonly not?: readonly { readonly cell: Cell; readonly why: string }[]
}

/** Stands for the provider's name in an expectation. */
const PROVIDER = '$provider'
const RPC_EXCEPTION = 'org.apache.dubbo.rpc.RpcException'
const GENERIC_EXCEPTION = 'com.alibaba.dubbo.rpc.service.GenericException'
const TEXT = 'plain, é, 漢字, 😀 and \u0000'

const ADDRESS = { street: 'Main Street 1', city: '漢城', zip: 12345 }
const ORDER = {
  id: '9007199254740993',
  customer: 'Zoë 😀',
  total: 1.5,
  paid: true,
  created: 1_700_000_000_123,
  signature: 'AAECgP8=',
  shipTo: ADDRESS,
  billTo: ADDRESS,
  items: [
    { sku: 'a', quantity: 1, price: 2.5 },
    { sku: 'b', quantity: -2, price: 1e-7 },
  ],
  notes: { gift: 'yes', empty: '' },
}

const EMPTY_ORDER = {
  id: '0',
  customer: null,
  total: 0,
  paid: false,
  created: null,
  signature: null,
  shipTo: null,
  billTo: null,
  items: null,
  notes: null,
}

const SAMPLE = {
  flag: true,
  count: -2_147_483_648,
  id: '-9223372036854775808',
  ratio: 0.1,
  text: 'ä😀',
  bytes: 'AQIDBA==',
  when: 1_700_000_000_123,
  names: ['a', '', '漢'],
  totals: { low: '1', high: '9223372036854775807' },
}

/** The same bytes as the peers generate; see Values.java. */
function generated(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 31 + (i >> 8)))
}

function bytesSummary(size: number): JsonObject {
  return { size, crc32: crc32(generated(size)) }
}

function textSummary(units: number): JsonObject {
  const bytes = Buffer.from('aé漢😀'.repeat(units / 5))
  return { size: bytes.length, crc32: crc32(bytes) }
}

const GO_MESSAGE_LIMIT = 'dubbo-go takes no message above 1,024,000 bytes'

export const INTEROP_CASES: readonly InteropCase[] = [
  {
    name: 'a two-way call is answered',
    method: 'sayHello',
    args: ['weir'],
    expected: { value: 'Hello, weir' },
  },
  {
    name: 'the provider that answers is the one that was called',
    method: 'whoAmI',
    args: [],
    expected: { value: PROVIDER },
  },
  {
    name: 'a method that returns a future is answered',
    method: 'sayHelloAsync',
    args: ['weir'],
    expected: { value: 'Hello later, weir' },
  },
  {
    name: 'a call marked as async is answered',
    method: 'sayHello',
    args: ['later'],
    options: { async: true },
    expected: { value: 'Hello, later' },
    not: [{ cell: 'go > *', why: 'in dubbo-go async without a callback means one-way' }],
  },
  {
    name: 'text beyond the basic plane survives',
    method: 'echoText',
    args: [TEXT],
    expected: { value: TEXT },
  },
  {
    name: 'empty text survives',
    method: 'echoText',
    args: [''],
    expected: { value: '' },
  },
  {
    name: 'text of many chunks survives',
    method: 'echoText',
    args: [{ size: 300_000 }],
    expected: { value: textSummary(300_000) },
  },
  {
    name: 'bytes survive',
    method: 'echoBytes',
    args: ['AAECgP8='],
    expected: { value: 'AAECgP8=' },
  },
  {
    name: '1,000,000 bytes survive',
    method: 'echoBytes',
    args: [{ size: 1_000_000 }],
    expected: { value: bytesSummary(1_000_000) },
  },
  {
    name: '1 MiB of bytes survives',
    method: 'echoBytes',
    args: [{ size: 1_048_576 }],
    expected: { value: bytesSummary(1_048_576) },
    native: [
      {
        cell: 'go > *',
        why: GO_MESSAGE_LIMIT,
        expected: { thrown: 'error', message: 'too large, max payload 1024000' },
      },
    ],
    not: [{ cell: '* > go', why: GO_MESSAGE_LIMIT }],
  },
  {
    name: 'the largest long survives',
    method: 'echoLong',
    args: ['9223372036854775807'],
    expected: { value: '9223372036854775807' },
  },
  {
    name: 'the smallest long survives',
    method: 'echoLong',
    args: ['-9223372036854775808'],
    expected: { value: '-9223372036854775808' },
  },
  {
    name: 'a double that has no short form survives',
    method: 'echoDouble',
    args: [0.1],
    expected: { value: 0.1 },
  },
  {
    name: 'an infinite double survives',
    method: 'echoDouble',
    args: ['-Infinity'],
    expected: { value: '-Infinity' },
  },
  {
    name: 'a nested object survives',
    method: 'echoOrder',
    args: [ORDER],
    expected: { value: ORDER },
  },
  {
    name: 'an object whose fields are null survives',
    method: 'echoOrder',
    args: [{}],
    expected: { value: EMPTY_ORDER },
    native: [
      {
        cell: 'go > *',
        why: 'Go has neither a null string nor a null date, and this caller gives the epoch',
        expected: { includes: { id: '0', customer: '', created: 0, shipTo: null, billTo: null } },
      },
      {
        cell: '* > go',
        why: 'Go has no null string',
        expected: { value: { ...EMPTY_ORDER, customer: '' } },
      },
    ],
  },
  {
    name: 'a null argument survives',
    method: 'echoOrder',
    args: [null],
    expected: { value: null },
    native: [
      {
        cell: '* > go',
        why: 'dubbo-go hands a new object to the method in place of null',
        expected: { value: { ...EMPTY_ORDER, customer: '' } },
      },
    ],
    not: [{ cell: 'go > *', why: 'dubbo-go sends a null object as type V, and the call times out' }],
  },
  {
    name: 'a list of objects of one class survives',
    method: 'orders',
    args: [3],
    expected: {
      value: [0, 1, 2].map((i) => ({
        ...EMPTY_ORDER,
        id: `${i}`,
        customer: `customer ${i}`,
        total: i / 4,
        created: 1_700_000_000_000 + i,
      })),
    },
  },
  {
    name: 'nine parameters of different types survive',
    method: 'sample',
    args: [
      SAMPLE.flag,
      SAMPLE.count,
      SAMPLE.id,
      SAMPLE.ratio,
      SAMPLE.text,
      SAMPLE.bytes,
      SAMPLE.when,
      SAMPLE.names,
      SAMPLE.totals,
    ],
    expected: { value: SAMPLE },
  },
  {
    name: 'a null result is null',
    method: 'nothing',
    args: [],
    expected: { value: null },
  },
  {
    name: 'a void method returns',
    method: 'touch',
    args: [],
    expected: { value: null },
  },
  {
    name: 'a checked exception keeps its class, message and field',
    method: 'failChecked',
    args: ['no stock'],
    expected: { thrown: 'weir.interop.PeerException', reason: 42, message: 'no stock' },
  },
  {
    name: 'a runtime exception keeps its class and message',
    method: 'failRuntime',
    args: ['wrong state'],
    expected: { thrown: 'java.lang.IllegalStateException', message: 'wrong state' },
  },
  {
    name: 'an error without a type of its own keeps its message',
    method: 'failPlain',
    args: ['plain trouble'],
    expected: { thrown: 'java.lang.RuntimeException', message: 'plain trouble' },
    native: [
      {
        cell: 'java33 > go',
        why: 'dubbo-go sends java.lang.Throwable, a class that 3.3 does not trust',
        expected: {
          thrown: RPC_EXCEPTION,
          code: 1,
          cause: 'expect Throwable, but get class java.util.HashMap',
        },
      },
      {
        cell: '* > go',
        why: 'dubbo-go sends java.lang.Throwable',
        expected: { thrown: 'java.lang.Throwable', message: 'plain trouble' },
      },
    ],
  },
  {
    name: 'an answer within the timeout arrives',
    method: 'slow',
    args: [50],
    options: { timeoutMs: 20_000 },
    expected: { value: 'slow 50' },
  },
  {
    name: 'an answer after the timeout is a timeout',
    method: 'slow',
    args: [700],
    options: { timeoutMs: 200 },
    expected: { thrown: RPC_EXCEPTION, code: 2 },
    native: [
      {
        cell: 'go > *',
        why: 'dubbo-go has no exception class for it',
        expected: { thrown: 'error', message: 'maybe the client read timeout' },
      },
    ],
  },
  {
    name: 'attachments reach the provider, and the attachments of the response reach the caller',
    method: 'attachments',
    args: [],
    options: { attachments: { 'echo-color': 'blue 😀', color: 'red' } },
    expected: {
      includes: { 'echo-color': 'blue 😀', color: 'red', path: 'weir.interop.PeerService' },
      attachments: { 'reply-color': 'blue 😀', 'served-by': PROVIDER },
    },
  },
  {
    name: 'attachments that are no strings reach both sides',
    method: 'attachments',
    args: [],
    options: { attachments: { 'echo-count': 5, 'echo-flag': true } },
    expected: {
      includes: { 'echo-count': '5', 'echo-flag': 'true' },
      attachments: { 'reply-count': 5, 'reply-flag': true },
    },
  },
  {
    name: 'a generic call is answered',
    method: 'sayHello',
    args: ['generic'],
    options: { generic: true },
    expected: { value: 'Hello, generic' },
  },
  {
    name: 'a generic call carries objects as maps',
    method: 'echoOrder',
    args: [{ customer: 'c', items: [{ sku: 'a', quantity: 1 }], notes: { k: 'v' } }],
    options: { generic: true },
    expected: {
      includes: { id: '0', customer: 'c', items: [{ sku: 'a', quantity: 1, price: 0 }], notes: { k: 'v' } },
    },
  },
  {
    name: 'an exception of a generic call keeps its message',
    method: 'failChecked',
    args: ['generic trouble'],
    options: { generic: true },
    expected: { thrown: GENERIC_EXCEPTION, message: 'generic trouble' },
    native: [
      {
        cell: '* > go',
        why: 'dubbo-go does not wrap exceptions of generic calls',
        expected: { thrown: 'weir.interop.PeerException', reason: 42, message: 'generic trouble' },
      },
    ],
  },
]

/** The cases a pair of programs can do. */
export function casesOf(caller: PeerKind, provider: PeerKind): readonly InteropCase[] {
  return INTEROP_CASES.filter(({ not = [] }) => !not.some(({ cell }) => fits(cell, caller, provider)))
}

/** Makes the call of a case and compares its outcome with what this pair of programs makes of it. */
export async function runCase(
  caller: Caller,
  provider: Provider,
  interopCase: InteropCase,
): Promise<Outcome> {
  const { method, args, options, native = [] } = interopCase
  const special = native.find(({ cell }) => fits(cell, caller.kind, provider.kind))
  const outcome = await caller.call(method, args, options)
  compare(outcome, named(special?.expected ?? interopCase.expected, provider.name))
  return outcome
}

function compare(outcome: Outcome, expected: Expected): void {
  if ('thrown' in expected) {
    expect(outcome).toMatchObject({
      ok: false,
      class: expected.thrown,
      ...(expected.code === undefined ? {} : { code: expected.code }),
      ...(expected.reason === undefined ? {} : { reason: expected.reason }),
      ...(expected.message === undefined ? {} : { message: expect.stringContaining(expected.message) }),
      ...(expected.cause === undefined ? {} : { cause: expect.stringContaining(expected.cause) }),
    })
    return
  }
  expect(outcome).toMatchObject({ ok: true, attachments: expected.attachments ?? {} })
  if (!outcome.ok) return
  if ('value' in expected) expect(outcome.value).toEqual(expected.value)
  else expect(outcome.value).toMatchObject(expected.includes)
}

function named(expected: Expected, name: string): Expected {
  return JSON.parse(JSON.stringify(expected).replaceAll(PROVIDER, name))
}

function fits(cell: Cell, caller: PeerKind, provider: PeerKind): boolean {
  const [from, to] = cell.split(' > ')
  return (from === '*' || from === caller) && (to === '*' || to === provider)
}
