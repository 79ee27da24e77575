/** RecordingFilter: passes everything on and notes what it was told, in an order shared with other filters. */
import type { Exchange, Filter, Metadata, Outcome } from '../../sdk/index.ts'

/** What of an outcome is compared; the rest is read from {@link RecordingFilter.outcomes}. */
export type Ending = Pick<Outcome, 'result' | 'error' | 'cluster' | 'endpoint' | 'flags' | 'upstreamMs'>

export class RecordingFilter implements Filter {
  readonly name: string
  readonly notes: string[]
  readonly outcomes: Ending[] = []
  destroyed = 0

  constructor(name = 'record', notes: string[] = []) {
    this.name = name
    this.notes = notes
  }

  onRequest(_metadata: Metadata): 'continue' {
    this.notes.push(`${this.name} request`)
    return 'continue'
  }

  onResponse(_metadata: Metadata): 'continue' {
    this.notes.push(`${this.name} response`)
    return 'continue'
  }

  onEnd(_exchange: Exchange, outcome: Outcome): void {
    const { result, error, cluster, endpoint, flags, upstreamMs } = outcome
    this.outcomes.push({ result, error, cluster, endpoint, flags, upstreamMs })
    this.notes.push(`${this.name} end ${result}${error === undefined ? '' : ` ${error}`}`)
  }

  onDestroy(): void {
    this.destroyed++
  }
}
