// Hides an attachment of responses from callers.
import { Config, Metadata, Mutation, reads } from 'weir'

const keys: string[] = []

export function onConfigure(config: Config): void {
  const key = config.get('key')!
  reads(key)
  keys.push(key)
}

export function onResponse(metadata: Metadata, mutation: Mutation): void {
  const key = keys[metadata.config]
  if (metadata.has(key)) mutation.set(key, '***')
}
