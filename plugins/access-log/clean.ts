/**
 * Values in lines come from callers: what could end a line, begin another, move a terminal's cursor or close a
 * quotation is written as an escape, and what is very long is cut.
 */

const VALUE_CHARS_MAX = 4_096

/** Control characters (C0, DEL, C1), line and paragraph separators, marks of direction, quotes and backslashes. */
const UNSAFE = /[\0-\x1f"\\\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g

/** A value as it may stand between quotation marks on one line. */
export function cleanValue(value: string): string {
  return cutValue(value).replace(UNSAFE, escaped)
}

/** A value of bearable length, in whole characters. */
export function cutValue(value: string): string {
  return value.length <= VALUE_CHARS_MAX ? value : `${value.slice(0, VALUE_CHARS_MAX).toWellFormed()}…`
}

function escaped(character: string): string {
  switch (character) {
    case '\n':
      return '\\n'
    case '\r':
      return '\\r'
    case '\t':
      return '\\t'
    case '"':
    case '\\':
      return `\\${character}`
    default: {
      const code = character.charCodeAt(0)
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
    }
  }
}
