/** ListenError: a listener cannot be had, with its name, by which whoever knows the configuration finds its place. */
import { errorText } from '../base/error-text.ts'

export class ListenError extends Error {
  readonly listener: string

  constructor(listener: string, cause: unknown) {
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    const advice = taken ? '; does another weir run? Stop it, or change the address' : ''
    super(`the listener "${listener}" cannot be had: ${errorText(cause)}${advice}`, { cause })
    this.listener = listener
  }
}
