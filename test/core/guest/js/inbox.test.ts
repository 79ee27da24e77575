import { describe, expect, test } from 'vitest'
import { childFrame } from '../../../../core/guest/js/child/child-frame.ts'
import { Inbox } from '../../../../core/guest/js/inbox.ts'
import { frame } from './lying-process.ts'

const KINDS = [childFrame.answers, childFrame.trap, childFrame.answers]

describe('Inbox', () => {
  /** Everything is read into one piece of memory, as the pipe does it. */
  test.each([1, 7, 16, 500, 20_000, 65_536])(
    'keeps what it needs of memory that is read into again, by %i bytes',
    (size) => {
      const sent = KINDS.map((kind, index) => frame(kind, index, 0, Buffer.alloc(30_000 + index, 97 + index)))
      const all = Buffer.concat([...sent, frame(childFrame.ready)])
      const found: Buffer[] = []
      const inbox = new Inbox(65_536, (bytes, at, end) => {
        found.push(Buffer.from(bytes.subarray(at, end)))
        return true
      })
      const memory = Buffer.alloc(size)
      for (let at = 0; at < all.length; at += size) {
        const read = all.copy(memory, 0, at, at + size)
        expect(inbox.add(memory.subarray(0, read))).toBe(true)
        memory.fill(0xee)
      }
      expect(Buffer.concat(found).equals(all)).toBe(true)
      expect(found.length).toBe(4)
    },
  )
})
