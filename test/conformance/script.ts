/**
 * Script: what a filter of the conformance suite does, written once and turned into a filter of every language. The
 * steps are the author's view: they read metadata and record mutations.
 */
import type { ErrorKind } from '../../sdk/index.ts'

export type Step =
  | readonly ['set' | 'add', key: string, value: string]
  | readonly ['remove', key: string]
  | readonly ['body', bytes: Buffer]
  /** Every value of a key: the first is set under the other name, the rest are added. Nothing when it is absent. */
  | readonly ['copy', from: string, to: string]
  /** The same, from the request while its response is looked at. */
  | readonly ['copy-from-request', from: string, to: string]
  | readonly ['copy-id', to: string]
  | readonly ['copy-text', what: 'operation' | 'listener' | 'peer' | 'protocol' | 'problem', to: string]
  /** The body becomes the value of a key. */
  | readonly ['copy-body', to: string]
  /** The body is replaced by itself. */
  | readonly ['same-body']
  | readonly ['log', text: string]
  | readonly ['log-outcome', what: 'cluster' | 'endpoint' | 'errorText']
  | readonly ['reply-error', kind: ErrorKind, text: string]
  | readonly ['reply', properties: readonly (readonly [string, string])[], body: Buffer | undefined]
  | readonly ['forward', cluster: string, timeoutMs: number | undefined]
  | readonly ['drop']
  | readonly ['close']
  /** What `resume` says is done when the time is over. */
  | readonly ['pause', ms: number]

export interface Script {
  /** Keys that are read, of requests and of responses alike. */
  readonly reads?: readonly string[]
  readonly request?: readonly Step[]
  readonly response?: readonly Step[]
  readonly end?: readonly Step[]
  readonly resume?: readonly Step[]
}

/** Whether one of the steps is of a kind. */
export function has(script: Script, kind: Step[0]): boolean {
  const { request = [], response = [], end = [], resume = [] } = script
  return [...request, ...response, ...end, ...resume].some(([each]) => each === kind)
}
