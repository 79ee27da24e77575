/**
 * Load connection: one caller's connection that keeps a number of requests in flight. Each request has a slot with
 * its own prebuilt frame; the frame is patched and written again only when its reply has come, so nothing is
 * copied and nothing in flight changes. Every reply's id, flag and status is checked.
 */
import type { Socket } from 'node:net'
import { HEADER_BYTES } from './frames.ts'

const MAGIC_AND_FLAG = 0xdabb02
const STATUS_OK = 20
const EVENT = 0x20

export interface LoadSink {
  /** A correct reply came after so many milliseconds. */
  reply(ms: number): void
  /** A reply with an error status, an unknown id or anything else that is wrong. */
  wrong(text: string): void
}

export class LoadConnection {
  readonly #socket: Socket
  readonly #sink: LoadSink
  readonly #frames: Buffer
  readonly #size: number
  readonly #slots: number
  readonly #idHigh: number
  readonly #sequence: Float64Array
  readonly #startedMs: Float64Array
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #held = 0
  #skip = 0
  /** Slots whose reply came in the current chunk. */
  #free: number[] = []
  /** While true, a slot is used again as soon as its reply has come. */
  refilling = true
  inFlight = 0

  constructor(socket: Socket, sink: LoadSink, shape: { request: Buffer; slots: number; idHigh: number }) {
    this.#socket = socket
    this.#sink = sink
    this.#size = shape.request.length
    this.#slots = shape.slots
    this.#idHigh = shape.idHigh
    this.#frames = Buffer.alloc(this.#size * shape.slots)
    this.#sequence = new Float64Array(shape.slots).fill(-1)
    this.#startedMs = new Float64Array(shape.slots)
    for (let slot = 0; slot < shape.slots; slot++) {
      shape.request.copy(this.#frames, slot * this.#size)
      this.#frames.writeUInt32BE(shape.idHigh, slot * this.#size + 4)
      this.#frames.writeUInt32BE(slot, slot * this.#size + 8)
      this.#free.push(slot)
    }
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  /** Sends one request from every free slot, neighbours together. */
  sendAll(): void {
    const free = this.#free
    if (free.length === 0) return
    this.#free = []
    const nowMs = performance.now()
    this.#socket.cork()
    for (let i = 0; i < free.length; ) {
      const first = free[i] ?? 0
      let end = first
      while (i < free.length && free[i] === end) {
        this.#begin(end, nowMs)
        end++
        i++
      }
      this.#socket.write(this.#frames.subarray(first * this.#size, end * this.#size))
    }
    this.#socket.uncork()
  }

  /** Sends one request if a slot is free; false otherwise. */
  sendOne(): boolean {
    const slot = this.#free.shift()
    if (slot === undefined) return false
    this.#begin(slot, performance.now())
    this.#socket.write(this.#frames.subarray(slot * this.#size, (slot + 1) * this.#size))
    return true
  }

  #begin(slot: number, nowMs: number): void {
    const at = slot * this.#size + 8
    const sequence = this.#frames.readUInt32BE(at) + this.#slots
    // The low half wraps to the slot's own number, so that the slot can always be told from the id.
    const next = sequence > 0xffff_ffff - this.#slots ? slot : sequence
    this.#frames.writeUInt32BE(next, at)
    this.#sequence[slot] = next
    this.#startedMs[slot] = nowMs
    this.inFlight++
  }

  #receive(chunk: Buffer): void {
    const nowMs = performance.now()
    let at = 0
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const taken = Math.min(this.#skip, chunk.length - at)
        this.#skip -= taken
        at += taken
        if (this.#skip === 0) this.#reply(this.#header, 0, nowMs)
        continue
      }
      if (this.#held === 0 && chunk.length - at >= HEADER_BYTES) {
        const end = at + HEADER_BYTES + chunk.readUInt32BE(at + 12)
        if (end <= chunk.length) {
          this.#reply(chunk, at, nowMs)
          at = end
          continue
        }
      }
      const taken = Math.min(HEADER_BYTES - this.#held, chunk.length - at)
      chunk.copy(this.#header, this.#held, at, at + taken)
      this.#held += taken
      at += taken
      if (this.#held < HEADER_BYTES) break
      this.#held = 0
      this.#skip = this.#header.readUInt32BE(12)
      if (this.#skip === 0) this.#reply(this.#header, 0, nowMs)
    }
    if (this.refilling) this.sendAll()
  }

  #reply(header: Buffer, at: number, nowMs: number): void {
    if (((header[at + 2] ?? 0) & EVENT) !== 0) return
    const low = header.readUInt32BE(at + 8)
    const slot = low % this.#slots
    if (header.readUInt32BE(at + 4) !== this.#idHigh || this.#sequence[slot] !== low) {
      this.#sink.wrong(
        `a reply under an id that was not asked: ${header.toString('hex', at, at + HEADER_BYTES)}`,
      )
      return
    }
    this.#sequence[slot] = -1
    this.#free.push(slot)
    this.inFlight--
    if (header.readUIntBE(at, 3) !== MAGIC_AND_FLAG || header[at + 3] !== STATUS_OK) {
      this.#sink.wrong(`a reply with status ${header[at + 3]}`)
      return
    }
    this.#sink.reply(nowMs - (this.#startedMs[slot] ?? nowMs))
  }
}
