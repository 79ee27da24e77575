/** The attack catalogue in JavaScript against a whole proxy: a process may be lost, the proxy's is not. */
import { afterAll, beforeAll, describe, test } from 'vitest'
import { jsAttacks } from '../core/guest/js/attacks.ts'
import { Containment } from './containment.ts'
import type { HostilePlugin } from './hostile-plugin.ts'

const inRequests = (body: string) => `export function onRequest(metadata, mutation) {\n${body}\n}\n`

function plugins(
  fate: HostilePlugin['fate'],
  items: readonly (readonly [name: string, source: string])[],
): readonly HostilePlugin[] {
  return items.map(([name, source]) => ({
    name,
    bytes: fate === 'refused' ? Buffer.from(source, 'latin1') : inRequests(source),
    fate,
  }))
}

const hostile: readonly HostilePlugin[] = [
  ...plugins('trapped', jsAttacks.requests),
  ...plugins('refused', jsAttacks.files),
  ...plugins('harmless', jsAttacks.harmless),
]

describe('a hostile plugin in JavaScript', () => {
  let containment: Containment
  beforeAll(async () => {
    containment = await Containment.start({
      kind: 'js',
      good: (value) => inRequests(`mutation.set("tag", "${value}")`),
      // The process of a plugin may be stuck; the exchange waits for what becomes of it.
      pauseTimeout: '60s',
      settings: 'fuel: 100000000',
    })
  })
  afterAll(() => containment.stop())

  test.each(hostile)('$name: is $fate, and nothing else happens', (plugin) => containment.suffer(plugin))
})
