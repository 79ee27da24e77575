/**
 * Inspection: a configuration file read and validated whole, without any effect. It is done in a process of its
 * own that ends afterwards, so that neither the plugins nor what parses and checks stay in the proxy's memory: 20 MB
 * in its main thread, and still 7 when a thread has done it and ended (measured).
 */
import { spawn } from 'node:child_process'
import type { ConfigProblem } from '../config/problem.ts'
import type { ConfigFacts } from './config-facts.ts'
import { importing } from './importing.ts'
import { threadFlags } from './thread-flags.ts'

const CHILD = new URL('./inspection-child.ts', import.meta.url)

export type Inspection =
  | { readonly kind: 'valid'; readonly file: string; readonly text: string; readonly facts: ConfigFacts }
  | {
      readonly kind: 'invalid'
      readonly file: string
      /** Empty when the file could not be read. */
      readonly text: string
      readonly problems: readonly ConfigProblem[]
    }

/** `node` is Node's own program, `pluginsDir` where plugins are if the file does not say. Settles when that process has ended. Rejects when the check itself fails, as when a plugin cannot be loaded. */
export function inspectConfig(file: string, node: string, pluginsDir?: string): Promise<Inspection> {
  const { promise, resolve, reject } = Promise.withResolvers<Inspection>()
  const args = ['--eval', importing(CHILD, threadFlags), '--', file]
  if (pluginsDir !== undefined) args.push(pluginsDir)
  const child = spawn(node, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  let inspection: Inspection | undefined
  child.once('message', (message: Inspection) => {
    inspection = message
  })
  child.once('error', reject)
  child.once('close', () => {
    if (inspection === undefined) reject(new Error('the check of the configuration ended without a result'))
    else resolve(inspection)
  })
  return promise
}
