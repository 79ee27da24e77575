/**
 * Cells: reading and writing single numbers of the arrays that threads share. The callers compute offsets from
 * layouts that they own, so nothing here checks bounds; this is the only file of the folder that asserts so.
 */

/** A double. Aligned doubles are not torn on the machines that Node runs on, whoever writes them. */
export function readCell(cells: Float64Array, at: number): number {
  return cells[at]!
}

/** Adds to a double that only this thread writes. */
export function addToCell(cells: Float64Array, at: number, difference: number): void {
  cells[at] = cells[at]! + difference
}

/** A number that only this thread writes, or whose staleness does no harm. */
export function readInt(ints: Int32Array, at: number): number {
  return ints[at]!
}
