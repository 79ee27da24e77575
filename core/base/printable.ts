/**
 * Printable: a stranger's text as lines that no terminal obeys. Line breaks stay, for whoever shows lines below each
 * other; every other control character, and what turns the direction of writing, is written out.
 */

const UNPRINTABLE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

export function printable(text: string, charactersMax: number): string {
  const short = text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text
  return short
    .toWellFormed()
    .replaceAll(/\r\n/g, '\n')
    .replaceAll('\t', '  ')
    .replaceAll(UNPRINTABLE, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
