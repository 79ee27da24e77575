/** EnvOffers: the one function that AssemblyScript's own runtime imports, called when it gives up. */
import type { HostCall } from './host-call.ts'
import type { Offer } from './offer.ts'

/** Of a message, in UTF-16 units. */
const MESSAGE_UNITS_MAX = 200

export const envOffers: readonly Offer[] = [
  {
    module: 'env',
    name: 'abort',
    params: ['i32', 'i32', 'i32', 'i32'],
    results: [],
    grant: undefined,
    create: (call) => (message: number, file: number, line: number, column: number) => {
      const place = `${stringAt(call, file)}:${line}:${column}`
      return call.stop('unreachable', `aborted: ${stringAt(call, message)} at ${place}`)
    },
  },
]

/** A string of AssemblyScript: its size in bytes stands before it, then UTF-16. */
function stringAt(call: HostCall, pointer: number): string {
  const at = pointer >>> 0
  const size = at < 4 ? undefined : call.memory.u32(at - 4)
  if (size === undefined) return ''
  return call.memory.read(at, Math.min(size & ~1, MESSAGE_UNITS_MAX * 2))?.toString('utf16le') ?? ''
}
