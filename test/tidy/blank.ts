/**
 * Blank: a TypeScript text with its comments and the insides of its texts replaced by spaces, so that rules about
 * code see only code. Lines and columns stay where they were. What a template holds in `${…}` is code.
 */

/** A slash after one of these begins a regular expression, otherwise it divides. */
const BEFORE_REGEX =
  /(?:^|[([{,;:=!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|do|else|void|throw|await))\s*$/

type Piece = 'code' | 'comment' | 'text'

export function blank(source: string): string {
  return pieces(source)
    .map(({ kind, text }) => (kind === 'code' ? text : text.replace(/[^\n]/g, ' ')))
    .join('')
}

/** The text with only its comments blanked. */
export function withoutComments(source: string): string {
  return pieces(source)
    .map(({ kind, text }) => (kind === 'comment' ? text.replace(/[^\n]/g, ' ') : text))
    .join('')
}

/** The comments alone, in order. */
export function comments(source: string): readonly string[] {
  return pieces(source).flatMap(({ kind, text }) => (kind === 'comment' ? [text] : []))
}

function pieces(source: string): readonly { readonly kind: Piece; readonly text: string }[] {
  const found: { kind: Piece; text: string }[] = []
  /** For each open template, how many braces of code are open inside its `${`. */
  const templates: number[] = []
  let at = 0
  let code = ''
  const push = (kind: Piece, end: number): void => {
    found.push({ kind, text: source.slice(at, end) })
    at = end
  }
  while (at < source.length) {
    const begin = at
    const char = source[at]
    const two = source.slice(at, at + 2)
    if (two === '//') push('comment', endOf(source, '\n', at))
    else if (two === '/*') push('comment', endOf(source, '*/', at + 2) + 2)
    else if (char === "'" || char === '"') {
      push('code', at + 1)
      push('text', textEnd(source, at, char))
      push('code', at + 1)
    } else if (char === '/' && BEFORE_REGEX.test(code)) push('text', regexEnd(source, at + 1))
    else if (char === '`' || (char === '}' && templates.at(-1) === 0)) {
      if (char === '}') templates.pop()
      push('code', at + 1)
      push('text', templateEnd(source, at))
      if (source[at] === '$') templates.push(0)
      push('code', at + (source[at] === '$' ? 2 : 1))
    } else {
      const open = templates.length - 1
      if (open >= 0 && char === '{') templates[open] = (templates[open] ?? 0) + 1
      if (open >= 0 && char === '}') templates[open] = (templates[open] ?? 0) - 1
      push('code', at + 1)
    }
    const last = found.at(-1)
    if (last?.kind === 'code') code = (code + source.slice(begin, at)).slice(-20)
    else if (last?.kind === 'text') code = `${code}0`.slice(-20)
  }
  return found
}

function endOf(source: string, mark: string, from: number): number {
  const end = source.indexOf(mark, from)
  return end === -1 ? source.length : end
}

/** Where the closing quote stands; a line break ends an unclosed text. */
function textEnd(source: string, from: number, quote: string): number {
  let at = from
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1
  return at
}

function regexEnd(source: string, from: number): number {
  let inClass = false
  for (let at = from; at < source.length; at++) {
    const char = source[at]
    if (char === '\n') return at
    if (char === '\\') at++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) return at + 1
  }
  return source.length
}

/** Where the template ends, or where code begins in it. */
function templateEnd(source: string, from: number): number {
  let at = from
  while (at < source.length && source[at] !== '`' && source.slice(at, at + 2) !== '${') {
    at += source[at] === '\\' ? 2 : 1
  }
  return at
}
