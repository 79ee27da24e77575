/** FindingList: what was found, each thing once for each vector, bounded whatever a codec does. */
import { type Finding, type FindingCode, findingTable, type Mark } from './finding.ts'

const FINDINGS_MAX = 500
const BYTES_MAX = 1_024
const TEXT_UNITS_MAX = 600

export interface Found {
  readonly vector?: string
  readonly text: string
  readonly bytes?: Uint8Array
  readonly marks?: readonly Mark[]
}

export class FindingList {
  readonly #findings = new Map<string, Finding>()

  get all(): readonly Finding[] {
    return [...this.#findings.values()]
  }

  add(code: FindingCode, { vector = '', text, bytes = NO_BYTES, marks = [] }: Found): void {
    const known = this.#findings.get(`${code} ${vector}`)
    if (known !== undefined) {
      known.count++
      return
    }
    if (this.#findings.size >= FINDINGS_MAX) return
    this.#findings.set(`${code} ${vector}`, {
      code,
      vector,
      offset: marks[0]?.at ?? -1,
      text: text.slice(0, TEXT_UNITS_MAX),
      fix: findingTable[code],
      bytes: Uint8Array.from(bytes.subarray(0, BYTES_MAX)),
      marks,
      count: 1,
    })
  }
}

const NO_BYTES = new Uint8Array()
