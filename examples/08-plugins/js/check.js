/** Asks an HTTP service whether a user may call. 200 lets the call pass, with the role that the service answers. */
export function onRequest(metadata) {
  const user = metadata.get('user')
  if (user === undefined) return
  return call('authz', { properties: { ':path': '/check', 'x-user': user } }, 1000)
}

export function onResume(_metadata, mutation, resume) {
  const answer = resume.response
  if (!answer) return reply({ error: 'denied', text: `nobody could be asked: ${resume.text}` })
  if (answer.get(':status') !== '200') {
    return reply({ error: 'denied', text: answer.get('x-reason') ?? 'refused' })
  }
  mutation.set('role', answer.get('x-role') ?? 'none')
}
