/**
 * JsChild: one process of a plugin, from its start to its end. Blocks go in, answers come out in the same order. It is
 * watched while something waits for it: one that says nothing for too long, says what it may not, or grows beyond its
 * bounds is killed, and everything that waited fails.
 */
import type { ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { abi } from '../../../sdk/abi/abi.ts'
import { printable } from '../../base/printable.ts'
import { OpList } from '../op-list.ts'
import { answerStoreCall } from '../store-call.ts'
import { Trap, trapKinds } from '../trap.ts'
import { childFrame } from './child/child-frame.ts'
import { ChildPipe } from './child-pipe.ts'
import { ChildPrints } from './child-prints.ts'
import { Inbox } from './inbox.ts'
import { isolateControl } from './isolate/isolate-control.ts'
import { JsCall } from './js-call.ts'
import type { JsLimits } from './js-limits.ts'
import { Outbox } from './outbox.ts'
import { processorMs, residentBytes } from './process-figures.ts'
import { WaitingQueue } from './waiting-queue.ts'

const LOOK_MS = 50
/** After it was asked to end. */
const END_MS = 1_000
/** So much longer than it may be busy, a process may be silent. */
const STARVED_FACTOR = 10
/** A call that is asked again has had less than half of its time before. */
const AGAIN_FACTOR = 1.5
/** Frames that nobody asked for, such as its figures, between two of what it is sent: it says them when it reads. */
const UNASKED_MAX = 64
/** A sentence that was cut by its letters may have so many bytes for each. */
const BYTES_PER_LETTER_MAX = 3
const MANIFEST_BYTES_MAX = 65_536
const KIB = 1_024
/** What a u32 says. */
const FUEL_MAX = 0xffff_ffff
const NO_BYTES = Buffer.alloc(0)
/** A list without operations has no more. */
const LIST_HEADER_BYTES = abi.opListHeaderBytes

/** A call, or who asked for the manifest. */
type Waiter = JsCall | ((answer: string | Trap) => void)

export interface JsChildParts {
  readonly running: ChildProcess
  readonly channel: Duplex
  readonly limits: JsLimits
  /** `worked`: it has answered something before. */
  ended(reason: string, worked: boolean): void
  /** The process printed something, which well-behaved ones do not. */
  printed(text: string): void
}

export class JsChild {
  /** What the process occupies, and the heaps of its isolates. */
  residentBytes = 0
  heapBytes = 0
  ready = false
  readonly #parts: JsChildParts
  readonly #outbox: Outbox
  readonly #inbox: Inbox
  readonly #list = new OpList()
  readonly #waiting = new WaitingQueue<Waiter>()
  #lastInstance = 0
  #open = 0
  #ended: string | undefined = undefined
  #killed: string | undefined = undefined
  #watch: NodeJS.Timeout | undefined = undefined
  #silentMs = 0
  /** What it had had of a processor when it said something last. */
  #saidMs = 0
  #worked = false
  #unasked = 0
  /** It asks the store now, and says nothing more before it was told. */
  #asks = false

  constructor(parts: JsChildParts) {
    const { running, channel, limits } = parts
    this.#parts = parts
    this.#inbox = new Inbox(
      isolateControl.flushBytes + limits.answerBytesMax + limits.errorBytesMax + KIB,
      (bytes, at, end) => this.#take(bytes, at, end),
    )
    this.#outbox = new Outbox(new ChildPipe(channel, (chunk) => this.#heard(chunk)))
    // How it ended is told by its exit, which comes soon.
    channel.on('error', () => this.#unheard())
    channel.once('close', () => this.#unheard())
    running.once('error', (error) => this.#end(`it does not start: ${error.message}`))
    running.once('exit', (code, signal) =>
      this.#end(this.#killed ?? (signal === null ? `it ended with ${code}` : `it was ended by ${signal}`)),
    )
    new ChildPrints(running, limits.printedBytesPerSecond, (text) => parts.printed(text))
    running.unref()
    this.#look()
  }

  get pid(): number | undefined {
    return this.#parts.running.pid
  }

  /** Why it cannot be asked any more. */
  get ending(): string | undefined {
    return this.#ended ?? this.#killed
  }

  /** The number of a new instance; its first call configures it. */
  open(): number {
    this.#open++
    return ++this.#lastInstance
  }

  close(instance: number): void {
    this.#open--
    if (this.ending === undefined) this.#send(childFrame.close, instance, 0, NO_BYTES, 0)
  }

  /** Asks an instance with the block `bytes[0, size)`; a trap when the process is gone or has too much to do. */
  call(call: JsCall, bytes: Buffer, size: number): JsCall | Trap {
    const { limits } = this.#parts
    if (this.ending !== undefined) return new Trap('exited', `its process is gone: ${this.ending}`)
    const waiting = this.#waiting.size
    if (waiting >= limits.callsMax || this.#outbox.pendingBytes + size > limits.pendingBytesMax)
      return new Trap('budget', `${waiting} calls wait for its process already`)
    if (size > limits.blockBytesMax)
      return new Trap('budget', `a message of ${size} bytes is too large for it`)
    this.#unasked = 0
    this.#outbox.addCall(call.instance, Math.min(call.fuel, FUEL_MAX), bytes, size)
    this.#wait(call)
    return call
  }

  /** The manifest that the file carries, as JSON; empty when it carries none. */
  manifest(): Promise<string | Trap> {
    return new Promise((resolve) => {
      if (this.ending !== undefined) return resolve(new Trap('exited', this.ending))
      this.#send(childFrame.askManifest, 0, 0, NO_BYTES, 0)
      this.#wait(resolve)
    })
  }

  /** Lets it finish what it was asked, and ends it. */
  end(): void {
    if (this.#ended !== undefined) return
    this.#outbox.flush()
    this.#parts.channel.end()
    setTimeout(() => this.kill('it did not end by itself'), END_MS).unref()
  }

  kill(reason: string): void {
    if (this.#ended !== undefined) return
    this.#killed ??= reason
    this.#parts.running.ref()
    this.#parts.running.kill('SIGKILL')
  }

  #send(kind: number, first: number, second: number, bytes: Buffer, size: number): void {
    this.#unasked = 0
    this.#outbox.add(kind, first, second, bytes, size)
  }

  #unheard(): void {
    if (this.#ended !== undefined) return
    this.#parts.running.ref()
    this.#parts.running.kill('SIGKILL')
  }

  #wait(waiter: Waiter): void {
    this.#waiting.push(waiter)
    if (this.#watch !== undefined) return
    if (this.#parts.channel instanceof Socket) this.#parts.channel.ref()
    this.#look()
  }

  #heard(chunk: Buffer): void {
    // Once it has lied it is not heard any more, whatever it says until it is gone.
    if (this.ending !== undefined) return
    this.#asks = false
    const waiter = this.#waiting.first
    const together = waiter instanceof JsCall ? waiter.by.together : undefined
    together?.begin()
    try {
      if (!this.#inbox.add(chunk)) this.kill('it said what it may not say')
    } finally {
      together?.end()
    }
  }

  #take(bytes: Buffer, at: number, end: number): boolean {
    if (this.#asks) return false
    const spent = bytes.readUInt32LE(at + childFrame.second)
    const from = at + childFrame.bytes
    switch (bytes.readUInt32LE(at + childFrame.kind)) {
      case childFrame.answers:
        return this.#takeAnswers(bytes, at, end)
      case childFrame.trap:
        return this.#trap(bytes, at, end)
      case childFrame.manifest:
        return this.#answer(spent, manifestIn(bytes, from, end))
      case childFrame.ask:
        return this.#askStore(bytes.subarray(from, end))
      case childFrame.ready:
        if (this.ready) return false
        this.ready = true
        this.#silentMs = 0
        return true
      case childFrame.figures:
        if (++this.#unasked > UNASKED_MAX) return false
        this.residentBytes = bytes.readUInt32LE(at + childFrame.first) * KIB
        this.heapBytes = spent * KIB
        return true
      default:
        return false
    }
  }

  /** Lists of operations, one behind the other; what all of them spent is shared out among them. */
  #takeAnswers(bytes: Buffer, at: number, end: number): boolean {
    const count = bytes.readUInt32LE(at + childFrame.first)
    if (count === 0) return false
    const spent = Math.round(bytes.readUInt32LE(at + childFrame.second) / count)
    const list = this.#list
    list.bytes = bytes
    let from = at + childFrame.bytes
    for (let i = 0; i < count; i++) {
      if (end - from < LIST_HEADER_BYTES) return false
      const size = list.u32(from)
      if (size < LIST_HEADER_BYTES || size > end - from) return false
      list.start = from
      list.end = from + size
      if (!this.#answer(spent, size === LIST_HEADER_BYTES ? undefined : list)) return false
      from += (size + 3) & ~3
    }
    return true
  }

  #trap(bytes: Buffer, at: number, end: number): boolean {
    const from = at + childFrame.bytes + 4
    if (from > end) return false
    const size = bytes.readUInt32LE(from - 4)
    if (size > end - from || size > this.#parts.limits.errorBytesMax * BYTES_PER_LETTER_MAX) return false
    const kind = trapKinds[bytes.readUInt32LE(at + childFrame.first)] ?? 'unreachable'
    const waiter = this.#waiting.first
    if (waiter instanceof JsCall && from + size < end)
      waiter.by.failedSaying(bytes.subarray(from + size, end))
    const spent = bytes.readUInt32LE(at + childFrame.second)
    const text = printable(bytes.toString('utf8', from, from + size), size)
    return this.#answer(spent, new Trap(kind, text))
  }

  /** For the call that runs, which is the first that waits. */
  #askStore(request: Buffer): boolean {
    const waiter = this.#waiting.first
    if (!(waiter instanceof JsCall) || ++waiter.storeCalls > this.#parts.limits.storeCallsMax) return false
    const answer = answerStoreCall(waiter.by.store, request)
    this.#asks = true
    this.#silentMs = 0
    this.#send(childFrame.told, answer.length, 0, answer, answer.length)
    this.#outbox.flush()
    // One that asks and asks and never reads would have all answers kept here.
    return this.#outbox.pendingBytes <= this.#parts.limits.pendingBytesMax
  }

  #answer(spent: number, answer: undefined | OpList | Trap | string): boolean {
    // Whoever is told something else than was asked stays among those that fail when the process is gone.
    const waiter = this.#waiting.first
    if (waiter instanceof JsCall) {
      if (typeof answer === 'string') return false
      this.#waiting.shift()
      if (!(answer instanceof Trap)) this.#worked = true
      waiter.by.fuelUsed = spent
      this.#silentMs = 0
      waiter.settle(answer)
      return true
    }
    if (waiter === undefined || answer === undefined || answer instanceof OpList) return false
    this.#waiting.shift()
    this.#silentMs = 0
    waiter(answer)
    return true
  }

  /** Looks at it again and again while something waits for it, and never otherwise. */
  #look(): void {
    this.#watch = setTimeout(() => {
      this.#watch = undefined
      if (this.ending !== undefined) return
      const waits = this.#waiting.size > 0 || !this.ready
      if (!waits) {
        this.#silentMs = 0
        // A process that nothing is asked of keeps nobody from ending.
        unref(this.#parts.channel)
        return
      }
      this.#silentMs += LOOK_MS
      const fault = this.#fault()
      if (fault !== undefined) this.kill(fault)
      else this.#look()
    }, LOOK_MS)
    this.#watch.unref()
  }

  #fault(): string | undefined {
    const { limits } = this.#parts
    const waiter = this.#waiting.first
    const fuel = waiter instanceof JsCall ? waiter.fuel : limits.fuelToConfigure
    const patienceMs = this.ready ? (fuel / 1_000_000) * AGAIN_FACTOR + limits.graceMs : limits.startMs
    // A process that the machine does not let run is not stuck; one that sleeps for ever is, after much longer.
    const stuck = this.#busyMs() > patienceMs || this.#silentMs > patienceMs * STARVED_FACTOR
    if (stuck) return `it did not answer for ${this.#silentMs} ms`
    const resident = residentBytes(this.pid)
    const most = limits.processBytesMax + Math.max(1, this.#open) * limits.memoryBytesMax
    return resident > most ? `it occupied ${Math.round(resident / KIB / KIB)} MiB` : undefined
  }

  /** What it has had of a processor since it last said something. */
  #busyMs(): number {
    const nowMs = processorMs(this.pid)
    if (nowMs === undefined) return this.#silentMs
    if (this.#silentMs === LOOK_MS) this.#saidMs = nowMs
    return nowMs - this.#saidMs
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    clearTimeout(this.#watch)
    this.#parts.channel.destroy()
    const waiting = this.#waiting.drain()
    this.#parts.ended(reason, this.#worked)
    const trap = new Trap('exited', `its process is gone: ${reason}`)
    for (const waiter of waiting) {
      if (waiter instanceof JsCall) waiter.settle(trap)
      else waiter(trap)
    }
  }
}

function manifestIn(bytes: Buffer, from: number, end: number): string | Trap {
  if (end - from <= MANIFEST_BYTES_MAX) return bytes.toString('utf8', from, end)
  return new Trap('budget', `its manifest has more than ${MANIFEST_BYTES_MAX} bytes`)
}

function unref(stream: unknown): void {
  if (stream instanceof Socket) stream.unref()
}
