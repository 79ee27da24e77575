/**
 * Callers: two imaginary programs that call the demo service through the proxy, and a readable line for each call
 * saying what was asked, what came back, what the proxy added and what it refused.
 */
import { styleText } from 'node:util'
import type { Call, CallOutcome, DemoClient } from './client.ts'

/** `shop` calls steadily; `batch` sends its calls all at once, so that a limit has something to refuse. */
const SHOP_EVERY_MS = 1_000
const BATCH_EVERY_MS = 3_000
const BATCH_CALLS = 6

export interface Callers {
  stop(): void
}

/** Calls until stopped; `print` gets one line for each call. */
export function startCallers(client: DemoClient, print: (line: string) => void): Callers {
  const names = ['Ann', 'Ben', 'Cleo', 'Dan']
  let turn = 0
  const ask = async (caller: string, call: Call): Promise<void> => {
    const sent = { caller, ...call.attachments }
    const outcome = await client.call({ ...call, attachments: sent })
    print(outcomeLine(caller, call, outcome, sent))
  }
  const shop = (): void => {
    const argument = names[turn++ % names.length] ?? 'you'
    void ask('shop', { method: turn % 4 === 0 ? 'sayBye' : 'sayHello', argument })
  }
  const batch = (): void => {
    for (let i = 1; i <= BATCH_CALLS; i++) void ask('batch', { method: 'sayHello', argument: `job ${i}` })
  }
  shop()
  const timers = [setInterval(shop, SHOP_EVERY_MS), setInterval(batch, BATCH_EVERY_MS)]
  return {
    stop: () => {
      for (const timer of timers) clearInterval(timer)
    },
  }
}

/** One line about one call. `sent` are the attachments that the caller itself set. */
export function outcomeLine(
  caller: string,
  call: Call,
  outcome: CallOutcome,
  sent: Readonly<Record<string, string>>,
): string {
  const asked = `${caller.padEnd(5)} ${`${call.method}("${call.argument}")`.padEnd(20)}`
  const ms = `${outcome.ms.toFixed(1)} ms`.padStart(8)
  switch (outcome.kind) {
    case 'value': {
      const added = addedByProxy(outcome.text, sent)
      const note = added === '' ? '' : styleText('cyan', `  (the proxy set ${added})`)
      return `${asked} ${styleText('green', 'ok      ')} ${ms}  ${outcome.text}${note}`
    }
    case 'error': {
      const word = /limit/i.test(outcome.text) ? 'LIMITED ' : 'ERROR   '
      return `${asked} ${styleText('yellow', word)} ${ms}  status ${outcome.status}: ${outcome.text}`
    }
    case 'failed':
      return `${asked} ${styleText('red', 'FAILED  ')} ${ms}  ${outcome.text}`
  }
}

/** What the service says it received beyond what the caller sent, or with another value. */
function addedByProxy(text: string, sent: Readonly<Record<string, string>>): string {
  return [...text.matchAll(/(\S+?)=(.*?)(?=\s\S+=|\.$)/g)]
    .filter(([, key = '', value]) => sent[key] !== value)
    .map(([pair]) => pair)
    .join(' ')
}
