/**
 * A guest that reads `caller`, or another key, and `method`, and sets `x-tag`, or another key, to the caller when the
 * method is `sayHello`, or another name of eight characters.
 */
import { abi } from '../../../../sdk/abi/abi.ts'
import { opList, ops } from '../op-builder.ts'
import { code } from './code.ts'
import { signed64 } from './encode.ts'
import { ANSWER_AT, GuestBuilder, INPUT_AT, PHASE } from './guest-builder.ts'
import { op } from './op.ts'

const { record, property, header, opHeader } = abi
const RECORD = INPUT_AT + header.bytes
const KEY_AT = ANSWER_AT + abi.opListHeaderBytes + opHeader.bytes + 4

interface TaggingOptions {
  readonly caller?: string
  readonly method?: string | undefined
}

export function taggingGuest(
  key = 'x-tag',
  { caller: callerKey = 'caller', method = 'sayHello' }: TaggingOptions = {},
): Uint8Array<ArrayBuffer> {
  const builder = new GuestBuilder()
  const declared = builder.can(opList(ops.reads(callerKey, 1), ops.reads('method', 1)))
  builder.module.data(ANSWER_AT, [...opList(ops.set(key, ''))])
  const [row, end, caller, callerSize, said] = [2, 3, 4, 5, 6]
  const valueAt = code.add(code.i32(RECORD), code.load(code.get(row), property.valueAt))
  const slotIs = (slot: number) => code.eq(code.load16(code.get(row), property.slot), code.i32(slot))
  const isSayHello = [
    ...code.load64(valueAt),
    op.i64Const,
    ...wordOf(method),
    0x51, // i64.eq
  ]
  return builder.build(
    [
      ...code.if(code.eq(code.get(PHASE), code.i32(abi.phase.configure)), code.return(code.i32(declared))),
      ...code.set(row, code.add(code.i32(RECORD), code.load(code.i32(RECORD), record.propertiesAt))),
      ...code.set(
        end,
        code.add(
          code.get(row),
          code.mul(code.load16(code.i32(RECORD), record.properties), code.i32(property.bytes)),
        ),
      ),
      ...code.forever(
        code.leaveIf(code.geU(code.get(row), code.get(end))),
        code.if(
          slotIs(0),
          code.set(caller, valueAt),
          code.set(callerSize, code.load(code.get(row), property.valueSize)),
        ),
        code.if(
          slotIs(1),
          code.if(
            code.eq(code.load(code.get(row), property.valueSize), code.i32(8)),
            code.if(isSayHello, code.set(said, code.i32(1))),
          ),
        ),
        code.set(row, code.add(code.get(row), code.i32(property.bytes))),
      ),
      ...code.if(code.zero(code.get(said)), code.return(code.i32(0))),
      ...code.copy(code.i32(KEY_AT + key.length), code.get(caller), code.get(callerSize)),
      ...code.store(
        code.i32(ANSWER_AT),
        code.add(code.i32(opHeader.bytes + 4 + key.length), code.get(callerSize)),
        abi.opListHeaderBytes + opHeader.size,
      ),
      ...code.store(
        code.i32(ANSWER_AT),
        code.add(code.i32(KEY_AT + key.length - ANSWER_AT), code.get(callerSize)),
      ),
      ...code.store(
        code.i32(ANSWER_AT),
        code.load(code.i32(RECORD), record.handle),
        abi.opListHeaderBytes + opHeader.message,
      ),
      ...code.i32(ANSWER_AT),
    ],
    { locals: [op.i32, op.i32, op.i32, op.i32, op.i32] },
  )
}

/** Eight characters as the number that they are in memory, in the form of an i64.const. */
function wordOf(text: string): number[] {
  return signed64(Buffer.from(text).readBigInt64LE())
}
