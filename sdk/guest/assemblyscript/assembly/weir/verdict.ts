/** Verdict: what a handler answers. One that carries more than its name is made here, and counts when it is returned. */
import { verdictSaid } from './answer'
import { Message } from './message'
import { first } from './metadata'

const NONE: u32 = 0xffff_ffff

export enum Verdict {
  Continue = 0,
  ReplyError = 16,
  Reply = 17,
  Forward = 18,
  /** Answers nobody. */
  Drop = 19,
  /** Closes the caller's connection. */
  Close = 20,
  Pause = 21,
  Call = 22,
}

/** Errors of a proxy, which every protocol says in its way. */
export enum Fault {
  None = 0,
  RouteNotFound,
  ClusterNotFound,
  NoHealthyUpstream,
  UpstreamConnectFailed,
  UpstreamReset,
  RequestTimeout,
  OverLimit,
  Denied,
  BadRequest,
  BadResponse,
  PluginFailed,
  Overloaded,
  Draining,
}

/** Refuses the message with the protocol's own error. */
export function replyError(error: Fault, text: string): Verdict {
  begin(Verdict.ReplyError, error)
  verdictSaid.text(text)
  return end(Verdict.ReplyError)
}

/** Answers the caller with a message. */
export function reply(message: Message): Verdict {
  begin(Verdict.Reply, 0)
  message.write(verdictSaid)
  return end(Verdict.Reply)
}

/** Sends the request to a cluster; without a time the listener's is taken. */
export function forward(cluster: string, timeoutMs: u32 = NONE): Verdict {
  begin(Verdict.Forward, 0)
  verdictSaid.u32(timeoutMs)
  verdictSaid.text(cluster)
  return end(Verdict.Forward)
}

/** Holds the message; onResume is called when the time is over. Needs the grant `timers`. */
export function pause(ms: u32): Verdict {
  begin(Verdict.Pause, 0)
  verdictSaid.u32(ms)
  return end(Verdict.Pause)
}

/** Asks a cluster something and holds the message; onResume is called with the answer. Needs the grant `calls`. */
export function call(cluster: string, message: Message, timeoutMs: u32 = 1_000): Verdict {
  begin(Verdict.Call, 0)
  verdictSaid.u32(timeoutMs)
  verdictSaid.sized(cluster)
  message.write(verdictSaid)
  return end(Verdict.Call)
}

function begin(code: u32, arg: u32): void {
  verdictSaid.reset()
  verdictSaid.begin(code, arg, first.handle)
}

function end(verdict: Verdict): Verdict {
  verdictSaid.end()
  return verdict
}
