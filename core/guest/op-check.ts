/**
 * OpCheck: whether a list of operations may be obeyed. It walks the whole list before anything of it is done, so that
 * a guest that fails half way has changed nothing. The list comes from a hostile peer: every length is a claim. What
 * it has passed, {@link ./ops.ts} reads without looking again.
 */
import { abi } from '../../sdk/abi/abi.ts'
import { type Grant, missingGrant } from './grant.ts'
import type { OpBudget } from './op-budget.ts'
import { OpList } from './op-list.ts'
import { Trap } from './trap.ts'

const { op, opHeader } = abi
const ERROR_KINDS = Object.keys(abi.error).length
const LOG_LEVELS = Object.keys(abi.logLevel).length
const PHASE_BITS = 0x1f
const READ_BITS = 0x0f
const WANT_BITS = 0x3f
const BODY_BITS = abi.want.requestBody | abi.want.responseBody | abi.want.streamBody

/** Which messages the operations of a call may name. */
export interface Addressees {
  has(handle: number): boolean
  /** How often the message was changed before by the guest, which has held it since. */
  readonly editsCount?: number
}

export class OpCheck {
  /** Whether the list that was checked last holds a message back. */
  holds = false
  /** How often the message was changed by the guest, with the list that was checked last. */
  edits = 0
  readonly #budget: OpBudget
  readonly #grants: number
  #list = new OpList()
  #phase = 0
  #addressees: Addressees = NOBODY
  #plainBytes = 0
  #bodyBytes = 0
  #reads = 0
  /** Messages that have a verdict already; more than one is the rare case of a batch. */
  #decided: number[] = []

  /** `grants` are bits of `abi.grant`. */
  constructor(budget: OpBudget, grants: number) {
    this.#budget = budget
    this.#grants = grants
  }

  /**
   * `undefined` when all of it may be obeyed. A resumed message is checked as in the phase in which it paused.
   */
  check(list: OpList, phase: number, addressees: Addressees): Trap | undefined {
    this.#list = list
    this.#phase = phase
    this.#addressees = addressees
    this.holds = false
    this.#plainBytes = 0
    this.#bodyBytes = 0
    this.#reads = 0
    this.edits = addressees.editsCount ?? 0
    // Asked first, because setting a length is a call into the engine.
    if (this.#decided.length > 0) this.#decided.length = 0
    return this.#walk() ?? this.#weigh()
  }

  #weigh(): Trap | undefined {
    const { opsBytesMax, bodyBytesMax } = this.#budget
    if (this.#plainBytes > opsBytesMax) return beyond(`operations of ${this.#plainBytes} bytes`, opsBytesMax)
    if (this.#bodyBytes > bodyBytesMax) return beyond(`bodies of ${this.#bodyBytes} bytes`, bodyBytesMax)
    return undefined
  }

  #walk(): Trap | undefined {
    const list = this.#list
    const { end } = list
    if (end - list.start < abi.opListHeaderBytes) return wrong('the list is shorter than its own size')
    if (list.u32(list.start) !== end - list.start) return wrong('the list has another size than it says')
    let ops = 0
    for (let at = list.start + abi.opListHeaderBytes; at < end; ) {
      if (end - at < opHeader.bytes) return wrong(`operation ${ops} is cut off`)
      const size = list.u32(at + opHeader.size)
      if (size < opHeader.bytes || size > end - at) return wrong(`operation ${ops} says it has ${size} bytes`)
      if (++ops > this.#budget.opsMax) return beyond('the list has more operations', this.#budget.opsMax)
      if (list.u16(at + opHeader.reserved) !== 0)
        return wrong(`operation ${ops - 1} has bits that are not used yet`)
      const trap = this.#operation(at, at + opHeader.bytes, at + size)
      if (trap !== undefined) return trap
      at += (size + 3) & ~3
    }
    return undefined
  }

  #operation(at: number, from: number, to: number): Trap | undefined {
    const list = this.#list
    const code = list.u8(at + opHeader.code)
    this.#plainBytes += to - at
    if (code >= op.reads) return this.#declaration(code, at, from, to)
    switch (code) {
      case op.log:
        return list.u8(at + opHeader.arg) < LOG_LEVELS ? undefined : wrong('a log level that does not exist')
      case op.count:
        return to - from < 5 ? wrong('a count without a name') : undefined
    }
    if (!this.#addressees.has(list.u32(at + opHeader.message))) {
      return wrong(`message ${list.u32(at + opHeader.message)} is not in this call`)
    }
    switch (code) {
      case op.set:
      case op.add:
        return this.#oneMore() ?? this.#pair(from, to)
      case op.remove:
        return this.#oneMore() ?? this.#key(from, to)
      case op.body:
        this.#countBody(to - from)
        return undefined
      default:
        return this.#verdict(code, at, from, to)
    }
  }

  #oneMore(): Trap | undefined {
    const { editsMax } = this.#budget
    return ++this.edits > editsMax ? beyond('the changes of one message', editsMax) : undefined
  }

