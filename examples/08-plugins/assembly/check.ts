// Asks an HTTP service whether a user may call. 200 lets the call pass, with the role that the service answers.
import { call, Fault, Message, Metadata, Mutation, Resume, replyError, Verdict } from 'weir'

export function onRequest(metadata: Metadata, _mutation: Mutation): Verdict {
  const user = metadata.get('user')
  if (user == null) return Verdict.Continue
  return call('authz', new Message().add(':path', '/check').add('x-user', user.toString()), 1000)
}

export function onResume(_metadata: Metadata, mutation: Mutation, resume: Resume): Verdict {
  const answer = resume.answer
  if (answer == null) return replyError(Fault.Denied, 'nobody could be asked: ' + resume.text.toString())
  if (!answer.is(':status', '200')) {
    const reason = answer.get('x-reason')
    return replyError(Fault.Denied, reason == null ? 'refused' : reason.toString())
  }
  const role = answer.get('x-role')
  mutation.set('role', role == null ? 'none' : role.toString())
  return Verdict.Continue
}
