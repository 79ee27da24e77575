/** VectorCases: the requests of the golden vectors, of which each declared key is copied. */
import { hexText, vectors } from '../core/guest/vectors.ts'
import type { ConformanceCase } from './cases.ts'

export const vectorCases: readonly ConformanceCase[] = vectors.blocks
  .filter(({ phase }) => phase === 'request')
  .flatMap(({ name, messages }) =>
    (messages ?? []).slice(0, 1).map(({ metadata, reads }) => {
      const properties = metadata.properties ?? []
      const { kind, operation, listener, peer, protocol } = metadata
      const edits = reads.keys.flatMap((key) => {
        const to = Buffer.from(`to-${key}`).toString('hex')
        const values = properties.find(([name]) => name === key)?.[1] ?? []
        return values.map((value, index) => [index === 0 ? 'set' : 'add', to, value])
      })
      return {
        name: `the golden vector "${name}"`,
        script: {
          reads: reads.keys,
          request: reads.keys.map((key) => ['copy', key, `to-${key}`] as const),
        },
        request: {
          ...{ kind, operation, listener, peer, protocol },
          properties: Object.fromEntries(properties.map(([key, values]) => [key, values.map(hexText)])),
        },
        expected: { request: { edits } },
      }
    }),
  )
