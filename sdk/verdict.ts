/** Verdict: what a filter answers. Nothing means `continue`. The words are those of every guest language. */
import type { LocalReply } from './codec.ts'
import type { ErrorKind, LocalError } from './errors.ts'

/** A cluster as the host hands it out; holding one keeps nothing alive. */
export interface ClusterHandle {
  readonly name: string
  /** The only protocol that it speaks; absent where it speaks that of whoever sends. */
  readonly protocol?: string | undefined
}

/** Send the request to a cluster. Made once when the configuration is compiled, answered many times. */
export interface Forward {
  readonly verdict: 'forward'
  /** A handle from {@link FilterContext.cluster}, or a name, which is looked up at each request. */
  readonly cluster: ClusterHandle | string
  /** How long the reply may take; `undefined` leaves the listener's default. 0 waits for ever. */
  readonly timeoutMs: number | undefined
}

/** Answer the caller without an upstream. */
export interface Reply {
  readonly verdict: 'reply'
  readonly error: LocalError | undefined
  readonly reply: LocalReply | undefined
}

/** For the host: who is told how a pause ended, where a function for each would be too many. */
export interface PauseListener {
  onResume(verdict: Settled): void
}

/**
 * Wait. The filter calls {@link Pause.resume} exactly once, now or later, with the verdict it then has; later
 * calls, and calls after the exchange has ended, do nothing.
 */
export class Pause {
  readonly verdict = 'pause'
  #answer: Settled | undefined = undefined
  #waiter: ((verdict: Settled) => void) | PauseListener | undefined = undefined
  #settled = false

  resume(verdict: Settled = 'continue'): void {
    if (this.#settled) return
    this.#settled = true
    if (this.#waiter === undefined) this.#answer = verdict
    else tell(this.#waiter, verdict)
  }

  /** For the host: who is told. A resume that came first is told at once. */
  wait(waiter: ((verdict: Settled) => void) | PauseListener): void {
    if (this.#answer === undefined) this.#waiter = waiter
    else tell(waiter, this.#answer)
  }
}

function tell(waiter: ((verdict: Settled) => void) | PauseListener, verdict: Settled): void {
  if (typeof waiter === 'function') waiter(verdict)
  else waiter.onResume(verdict)
}

/** A verdict that is not a wait. `drop` answers nobody; `close` closes the caller's connection. */
export type Settled = 'continue' | 'drop' | 'close' | Forward | Reply

export type Verdict = Settled | Pause | undefined

export function forward(cluster: ClusterHandle | string, timeoutMs?: number): Forward {
  return { verdict: 'forward', cluster, timeoutMs }
}

/** Refuses the request with an error of the protocol. */
export function replyError(kind: ErrorKind, text: string): Reply {
  return { verdict: 'reply', error: { kind, text }, reply: undefined }
}

/** Answers the request with a message of the protocol. */
export function replyMessage(reply: LocalReply): Reply {
  return { verdict: 'reply', error: undefined, reply }
}
