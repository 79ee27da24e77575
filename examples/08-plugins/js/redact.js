/** Hides an attachment of responses from callers. */
export const reads = []

export function onConfigure(config) {
  reads.push(config.key)
}

export function onResponse(metadata, mutation) {
  const { key } = metadata.config
  if (metadata.has(key)) mutation.set(key, '***')
}
