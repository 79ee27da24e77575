/**
 * Attachments: where the map of attachments lies in one message's body and where each of its entries does, as
 * offsets in the message's bytes. It holds positions only; what the bytes mean is their format's business.
 */
import { INDEXED_ATTACHMENTS_MIN } from './limits.ts'
import { RequestHead } from './request-head.ts'

/** Where the map lies. */
export interface MapBounds {
  /** With its size where the format writes one in front. Equal to `end` where there is no map. */
  readonly at: number
  readonly end: number
  /** Where the mark that ends the map lies; -1 when there is no map, or null in its place. */
  readonly closeAt: number
}

/** What a reply's body begins with (Dubbo protocol, "Response"): 0 to 2 without attachments, 3 to 5 with them. */
export interface ResultForm {
  readonly form: number
  readonly at: number
  readonly end: number
}

export const FORM_NULL = 2
export const FORM_WITH_ATTACHMENTS = 3
export const FORM_MAX = 5

/** Whether the form says that the value is an exception of the business. */
export function exceptionForm(form: number): boolean {
  return form === 0 || form === FORM_WITH_ATTACHMENTS
}

/** Tells the key that stands between two offsets, if it is a text. */
interface KeyTexts {
  keyText(bytes: Buffer, at: number, end: number): string | undefined
}

export class Attachments {
  /** The head of a request, the form of a reply; one of them is there. */
  readonly head: RequestHead | undefined
  readonly form: ResultForm | undefined
  readonly bounds: MapBounds
  /** Three offsets an entry: its key, its value, and what follows. */
  readonly spans: readonly number[]
  /** The places of entries in the spans, by their keys. */
  #index: ReadonlyMap<string, readonly number[]> | undefined = undefined

  constructor(of: RequestHead | ResultForm, bounds: MapBounds, spans: readonly number[]) {
    this.head = of instanceof RequestHead ? of : undefined
    this.form = of instanceof RequestHead ? undefined : of
    this.bounds = bounds
    this.spans = spans
  }

  /** Whether keys are better looked up. */
  get many(): boolean {
    return this.spans.length >= INDEXED_ATTACHMENTS_MIN * 3
  }

  /** The places in the spans of the entries that have this key. */
  placesOf(key: string, bytes: Buffer, texts: KeyTexts): readonly number[] {
    this.#index ??= indexOf(this.spans, bytes, texts)
    return this.#index.get(key) ?? NOWHERE
  }
}

const NOWHERE: readonly number[] = Object.freeze([])

function indexOf(
  spans: readonly number[],
  bytes: Buffer,
  texts: KeyTexts,
): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>()
  for (let place = 0; place < spans.length; place += 3) {
    const key = texts.keyText(bytes, spans[place] ?? 0, spans[place + 1] ?? 0)
    if (key === undefined) continue
    const known = index.get(key)
    if (known === undefined) index.set(key, [place])
    else known.push(place)
  }
  return index
}
