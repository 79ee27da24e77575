/**
 * NonceCaller: a caller of the soak. It keeps many calls in flight on a connection, opens another one after a while,
 * uses ids that other callers use too and ids of all 64 bits, and judges every answer: it must come, once, on the
 * right connection, under the right id, with the right nonce, or be an error that the proxy names.
 */
import { connect, type Socket } from 'node:net'
import { FrameSplitter, HEADER_BYTES, nonceOfReply, requestFrame } from './soak-frames.ts'

const IN_FLIGHT = 32
const STATUS_OK = 20

/** What all callers of a soak found together. */
export class Findings {
  calls = 0
  ok = 0
  connections = 0
  /** Errors by their kind. */
  readonly errors = new Map<string, number>()
  /** Sentences about what must not happen. */
  readonly wrong: string[] = []

  error(text: string): void {
    const kind = /weir: ([a-z_]+):/.exec(text)?.[1]
    if (kind === undefined) this.wrong.push(`an error that is not weir's: ${text}`)
    else this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1)
  }
}

export interface CallerPlan {
  readonly port: number
  readonly calls: number
  /** The first of as many nonces as there are calls, used by nobody else. */
  readonly firstNonce: number
  readonly random: () => number
  readonly findings: Findings
}

/** Makes all its calls; resolves when each has been answered or its connection was lost. */
export async function runCaller(plan: CallerPlan): Promise<void> {
  for (let made = 0; made < plan.calls; ) {
    const calls = Math.min(plan.calls - made, 200 + Math.floor(plan.random() * 2_000))
    plan.findings.connections++
    await runConnection({ ...plan, calls, firstNonce: plan.firstNonce + made })
    made += calls
  }
}

function runConnection(plan: CallerPlan): Promise<void> {
  const { findings } = plan
  const waiting = new Map<bigint, number>()
  const splitter = new FrameSplitter()
  const socket: Socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true })
  // Ids begin anywhere, also where the sign bit is set; callers that begin at 0 use the same ones.
  const base =
    plan.random() < 0.3 ? 0n : BigInt.asUintN(64, BigInt(Math.floor(plan.random() * 2 ** 53)) << 11n)
  let sent = 0
  const fill = (): void => {
    const frames: Buffer[] = []
    while (sent < plan.calls && waiting.size < IN_FLIGHT) {
      const id = BigInt.asUintN(64, base + BigInt(sent))
      const nonce = plan.firstNonce + sent
      waiting.set(id, nonce)
      frames.push(requestFrame(id, nonce))
      findings.calls++
      sent++
    }
    if (frames.length > 0) socket.write(Buffer.concat(frames))
    else if (waiting.size === 0) socket.end()
  }
  const judge = (bytes: Buffer): void => {
    if ((bytes.readUInt8(2) & 0x20) !== 0) return
    const id = bytes.readBigUInt64BE(4)
    const nonce = waiting.get(id)
    if (nonce === undefined) {
      findings.wrong.push(`an answer under id ${id}, which does not wait here`)
      return
    }
    waiting.delete(id)
    if (bytes.readUInt8(3) !== STATUS_OK) findings.error(bytes.toString('utf8', HEADER_BYTES))
    else if (nonceOfReply(bytes) === nonce) findings.ok++
    else findings.wrong.push(`nonce ${nonceOfReply(bytes)} answers the call with nonce ${nonce}`)
  }
  return new Promise((resolve) => {
    socket.on('connect', fill)
    socket.on('data', (chunk: Buffer) => {
      splitter.add(chunk, judge)
      fill()
    })
    socket.on('error', (error) => findings.wrong.push(`a connection failed: ${error.message}`))
    socket.on('close', () => {
      if (waiting.size > 0) findings.wrong.push(`${waiting.size} calls were never answered`)
      resolve()
    })
  })
}
