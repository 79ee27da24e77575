/**
 * PreparedByAll: a configuration prepared in all workers, and another in its place for as long as whoever looks at what
 * came of it wants one. It makes nothing live.
 */
import type { ConfigFacts } from './config-facts.ts'
import type { ConfigText, PreparedConfig } from './protocol.ts'
import { Refusal } from './refusal.ts'
import type { WorkerLink } from './worker-link.ts'

/** A configuration is compiled, and processes of plugins start, however busy the machine is; only what hangs is given up. */
const PREPARE_MS = 60_000
/** How often one change may be prepared anew, because its plugins were not those it wants. */
const ROUNDS_MAX = 8

/**
 * Looks at what all workers have prepared: another configuration is prepared in its place, nothing lets it go live.
 */
export type Review = (prepared: readonly PreparedConfig[]) => Promise<ConfigText | undefined>

/** What was prepared in the end. Rejects with the first worker's reason, or with what makes it unfit to go live. */
export async function preparedByAll(
  wanted: ConfigText,
  links: readonly WorkerLink[],
  review: Review,
): Promise<{ readonly config: ConfigText; readonly facts: ConfigFacts }> {
  let config = wanted
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const prepared = await prepareOnce(config, links)
    const next = await review(prepared)
    if (next !== undefined) {
      config = next
      continue
    }
    const problems = prepared.flatMap(({ plugins }) => plugins?.problems ?? [])
    if (problems.length > 0) throw new Refusal([...new Set(problems)])
    const [first] = prepared
    if (first !== undefined) return { config, facts: first.facts }
  }
  throw new Error(`the plugins changed ${ROUNDS_MAX} times while the configuration was prepared`)
}

/** Waits for all, also where one refuses: whoever tries again finds nobody at work. */
async function prepareOnce(
  config: ConfigText,
  links: readonly WorkerLink[],
): Promise<readonly PreparedConfig[]> {
  const settled = await Promise.allSettled(links.map((link) => link.prepare(config, PREPARE_MS)))
  return settled.map((each) => {
    if (each.status === 'rejected') throw each.reason
    return each.value
  })
}
