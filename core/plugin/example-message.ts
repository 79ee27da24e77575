/** ExampleMessage: a request made of what an example says, for a filter that is tried before it goes live. */
import { Message, type PropertyReader } from '../../sdk/index.ts'
import type { ManifestExample } from './manifest.ts'

export function exampleMessage({ operation, properties, body }: ManifestExample['request']): Message {
  const bytes = Buffer.from(body)
  const reader: PropertyReader = {
    protocol: 'example',
    get: (_message, key) => (Object.hasOwn(properties, key) ? properties[key] : undefined),
    keys: () => Object.keys(properties),
    operation: () => operation,
    body: () => bytes,
  }
  const message = new Message('request', reader, bytes, 0, bytes.length, 0)
  message.idLow = 1
  message.origin = { listener: 'example', peer: '127.0.0.1:1' }
  return message
}
