/** How each program shows an error that weir itself made: the class, the code and the words its code gets to see. */
import { expect } from 'vitest'
import type { ErrorKind } from '../../sdk/index.ts'
import type { Outcome, PeerKind } from './peers.ts'

interface Shown {
  readonly class: string
  readonly code?: number
  readonly message: string
  readonly cause?: string
}

type ShownBy = (kind: ErrorKind) => Shown

const java: ShownBy = (kind) => {
  const timeout = kind === 'request_timeout'
  const thrown = `org.apache.dubbo.remoting.${timeout ? 'TimeoutException' : 'RemotingException'}`
  return {
    class: 'org.apache.dubbo.rpc.RpcException',
    // 1 is a failure of the network and 2 a time-out: callers decide by it whether they try again.
    code: timeout ? 2 : 1,
    message: `cause: ${thrown}: weir: ${kind}: `,
    cause: `java.util.concurrent.ExecutionException: ${thrown}: weir: ${kind}: `,
  }
}

const shownBy: { readonly [caller in PeerKind]: ShownBy } = {
  java27: java,
  java33: java,
  go: (kind) => ({ class: 'error', message: `java exception:weir: ${kind}: ` }),
}

/** The caller was told of the error by weir, and not by the end of its own wait; `text` is what else the sentence says. */
export function expectLocalError(caller: PeerKind, outcome: Outcome, kind: ErrorKind, text = ''): void {
  const shown = shownBy[caller](kind)
  expect(outcome).toMatchObject({
    ok: false,
    class: shown.class,
    ...(shown.code === undefined ? {} : { code: shown.code }),
    message: expect.stringContaining(shown.message),
    ...(shown.cause === undefined ? {} : { cause: expect.stringContaining(shown.cause) }),
  })
  if (!outcome.ok) expect(outcome.message).toContain(text)
}
