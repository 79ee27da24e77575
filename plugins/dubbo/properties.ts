/**
 * The names of properties. A bare key is one of the frame's own where the frame has such a one, and an attachment
 * otherwise; `attachment.` in front always means the attachment, whatever its key.
 */

export const ATTACHMENT_PREFIX = 'attachment.'

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

/** Properties that a reply has besides its attachments. */
export const REPLY_KEYS = Object.freeze(['serialization', 'status', 'exception', 'error'] as const)

const requestKeys: ReadonlySet<string> = new Set(REQUEST_KEYS)
const replyKeys: ReadonlySet<string> = new Set(REPLY_KEYS)

/** The key of the attachment that a property's name means; `undefined` when it means one of the frame's own. */
export function attachmentKey(key: string, ofRequest: boolean): string | undefined {
  // The tenth unit is looked at first: this runs once for every read.
  if (key.charCodeAt(10) === 0x2e && key.startsWith(ATTACHMENT_PREFIX))
    return key.slice(ATTACHMENT_PREFIX.length)
  return (ofRequest ? requestKeys : replyKeys).has(key) ? undefined : key
}

/** The name under which an attachment's key is read. */
export function propertyName(key: string, ofRequest: boolean): string {
  return attachmentKey(key, ofRequest) === key ? key : ATTACHMENT_PREFIX + key
}