  #verdict(code: number, at: number, from: number, to: number): Trap | undefined {
    const list = this.#list
    if (this.#phase === abi.phase.streamData && NOT_OF_STREAMS.includes(code))
      return wrong('a frame of a stream can neither be forwarded, nor replied to with a message, nor wait')
    const message = list.u32(at + opHeader.message)
    if (this.#decided.includes(message)) return wrong(`two verdicts for message ${message}`)
    this.#decided.push(message)
    switch (code) {
      case op.drop:
      case op.close:
        return to === from ? undefined : wrong('a verdict with bytes behind it')
      case op.replyError: {
        const kind = list.u8(at + opHeader.arg)
        return kind >= 1 && kind <= ERROR_KINDS ? this.#text(from, to) : wrong(`error ${kind} does not exist`)
      }
      case op.reply:
        return this.#carried(from, to)
      case op.forward:
        if (this.#phase === abi.phase.response) return wrong('a reply cannot be forwarded')
        return to - from < 5 ? wrong('a forward without a cluster') : this.#key(from + 4, to)
      case op.pause:
        if (to - from !== 4) return wrong('a pause without its time')
        this.holds = true
        if ((this.#grants & abi.grant.timers) === 0) return lacking('a pause', 'timers')
        if (list.u32(from) <= this.#budget.pauseMsMax) return undefined
        return beyond(`a pause of ${list.u32(from)} ms`, this.#budget.pauseMsMax)
      case op.callOut:
        return this.#callOut(from, to)
      default:
        return wrong(`operation code ${code} does not exist`)
    }
  }

  #callOut(from: number, to: number): Trap | undefined {
    const list = this.#list
    if (to - from < 8) return wrong('a call out that is cut off')
    this.holds = true
    if ((this.#grants & abi.grant.callOut) === 0) return lacking('a call out', 'calls')
    if (list.u32(from) > this.#budget.pauseMsMax) {
      return beyond(`a call out of ${list.u32(from)} ms`, this.#budget.pauseMsMax)
    }
    const nameSize = list.u32(from + 4)
    if (nameSize > to - from - 8) return wrong('a cluster name longer than its operation')
    return this.#key(from + 8, from + 8 + nameSize) ?? this.#carried(from + 8 + nameSize, to)
  }

  /** A message of the guest's own: properties and perhaps a body (sdk/ABI.md §3.3). */
  #carried(from: number, to: number): Trap | undefined {
    const list = this.#list
    if (to - from < 8) return wrong('a message that is cut off')
    const bodySize = list.u32(from)
    const count = list.u32(from + 4)
    if (count > this.#budget.propertiesMax) return beyond(`${count} properties`, this.#budget.propertiesMax)
    let at = from + 8
    for (let i = 0; i < count; i++) {
      if (to - at < 8) return wrong('a property that is cut off')
      const keySize = list.u32(at)
      const valueSize = list.u32(at + 4)
      at += 8
      if (keySize > to - at || valueSize > to - at - keySize)
        return wrong('a property longer than its operation')
      const trap = this.#key(at, at + keySize) ?? this.#value(valueSize)
      if (trap !== undefined) return trap
      at += keySize + valueSize
    }
    if (bodySize === abi.none) return at === to ? undefined : wrong('bytes behind a message without a body')
    if (bodySize !== to - at) return wrong('a body of another size than it says')
    this.#countBody(bodySize)
    return undefined
  }

  #countBody(size: number): void {
    this.#plainBytes -= size
    this.#bodyBytes += size
  }

  #declaration(code: number, at: number, from: number, to: number): Trap | undefined {
    if (code === op.state) return this.#state(from, to)
    const refuses = code === op.refuse && this.#phase === abi.phase.restore
    if (this.#phase !== abi.phase.configure && !refuses) return wrong('a declaration after the configuration')
    const arg = this.#list.u8(at + opHeader.arg)
    switch (code) {
      case op.reads:
        if (++this.#reads > this.#budget.readsMax) return beyond('more keys declared', this.#budget.readsMax)
        return arg > READ_BITS ? wrong('a phase that does not exist') : this.#key(from, to)
      case op.readsAll:
        if ((this.#grants & abi.grant.allKeys) === 0) return lacking('reading every key', 'all-keys')
        return arg > READ_BITS ? wrong('a phase that does not exist') : undefined
      case op.phases:
        return arg > PHASE_BITS ? wrong('a phase that does not exist') : undefined
      case op.wants:
        if ((arg & BODY_BITS) !== 0 && (this.#grants & abi.grant.body) === 0) {
          return lacking('reading bodies', 'bodies')
        }
        return arg > WANT_BITS ? wrong('a want that does not exist') : undefined
      case op.refuse:
        return this.#text(from, to)
      default:
        return wrong(`operation code ${code} does not exist`)
    }
  }

  #state(from: number, to: number): Trap | undefined {
    if (this.#phase !== abi.phase.snapshot) return wrong('a state that nobody asked for')
    this.#countBody(to - from)
    return undefined
  }

  #pair(from: number, to: number): Trap | undefined {
    if (to - from < 4) return wrong('an edit that is cut off')
    const keySize = this.#list.u32(from)
    if (keySize > to - from - 4) return wrong('a key longer than its operation')
    return this.#key(from + 4, from + 4 + keySize) ?? this.#value(to - from - 4 - keySize)
  }

  /** A key, or a name: not empty, not long, and without control characters, in whatever protocol it ends up. */
  #key(from: number, to: number): Trap | undefined {
    if (to <= from) return wrong('a key that is empty')
    if (to - from > this.#budget.keyBytesMax)
      return beyond(`a key of ${to - from} bytes`, this.#budget.keyBytesMax)
    const { bytes } = this.#list
    for (let i = from; i < to; i++) {
      const byte = bytes[i] ?? 0
      if (byte < 0x20 || byte === 0x7f) return wrong('a control character in a key')
    }
    return undefined
  }

  #value(size: number): Trap | undefined {
    return size <= this.#budget.valueBytesMax
      ? undefined
      : beyond(`a value of ${size} bytes`, this.#budget.valueBytesMax)
  }

  #text(from: number, to: number): Trap | undefined {
    const size = to - from
    return size <= this.#budget.textBytesMax
      ? undefined
      : beyond(`a text of ${size} bytes`, this.#budget.textBytesMax)
  }
}

const NOT_OF_STREAMS: readonly number[] = [op.forward, op.reply, op.pause, op.callOut]

const NOBODY: Addressees = { has: () => false }

function wrong(text: string): Trap {
  return new Trap('abi', `the guest's answer is wrong: ${text}`)
}

function beyond(text: string, max: number): Trap {
  return new Trap('budget', `the guest's answer is beyond its budget: ${text}, ${max} allowed`)
}

function lacking(what: string, grant: Grant): Trap {
  return new Trap('capability', missingGrant(what, grant))
}
