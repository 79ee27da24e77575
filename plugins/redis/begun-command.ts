/**
 * BegunCommand: what is noted of a command that goes on before all of it is here: how much can be read, and what was asked
 * for in vain. Whoever asked may have meant to refuse it, so that command is not sent.
 */
import type { Message } from '../../sdk/index.ts'

export class BegunCommand {
  readonly user: string | undefined
  /** Arguments that are whole, the name among them. */
  readonly wholeCount: number
  /** The first property that somebody asked for and that hangs on what has not come. */
  asked: string | undefined = undefined

  constructor(user: string | undefined, wholeCount: number) {
    this.user = user
    this.wholeCount = wholeCount
  }
}

/** The notes on a command of which only the beginning is here. */
export function begunOf(message: Message): BegunCommand | undefined {
  return message.rest > 0 && message.parts instanceof BegunCommand ? message.parts : undefined
}

/** How many of its arguments can be read, the name among them. */
export function readableCount(message: Message): number {
  return begunOf(message)?.wholeCount ?? message.mark0
}

/** The name of the last login, if there was one. */
export function userOf({ parts }: Message): string | undefined {
  if (parts instanceof BegunCommand) return parts.user
  return typeof parts === 'string' ? parts : undefined
}
