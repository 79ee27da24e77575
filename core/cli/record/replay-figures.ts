/** ReplayFigures: what came of a replay, in numbers. */

export interface ReplayFigures {
  readonly sent: number
  /** Replies, those that report an error among them. */
  readonly answered: number
  readonly oneways: number
  /** Replies of kind error, by status. */
  readonly errors: Readonly<Record<string, number>>
  /** Replies of another kind or status than the recorded one. */
  readonly different: number
  /** Requests without a reply, by reason. */
  readonly unanswered: number
  readonly reasons: Readonly<Record<string, number>>
  readonly seconds: number
  /** Of replies, in milliseconds. */
  readonly latency: {
    readonly p50: number
    readonly p90: number
    readonly p99: number
    readonly max: number
  }
}

export class ReplayTally {
  sent = 0
  answered = 0
  oneways = 0
  different = 0
  readonly #errors = new Map<string, number>()
  readonly #reasons = new Map<string, number>()
  readonly #latencies: number[] = []

  reply(latencyMs: number, error: string | undefined, different: boolean): void {
    this.answered++
    this.#latencies.push(latencyMs)
    if (error !== undefined) count(this.#errors, error)
    if (different) this.different++
  }

  unanswered(reason: string): void {
    count(this.#reasons, reason)
  }

  figures(seconds: number): ReplayFigures {
    const sorted = this.#latencies.toSorted((left, right) => left - right)
    const at = (share: number) => rounded(sorted[Math.ceil(sorted.length * share) - 1] ?? 0)
    return {
      sent: this.sent,
      answered: this.answered,
      oneways: this.oneways,
      errors: Object.fromEntries(this.#errors),
      different: this.different,
      unanswered: [...this.#reasons.values()].reduce((sum, each) => sum + each, 0),
      reasons: Object.fromEntries(this.#reasons),
      seconds: rounded(seconds),
      latency: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) },
    }
  }
}

export function replayText(figures: ReplayFigures): string {
  const { sent, answered, oneways, errors, different, reasons, seconds, latency } = figures
  const rows = [
    ['sent', `${sent} in ${seconds} s`],
    ['answered', String(answered)],
    ...(oneways > 0 ? [['one-way', String(oneways)]] : []),
    ...Object.entries(errors).map(([status, times]) => [`error ${status}`, String(times)]),
    ...(different > 0 ? [['otherwise than recorded', String(different)]] : []),
    ...Object.entries(reasons).map(([reason, times]) => [reason, String(times)]),
    ['latency', `p50 ${latency.p50} ms, p90 ${latency.p90} ms, p99 ${latency.p99} ms, max ${latency.max} ms`],
  ]
  const width = Math.max(...rows.map(([name = '']) => name.length))
  return `${rows.map(([name = '', value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n`
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
