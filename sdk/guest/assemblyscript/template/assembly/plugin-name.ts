/** plugin-name: tells the service who called, and refuses who is banned. */
import { Config, Fault, Metadata, Mutation, replyError, Verdict } from 'weir'

let banned = ''

/** Called once, with the configuration. With the result type `string | null`, a sentence says what is wrong with it. */
export function onConfigure(config: Config): void {
  const name = config.get('banned')
  if (name != null) banned = name
}

/** Called with every request; `mutation` changes what goes on to the service. */
export function onRequest(metadata: Metadata, mutation: Mutation): Verdict {
  const caller = metadata.get('caller')
  if (caller == null) {
    mutation.set('plugin-name', 'nobody')
    return Verdict.Continue
  }
  if (banned != '' && caller.is(banned)) return replyError(Fault.Denied, `${banned} may not call`)
  mutation.set('plugin-name', caller)
  return Verdict.Continue
}
