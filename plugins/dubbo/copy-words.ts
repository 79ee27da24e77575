/** Copies at least eight bytes eight at a time, for both buffers are there as views; the last word may begin within the one before it. */
export function copyWords(source: DataView, start: number, end: number, target: DataView, at: number): void {
  const last = end - 8
  let to = at
  for (let from = start; from < last; from += 8, to += 8)
    target.setBigInt64(to, source.getBigInt64(from, true), true)
  target.setBigInt64(at + last - start, source.getBigInt64(last, true), true)
}
