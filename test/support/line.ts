/**
 * Line: one frame of the text protocol that tests speak, as scripted peers read and write it.
 *
 * ```
 * protocol SP kind SP id *( SP key "=" value ) [ "|" body ] LF        id: decimal, or "-" where there is none
 * ```
 */

export interface Line {
  readonly kind: string
  readonly id: string
  readonly properties: Readonly<Record<string, string>>
  readonly body: string
}

export function parseLine(text: string): Line {
  const bar = text.indexOf('|')
  const [, kind = '', id = '', ...pairs] = (bar < 0 ? text : text.slice(0, bar)).split(' ')
  const properties = Object.fromEntries(pairs.map(splitPair))
  return { kind, id, properties, body: bar < 0 ? '' : text.slice(bar + 1) }
}

/** The frame without its protocol and line feed. */
export function formatLine(
  kind: string,
  id: string | number | bigint,
  properties: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const pairs = Object.entries(properties).map(([key, value]) => ` ${key}=${value}`)
  return `${kind} ${id}${pairs.join('')}${body === '' ? '' : `|${body}`}`
}

function splitPair(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
}
