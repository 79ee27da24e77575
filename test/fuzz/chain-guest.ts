/**
 * ChainGuest: a plugin whose calls are somebody else's business: it declares what it was made with, hands over what it is
 * shown as it is shown, and answers what it is told to.
 */
import type { Reads } from '../../core/guest/declaration.ts'
import type { GuestAnswer, GuestInstance, GuestModule } from '../../core/guest/guest-instance.ts'
import { OpList } from '../../core/guest/op-list.ts'
import { Trap } from '../../core/guest/trap.ts'
import { abi } from '../../sdk/abi/abi.ts'
import { opList, ops } from '../core/guest/op-builder.ts'
import { CHAIN_KEYS } from './chain-frames.ts'
import type { Tape } from './tape.ts'

const { phaseBit, want } = abi
const OP_AT = abi.opListHeaderBytes
const FUEL_PER_TURN = 20
const PLAIN: Reads = { keys: [], allKeys: false, body: false, operation: false }

export interface GuestShape {
  readonly phases: number
  readonly wants: number
  readonly request: Reads
  readonly response: Reads
}

/** A plugin that is asked in some phases, and told some keys. Few are unlike all others, for those that are alike share. */
export function guestShape(tape: Tape): GuestShape {
  const keys = tape.once(3)
    ? Array.from({ length: tape.below(4) }, () => tape.pick(CHAIN_KEYS))
    : tape.pick([['caller'], ['caller', 'method'], ['method'], ['caller', 'trace', 'group']])
  const phases = tape.pick([phaseBit.request, phaseBit.request | phaseBit.response, 7, 7])
  const wants =
    (tape.once(8) ? want.requestBody : 0) |
    (tape.once(6) ? want.operation : 0) |
    (tape.once(4) ? want.requestWithResponse : 0) |
    (tape.once(3) ? want.routeConfig : 0)
  const allKeys = tape.once(5)
  const operation = (wants & want.operation) !== 0
  const request = { ...PLAIN, keys, allKeys, operation, body: (wants & want.requestBody) !== 0 }
  return { phases, wants, request, response: { ...request, body: false } }
}

export class ChainGuest implements GuestModule {
  readonly remote = false
  readonly fuelPerTurn = FUEL_PER_TURN
  readonly shape: GuestShape
  readonly #asked: (phase: number, block: Buffer) => Buffer | 'trap' | undefined
  readonly #tape: Tape

  /** `asked` answers with operations, or with nothing; handles are filled in here. */
  constructor(
    shape: GuestShape,
    tape: Tape,
    asked: (phase: number, block: Buffer) => Buffer | 'trap' | undefined,
  ) {
    this.shape = shape
    this.#tape = tape
    this.#asked = asked
  }

  instantiate(): GuestInstance {
    const tape = this.#tape
    return {
      memoryBytes: 0,
      get fuelUsed() {
        return tape.below(FUEL_PER_TURN)
      },
      call: (phase, bytes, size) => this.#call(phase, bytes, size),
      close: () => undefined,
    }
  }

  #call(phase: number, bytes: Buffer, size: number): GuestAnswer {
    if (phase === abi.phase.configure) return new OpList(this.#declared())
    const answer = this.#asked(phase, Buffer.from(bytes.subarray(0, size)))
    if (answer === undefined) return undefined
    if (answer === 'trap') return new Trap('unreachable', 'told so')
    const handle = bytes.readUInt32LE(abi.header.bytes + abi.record.handle)
    for (let at = OP_AT; at < answer.length; at += (answer.readUInt32LE(at + abi.opHeader.size) + 3) & ~3)
      answer.writeUInt32LE(handle, at + abi.opHeader.message)
    return new OpList(answer)
  }

  #declared(): Buffer {
    const { shape } = this
    const bits = phaseBit.request | phaseBit.response
    const reads = shape.request.keys.map((key) => ops.reads(key, bits))
    const all = shape.request.allKeys ? [ops.readsAll(bits)] : []
    return opList(ops.phases(shape.phases), ops.wants(shape.wants), ...reads, ...all)
  }
}
