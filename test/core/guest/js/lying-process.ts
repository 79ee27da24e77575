/** LyingProcess: a plugin's process that has been taken over: whoever holds the other end of its channel says anything. */
import { type ChildProcess, spawn } from 'node:child_process'
import { type Duplex, duplexPair } from 'node:stream'
import type { KeyValue } from '../../../../core/guest/guest-host.ts'
import { childFrame } from '../../../../core/guest/js/child/child-frame.ts'
import { JsCall } from '../../../../core/guest/js/js-call.ts'
import { JsChild } from '../../../../core/guest/js/js-child.ts'
import { defaultJsLimits, type JsLimits } from '../../../../core/guest/js/js-limits.ts'
import { OpList } from '../../../../core/guest/op-list.ts'
import type { Together } from '../../../../core/guest/together.ts'
import { Trap } from '../../../../core/guest/trap.ts'

const BLOCK = Buffer.alloc(64)

/** Who hears that answers come together, and of each. */
export interface Hearing {
  readonly together?: Together
  told?(): void
}

export class LyingProcess {
  readonly child: JsChild
  /** What is written here it says. */
  readonly channel: Duplex
  /** What came of each call, in their order: the size of its list, or why it failed. */
  readonly answers: (number | string | undefined)[] = []
  readonly logged: string[] = []
  ended: string | undefined = undefined
  readonly #running: ChildProcess

  constructor(limits: Partial<JsLimits> = {}) {
    const [ours, theirs] = duplexPair()
    this.channel = theirs
    this.#running = spawn('sleep', ['1000'], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.child = new JsChild({
      running: this.#running,
      channel: ours,
      limits: { ...defaultJsLimits, ...limits },
      ended: (reason) => {
        this.ended = reason
      },
      printed: () => undefined,
    })
  }

  /** Asks it something; answers which of the answers is to this. */
  ask(store?: KeyValue, { together, told: heard }: Hearing = {}): number {
    const place = this.answers.push('waits') - 1
    const failedSaying = (list: Buffer) => this.logged.push(String(list))
    const spender = { fuelUsed: 0, store, together, failedSaying }
    const call = new JsCall(spender, 1, 1_000_000)
    const asked = this.child.call(call, BLOCK, BLOCK.length)
    if (asked instanceof Trap) this.answers[place] = asked.kind
    else
      asked.hear({
        onAnswer: (answer) => {
          this.answers[place] = told(answer)
          heard?.()
        },
      })
    return place
  }

  say(...frames: readonly Buffer[]): void {
    this.channel.write(Buffer.concat(frames))
  }

  /** Whether it was found out, or is gone. */
  get over(): boolean {
    return this.child.ending !== undefined
  }

  stop(): void {
    this.#running.kill('SIGKILL')
  }
}

export function frame(kind: number, first = 0, second = 0, bytes: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(childFrame.bytes)
  head.writeUInt32LE(childFrame.bytes + bytes.length, childFrame.size)
  head.writeUInt32LE(kind, childFrame.kind)
  head.writeUInt32LE(first, childFrame.first)
  head.writeUInt32LE(second, childFrame.second)
  return Buffer.concat([head, bytes])
}

function told(answer: OpList | Trap | undefined): number | string | undefined {
  if (answer instanceof OpList) return answer.size
  return answer instanceof Trap ? answer.kind : undefined
}
