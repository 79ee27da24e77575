/** RecordingClient: begins a recording through the admin API of a weir that runs, and fetches from it. */

import { hint } from '../../../sdk/nearest.ts'
import type { RecordBatch } from '../../exchange/recorder.ts'
import type { AdminAnswer, CliHost } from '../host.ts'

export interface WantedRecording {
  readonly listener: string
  readonly redact: readonly string[]
  readonly frames: boolean
  readonly 'records-max': number
}

export class RecordingClient {
  readonly #admin: string
  readonly #host: CliHost
  #id = 0

  constructor(admin: string, host: CliHost) {
    this.#admin = admin
    this.#host = host
  }

  /** What the listener speaks; rejects with a sentence when there is no such listener. */
  async protocolOf(name: string): Promise<string> {
    const answer = await this.#host.askAdmin(this.#admin, 'GET', '/listeners')
    const listeners = listOf(answer.body, 'listeners')
    const found = listeners.find((listener) => textOf(listener, 'name') === name)
    if (found !== undefined) return textOf(found, 'protocol')
    if (listeners.length === 0) throw new Error('no listener serves yet; try again in a moment')
    const names = listeners.map((listener) => textOf(listener, 'name'))
    throw new Error(`there is no listener "${name}"${hint(name, names)}`)
  }

  async start(wanted: WantedRecording): Promise<void> {
    const body = await this.#ask('/recordings', wanted)
    if (!isStarted(body)) throw new Error('the admin API does not record; it is of an older weir')
    this.#id = body.id
  }

  async fetch(stop: boolean): Promise<RecordBatch> {
    const body = await this.#ask('/recordings/fetch', { id: this.#id, stop })
    if (!isBatch(body)) throw new Error('the admin API answered with something else than records')
    return body
  }

  async #ask(path: string, body: unknown): Promise<unknown> {
    const answer = await this.#host.askAdmin(this.#admin, 'POST', path, JSON.stringify(body))
    if (answer.status !== 200) throw new Error(problemOf(answer))
    return answer.body
  }
}

function problemOf({ status, body }: AdminAnswer): string {
  const text = textOf(body, 'message')
  return text === '' ? `the admin API answered with status ${status}` : text
}

function isStarted(body: unknown): body is { readonly id: number } {
  return typeof body === 'object' && body !== null && 'id' in body && typeof body.id === 'number'
}

function isBatch(body: unknown): body is RecordBatch {
  if (typeof body !== 'object' || body === null || !('dropped' in body)) return false
  return 'full' in body && 'records' in body && Array.isArray(body.records)
}

function listOf(body: unknown, key: string): readonly unknown[] {
  if (typeof body !== 'object' || body === null || !(key in body)) return []
  const value: unknown = Reflect.get(body, key)
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown, key: string): string {
  if (typeof value !== 'object' || value === null || !(key in value)) return ''
  return String(Reflect.get(value, key))
}
