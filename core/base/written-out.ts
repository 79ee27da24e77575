/**
 * WrittenOut: a text with its control characters, what turns the direction of writing, and halves of characters written
 * as escapes, so that no terminal obeys it and no line of a log is broken by it.
 */
const UNPRINTABLE = /[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu

export function writtenOut(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
