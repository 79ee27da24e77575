/**
 * Inspection: a configuration file read and validated whole, without any effect. It is done in a thread of its
 * own that ends afterwards, so that neither the plugins nor what parses and checks stay in the main thread's memory.
 */
import type { ConfigProblem } from '../config/problem.ts'
import type { ConfigFacts } from './config-facts.ts'
import { openThread, threadEntry } from './open-thread.ts'

export type Inspection =
  | { readonly kind: 'valid'; readonly file: string; readonly text: string; readonly facts: ConfigFacts }
  | {
      readonly kind: 'invalid'
      readonly file: string
      /** Empty when the file could not be read. */
      readonly text: string
      readonly problems: readonly ConfigProblem[]
    }

/** Rejects when the check itself fails, as when a plugin cannot be loaded. */
export function inspectConfig(file: string): Promise<Inspection> {
  const { promise, resolve, reject } = Promise.withResolvers<Inspection>()
  const thread = openThread(threadEntry('inspection-thread'), { file }, { name: 'inspection' })
  thread.once('message', (inspection: Inspection) => resolve(inspection))
  thread.once('error', reject)
  thread.once('exit', () => reject(new Error('the check of the configuration ended without a result')))
  return promise
}
