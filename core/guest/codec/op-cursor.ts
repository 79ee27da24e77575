/**
 * OpCursor: walks a guest's list of operations, holding each header to the ABI (sdk/ABI.md §3). The list comes from a
 * hostile peer: every length is a claim. What an operation says is for whoever walks.
 */
import { abi } from '../../../sdk/abi/abi.ts'
import type { OpList } from '../op-list.ts'
import { Trap } from '../trap.ts'

const { opHeader } = abi
/** Of an answer that is not about bytes. */
const LIST_BYTES_MAX = 262_144

export class OpCursor {
  code = 0
  argument = 0
  /** The payload of the operation. */
  from = 0
  to = 0
  /** Why the walk ended before the end of the list. */
  trap: Trap | undefined = undefined
  readonly #list: OpList
  #next: number
  #count = 0
  readonly #opsMax: number

  constructor(list: OpList, opsMax: number, bytesMax = LIST_BYTES_MAX) {
    this.#list = list
    this.#opsMax = opsMax
    this.#next = list.start + abi.opListHeaderBytes
    if (list.size < abi.opListHeaderBytes || list.u32(list.start) !== list.size) {
      this.trap = wrongAnswer('the list has another size than it says')
    } else if (list.size > bytesMax) {
      this.trap = new Trap('budget', `it answered with ${list.size} bytes, ${bytesMax} allowed`)
    }
  }

  /** Goes on to the next operation; false at the end, or at one that is wrong. */
  next(): boolean {
    if (this.trap !== undefined) return false
    const list = this.#list
    const at = this.#next
    const left = list.end - at
    if (left <= 0) return false
    if (left < opHeader.bytes) return this.#end(`operation ${this.#count} is cut off`)
    const size = list.u32(at + opHeader.size)
    if (size < opHeader.bytes || size > left)
      return this.#end(`operation ${this.#count} says it has ${size} bytes`)
    if (++this.#count > this.#opsMax) return this.#end(`it has more than ${this.#opsMax} operations`)
    if (list.u16(at + opHeader.reserved) !== 0)
      return this.#end(`operation ${this.#count - 1} has bits that are not used yet`)
    this.code = list.u8(at + opHeader.code)
    this.argument = list.u8(at + opHeader.arg)
    this.from = at + opHeader.bytes
    this.to = at + size
    this.#next = at + ((size + 3) & ~3)
    return true
  }

  /** The walk ends here. */
  fail(text: string): Trap {
    this.trap ??= wrongAnswer(text)
    return this.trap
  }

  #end(text: string): false {
    this.fail(text)
    return false
  }
}

function wrongAnswer(text: string): Trap {
  return new Trap('abi', `the guest's answer is wrong: ${text}`)
}
