/**
 * What WebAssembly guests try in a request, by the numbers of the attack catalogue: the code of their `weir_call`, and
 * the kinds of traps that it may end in.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import { rawOp, u32 } from '../op-builder.ts'
import { code } from './code.ts'
import { ANSWER_AT, GuestBuilder, INPUT_AT, PHASE } from './guest-builder.ts'
import { op } from './op.ts'

export const ENDLESS = code.forever([])

type Attack = readonly [name: string, body: readonly number[], kinds: string]

export const wasmAttacks: readonly Attack[] = [
  ['W1: loops for ever', [...ENDLESS, ...code.i32(0)], 'fuel'],
  ['W4: calls itself for ever', [...code.call(1, code.i32(2), code.i32(0))], 'fuel,stack'],
  ['W11: gives up', code.unreachable, 'unreachable'],
  ['W11: reads outside of its memory', code.load(code.i32(-4)), 'memory'],
  ['W11: divides by nothing', [...code.i32(1), ...code.i32(0), op.i32DivS], 'unreachable'],
  ['W12: answers with a pointer above everything', code.i32(-16), 'abi'],
  ['W12: answers with the largest pointer', code.i32(-1), 'abi'],
  ['W12: answers with the pointer at the end', code.i32(4 * 65_536), 'abi'],
  ['W12: answers with the last three bytes', code.i32(4 * 65_536 - 3), 'abi'],
  ['W16: answers with a pointer of the wrong sign', code.i32(-2_147_483_648), 'abi'],
  ['answers with a list of no size', code.i32(ANSWER_AT), 'abi'],
  [
    'answers with a list that does not end',
    [...code.store(code.i32(ANSWER_AT), code.i32(-1)), ...code.i32(ANSWER_AT)],
    'abi',
  ],
  [
    'fills memory for ever',
    [...code.forever([...code.i32(0), ...code.i32(7), ...code.i32(200_000), op.bulk, 11, 0]), ...code.i32(0)],
    'fuel',
  ],
]

/** A guest that is configured well and then does this with each request. */
export function inRequests(body: readonly number[], prepare: (builder: GuestBuilder) => void = () => {}) {
  const builder = new GuestBuilder()
  prepare(builder)
  const started = code.if(code.eq(code.get(PHASE), code.i32(abi.phase.configure)), code.return(code.i32(0)))
  return builder.build([...started, ...body], { locals: [op.i32, op.i32] })
}

/** Answers with a body of 2 MiB, in a memory that is large enough. */
export function largeBody(): Uint8Array<ArrayBuffer> {
  const size = 2 << 20
  const builder = new GuestBuilder(40)
  builder.module.data(ANSWER_AT, [...u32(4 + 12 + size), ...rawOp(abi.op.body, 0, Buffer.alloc(0))])
  return builder.build([
    ...code.if(code.eq(code.get(PHASE), code.i32(abi.phase.configure)), code.return(code.i32(0))),
    ...code.store(code.i32(ANSWER_AT + 8), code.i32(12 + size)),
    ...code.store(code.i32(ANSWER_AT + 12), code.load(code.i32(INPUT_AT + 24), 4)),
    ...code.i32(ANSWER_AT),
  ])
}
