/**
 * OpenThread: starts a worker thread. Its modules come through Node's cache of compiled code: a thread that strips
 * the types of its TypeScript itself takes 35 MB more and twice the time (measured; the cache fills at the first
 * start). The cache lies in the checkout, where nobody else can write.
 */
import { Worker, type WorkerOptions } from 'node:worker_threads'

const CACHE = new URL('../../node_modules/.cache/weir', import.meta.url)
/** Runs before any module of the thread, which an import in the thread's own entry would not. */
const BOOTSTRAP = `
  const { workerData } = require('node:worker_threads')
  const { fileURLToPath } = require('node:url')
  require('node:module').enableCompileCache(fileURLToPath(workerData.cache))
  import(workerData.entry)
`

/** `data` is found by the module as `workerData.data`. */
export function openThread(entry: URL, data: unknown, options: WorkerOptions): Worker {
  const workerData = { entry: entry.href, cache: CACHE.href, data }
  return new Worker(BOOTSTRAP, { ...options, eval: true, workerData })
}

/** A module beside this one, such as `thread`. */
export function threadEntry(name: string): URL {
  return new URL(import.meta.url.endsWith('.ts') ? `./${name}.ts` : `./${name}.js`, import.meta.url)
}
