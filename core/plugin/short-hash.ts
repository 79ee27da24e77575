/** ShortHash: a plugin's hash as people and the admin API see it: long enough to tell versions apart. */
const DIGITS = 16

export function shortHash(hash: string): string {
  return hash.slice(0, DIGITS)
}
