/** What weir is told to change on every message, and what caller and provider see of it. */
import { expect, it } from 'vitest'
import type { InteropCase } from './matrix.ts'
import type { PairTests } from './pair.ts'
import type { JsonObject, Outcome } from './peers.ts'

/** The filter that changes attachments, as it stands in a chain. */
export const CHANGES: JsonObject = {
  'header-mutation': {
    request: { set: { 'set-on-request': 'requête 😀', 'echo-replaced': 'new' }, remove: ['removed'] },
    response: { set: { 'set-on-response': 'réponse 😀', 'reply-answer': 'new' }, remove: ['reply-removed'] },
  },
}

/** Sets, replaces and removes attachments of a request and of its response. */
export function itChangesAttachments({ pair }: Pick<PairTests, 'pair'>): void {
  it('the provider sees the changes of the request, and the caller those of the response', async () => {
    const outcome = await pair().caller.call('attachments', [], {
      attachments: {
        'echo-replaced': 'old',
        'echo-answer': 'old',
        'echo-removed': 'yes',
        removed: 'yes',
        kept: 'yes',
      },
    })
    if (!outcome.ok) throw new Error(outcome.message)
    expect(outcome.value).toMatchObject({
      'set-on-request': 'requête 😀',
      'echo-replaced': 'new',
      'echo-answer': 'old',
      kept: 'yes',
    })
    expect(outcome.value).not.toHaveProperty('removed')
    expect(outcome.attachments).toMatchObject({
      'set-on-response': 'réponse 😀',
      'reply-replaced': 'new',
      'reply-answer': 'new',
    })
    expect(outcome.attachments).not.toHaveProperty('reply-removed')
  })
}

/** Answers and exceptions that a provider sent carry what was set on the way, whatever the call was. */
export function expectChanged(
  outcome: Outcome,
  interopCase: InteropCase,
  { caller }: Pick<PairTests, 'caller'>,
): void {
  // A future may be taken from before the filter that keeps attachments has seen the answer.
  if (interopCase.options?.async === true || interopCase.method === 'sayHelloAsync') return
  // dubbo-go hands no attachments to its filters when the answer is an exception; weir's own errors have none.
  if (!outcome.ok && (caller === 'go' || !outcome.class.startsWith('weir.'))) return
  expect(outcome.attachments).toMatchObject({ 'set-on-response': 'réponse 😀' })
}
