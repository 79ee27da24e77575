/** Unsupported: a key that no declaration knows is a slip of the finger, or a part of Envoy that is not here. */
import type { Finding } from '../finding.ts'

/** Fields that look like slips, and are none. */
const NO_SLIPS = ['dynamic_resources', 'dynamicResources']

export function unsupported(finding: Finding): Finding {
  const { unknownKey, text } = finding
  if (unknownKey === undefined) return finding
  if (NO_SLIPS.includes(unknownKey)) return { ...finding, text: `not supported yet: "${unknownKey}"` }
  if (text.includes('did you mean')) return finding
  const known = text.slice(text.indexOf(';'))
  return { ...finding, text: `not supported yet: "${unknownKey}"${known.replace('; known', '; what is')}` }
}
