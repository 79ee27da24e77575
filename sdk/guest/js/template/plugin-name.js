/** plugin-name: tells the service who called, and refuses who is banned. */

let banned = ''

/**
 * Called once, with the configuration. A sentence as the answer says what is wrong with it.
 * @type {weir.OnConfigure}
 */
export function onConfigure(config) {
  banned = String(config.banned ?? '')
}

/**
 * Called with every request; `mutation` changes what goes on to the service.
 * @type {weir.OnRequest}
 */
export function onRequest(metadata, mutation) {
  const caller = metadata.get('caller')
  if (caller !== undefined && caller === banned) {
    return reply({ error: 'denied', text: `${caller} may not call` })
  }
  mutation.set('plugin-name', caller ?? 'nobody')
}
