/** Tags requests with their caller, refuses those without one, and counts what comes back. */
import { Config, counter, Fault, Metadata, Mutation, replyError, Verdict } from 'weir'

let tag = 'x-tag'

export function onConfigure(config: Config): void {
  const name = config.get('tag')
  if (name != null) tag = name
}

export function onRequest(metadata: Metadata, mutation: Mutation): Verdict {
  const caller = metadata.get('caller')
  if (caller == null) return replyError(Fault.Denied, 'who calls?')
  if (metadata.is('method', 'sayHello')) mutation.set(tag, caller)
  return Verdict.Continue
}

export function onResponse(_metadata: Metadata, _mutation: Mutation): void {
  counter('answers')
}
