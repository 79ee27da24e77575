/** Refuses calls that carry a value, with the protocol's own error. */
export const reads = []

export function onConfigure(config) {
  reads.push(config.key)
}

export function onRequest(metadata) {
  const { key, value } = metadata.config
  if (metadata.get(key) === value) {
    return reply({ error: 'denied', text: `nobody with ${key}=${value} may call` })
  }
}
