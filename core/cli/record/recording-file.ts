/**
 * RecordingFile: recorded exchanges as lines of JSON: the first says what was recorded, each other line is an exchange
 * with its frames in base64. A file that was cut off is read up to its last whole line.
 */
import type { CallRecord } from '../../exchange/call-record.ts'

export const recordingVersion = 1

export interface RecordingHead {
  readonly weirrec: number
  readonly listener: string
  readonly protocol: string
  readonly redacted: readonly string[]
}

export interface RecordingContent {
  readonly head: RecordingHead
  readonly records: readonly CallRecord[]
}

export function recordLine(value: RecordingHead | CallRecord): string {
  return `${JSON.stringify(value)}\n`
}

/** Throws a sentence that names the line. */
export function readRecording(text: string, file: string): RecordingContent {
  const [first = '', ...lines] = text.split('\n')
  const head = parsed(first)
  if (!isHead(head)) throw new Error(`${file} is no recording of weir`)
  if (head.weirrec > recordingVersion)
    throw new Error(`${file} is of version ${head.weirrec}, this weir reads ${recordingVersion}`)
  // What stands behind the last line feed is a line that was not finished.
  const records = lines.slice(0, -1).map((line, index) => {
    const record = parsed(line)
    if (!isRecord(record)) throw new Error(`${file}:${index + 2}: this line is no record`)
    return record
  })
  return { head, records }
}

/** An exchange that was answered with an error, by the service or by the proxy, or not at all. */
export function failed({ result, error, responseKind }: CallRecord): boolean {
  return error !== '' || responseKind === 'error' || result === 'error' || result === 'dropped'
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function isHead(value: unknown): value is RecordingHead {
  return hasTexts(value, ['listener', 'protocol']) && typeof value['weirrec'] === 'number'
}

function isRecord(value: unknown): value is CallRecord {
  if (!hasTexts(value, TEXTS)) return false
  return isFrame(value['request']) && isFrame(value['response']) && typeof value['atMs'] === 'number'
}

const TEXTS = ['kind', 'id', 'operation', 'result', 'responseKind', 'error', 'errorText', 'protocol', 'peer']

function isFrame(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

function hasTexts(value: unknown, keys: readonly string[]): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  return keys.every((key) => key in value && typeof Reflect.get(value, key) === 'string')
}
