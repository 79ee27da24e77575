/**
 * The names of properties. A bare key is one of the frame's own where the frame has such a one, and an attachment
 * otherwise; `attachment.` in front always means the attachment, whatever its key.
 */

export const ATTACHMENT_PREFIX = 'attachment.'
/** The last unit of the prefix. */
const DOT = 0x2e

/** Properties that a request has besides its attachments, in wire order. */
export const REQUEST_KEYS = Object.freeze([
  'serialization',
  'dubbo',
  'interface',
  'path',
  'version',
  'method',
  'parameter-types',
  'conflict',
] as const)

/** Those of them that nothing but the request's head tells. */
export const HEAD_KEYS: ReadonlySet<string> = new Set<(typeof REQUEST_KEYS)[number]>([
  'dubbo',
  'interface',
  'path',
  'version',
  'method',
  'parameter-types',
])

/** Properties that a reply has besides its attachments. */
export const REPLY_KEYS = Object.freeze(['serialization', 'status', 'exception', 'error'] as const)

const requestKeys: ReadonlySet<string> = new Set(REQUEST_KEYS)
const replyKeys: ReadonlySet<string> = new Set(REPLY_KEYS)

/** The first unit of the property of a frame whose name has so many units; no two names are equally long. */
const requestInitials = initials(REQUEST_KEYS)
const replyInitials = initials(REPLY_KEYS)

/** Whether the key is surely an attachment's, of just that name; asked for every read and every edit. */
export function bareAttachment(key: string, ofRequest: boolean): boolean {
  const { length } = key
  const known = ofRequest ? requestInitials : replyInitials
  if (length > 10 && key.charCodeAt(10) === DOT) return false
  return length >= known.length || known[length] !== key.charCodeAt(0)
}

/** The key of the attachment that a property's name means; `undefined` when it means one of the frame's own. */
export function attachmentKey(key: string, ofRequest: boolean): string | undefined {
  if (bareAttachment(key, ofRequest)) return key
  if (key.startsWith(ATTACHMENT_PREFIX)) return key.slice(ATTACHMENT_PREFIX.length)
  return (ofRequest ? requestKeys : replyKeys).has(key) ? undefined : key
}

/** The name under which an attachment's key is read. */
export function propertyName(key: string, ofRequest: boolean): string {
  return attachmentKey(key, ofRequest) === key ? key : ATTACHMENT_PREFIX + key
}

function initials(names: readonly string[]): Uint8Array {
  const found = new Uint8Array(Math.max(...names.map((name) => name.length)) + 1)
  for (const name of names) found[name.length] = name.charCodeAt(0)
  return found
}
