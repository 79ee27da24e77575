/**
 * Filter call: asks one filter about one message. Whatever it does is an answer: a throw and what is no verdict are errors,
 * a promise is a pause.
 */
import { type Filter, type Message, type Mutation, Pause, type Verdict } from '../../sdk/index.ts'
import type { ExchangeFacts } from './exchange-facts.ts'
import { goesOn } from './goes-on.ts'
import { understood } from './understood.ts'

export const NO_VERDICT = 'the filter answered with what is no verdict'

export function askAboutRequest(exchange: ExchangeFacts, filter: Filter): Verdict {
  const { message } = exchange
  if (message.mutation === undefined) return undefined
  try {
    const answer = filter.onRequest?.(message, message.mutation, exchange)
    if (goesOn(answer)) return answer
    return checked(exchange, filter, answer)
  } catch (error) {
    return exchange.filterFailed(filter, error)
  }
}

export function askAboutResponse(exchange: ExchangeFacts, filter: Filter): Verdict {
  const { response } = exchange
  if (response?.mutation === undefined) return undefined
  try {
    const answer = filter.onResponse?.(response, response.mutation, exchange)
    if (goesOn(answer)) return answer
    return checked(exchange, filter, answer)
  } catch (error) {
    return exchange.filterFailed(filter, error)
  }
}

export function askAboutPiece(
  exchange: ExchangeFacts,
  filter: Filter,
  piece: Message,
  mutation: Mutation,
): Verdict {
  try {
    const answer = filter.onStreamData?.(piece, mutation, exchange)
    if (goesOn(answer)) return answer
    return checked(exchange, filter, answer)
  } catch (error) {
    return exchange.filterFailed(filter, error)
  }
}

function checked(exchange: ExchangeFacts, filter: Filter, answer: Verdict | Promise<Verdict>): Verdict {
  if (answer instanceof Promise) return pauseOf(exchange, filter, answer)
  return understood(answer) ? answer : exchange.filterFailed(filter, new TypeError(NO_VERDICT))
}

/** A promise as a pause; one that fails has answered with an error. */
function pauseOf(exchange: ExchangeFacts, filter: Filter, promise: Promise<Verdict>): Pause {
  const pause = new Pause()
  promise.then(
    (verdict) => {
      if (verdict instanceof Pause) verdict.wait((later) => pause.resume(later))
      else pause.resume(verdict ?? 'continue')
    },
    (error: unknown) => pause.resume(exchange.filterFailed(filter, error)),
  )
  return pause
}
