/** AreaEdits: what becomes of the pairs of one area when edits are applied in their order. */
import type { Edit } from '../mutation.ts'
import type { Area, AreaItem, Spans } from './area.ts'
import { SPAN } from './area.ts'

export class AreaEdits {
  readonly bytes: Buffer
  readonly spans: Spans
  items: AreaItem[] = []

  constructor(area: Area, bytes: Buffer, spans: Spans) {
    this.bytes = bytes
    this.spans = spans
    for (let span = 0; span < spans.length; span += SPAN) {
      const key = area.keyText(bytes, spans[span + 2] ?? 0, spans[span + 3] ?? 0)
      this.items.push({ span, key, text: undefined })
    }
  }

  apply(op: Edit['op'], key: string, text: string): void {
    if (op === 'remove') {
      this.items = this.items.filter((item) => item.key !== key)
      return
    }
    const first = op === 'set' ? this.items.findIndex((item) => item.key === key) : -1
    const known = this.items[first]
    if (known === undefined) {
      this.items.push({ span: -1, key, text })
      return
    }
    known.text = text
    this.items = this.items.filter((item, index) => index <= first || item.key !== key)
  }
}
