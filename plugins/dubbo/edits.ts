/**
 * Applies a mutation's edits to a body: the strings of a request's head, and attachments in both directions.
 * Everything that no edit names stays byte for byte. Nothing is written here; the answer is a plan or a problem.
 */
import type { Edit, EncodeProblem, Message } from '../../sdk/index.ts'
import { AttachmentEdits } from './attachment-edits.ts'
import { Attachments, FORM_WITH_ATTACHMENTS, type ResultForm } from './attachments.ts'
import type { BodyFormat } from './body-format.ts'
import { BodyPlan } from './body-plan.ts'
import { attachmentKey } from './properties.ts'
import { RequestHead } from './request-head.ts'

/** The new texts of a head's strings; what is `undefined` stays. */
interface HeadEdits {
  dubbo: string | undefined
  path: string | undefined
  version: string | undefined
  method: string | undefined
}

/** Plans the body that the edits make of the message's. */
export function planEdits(
  message: Message,
  format: BodyFormat,
  edits: readonly Edit[],
): BodyPlan | EncodeProblem {
  const known = message.parts instanceof Attachments ? message.parts : undefined
  const of = known?.head ?? known?.form ?? beginningOf(message, format, edits)
  if (typeof of === 'string') return of
  const headEdits: HeadEdits = { dubbo: undefined, path: undefined, version: undefined, method: undefined }
  const located = known ?? format.attachments(message, of)
  // The provider lets attachments overrule the head, so that a head cannot be changed without seeing them.
  if (typeof located === 'string') return refuse(edits[0], located)
  const attachments = new AttachmentEdits(message, format, located)
  for (const edit of edits) {
    const key = attachmentKey(edit.key, of instanceof RequestHead)
    const problem = key === undefined ? applyToHead(headEdits, attachments, edit) : undefined
    if (problem !== undefined) return problem
    if (key !== undefined) applyToAttachments(attachments, edit, key)
  }
  const stuck = attachments.stuck
  if (stuck !== undefined) {
    return `"${stuck}" cannot be changed: it holds an object and attachments behind it hold some, too`
  }
  const plan = new BodyPlan(format)
  let at = message.start + message.headerSize
  if (of instanceof RequestHead) at = planHead(plan, format, of, headEdits, at)
  else if (attachments.opensMap && of.form < FORM_WITH_ATTACHMENTS) {
    plan.copy(at, of.at)
    format.planForm(plan, of.form + FORM_WITH_ATTACHMENTS)
    at = of.end
  }
  at = attachments.plan(plan, at)
  plan.copy(at, message.end)
  return plan
}

function beginningOf(
  message: Message,
  format: BodyFormat,
  edits: readonly Edit[],
): RequestHead | ResultForm | EncodeProblem {
  switch (message.kind) {
    case 'request':
    case 'oneway': {
      const head = message.parts instanceof RequestHead ? message.parts : format.head(message)
      return typeof head === 'string' ? refuse(edits[0], head) : head
    }
    case 'response': {
      const form = format.form(message)
      return typeof form === 'string' ? refuse(edits[0], form) : form
    }
    case 'error':
      return refuse(edits[0], `a reply of status ${message.status} is a text and has no attachments`)
    default:
      return refuse(edits[0], `a message of kind ${message.kind} has no properties`)
  }
}

function applyToHead(head: HeadEdits, attachments: AttachmentEdits, edit: Edit): EncodeProblem | undefined {
  if (edit.op === 'add') return `"${edit.key}" cannot be added: a message has one`
  switch (edit.key) {
    case 'interface':
    case 'path':
      if (edit.op === 'remove') break
      head.path = edit.value
      attachments.replace('path', edit.value)
      attachments.replace('interface', edit.value)
      return undefined
    case 'version':
      head.version = edit.value
      if (edit.op === 'remove') attachments.remove('version')
      else attachments.replace('version', edit.value)
      return undefined
    case 'method':
      if (edit.op === 'remove') break
      head.method = edit.value
      return undefined
    case 'dubbo':
      if (edit.op === 'remove') break
      head.dubbo = edit.value
      attachments.replace('dubbo', edit.value)
      return undefined
  }
  return `"${edit.key}" cannot be ${edit.op === 'set' ? 'set' : 'removed'}: it follows from the rest of the message`
}

function applyToAttachments(attachments: AttachmentEdits, edit: Edit, key: string): void {
  switch (edit.op) {
    case 'set':
      attachments.set(key, edit.value)
      break
    case 'add':
      attachments.add(key, edit.value)
      break
    case 'remove':
      attachments.remove(key)
      break
  }
}

function planHead(
  plan: BodyPlan,
  format: BodyFormat,
  head: RequestHead,
  edits: HeadEdits,
  body: number,
): number {
  const { pathAt, versionAt, methodAt, typesAt } = head.offsets
  let at = planPart(plan, format, edits.dubbo, body, body, body + pathAt)
  at = planPart(plan, format, edits.path, at, body + pathAt, body + versionAt)
  at = planPart(plan, format, edits.version, at, body + versionAt, body + methodAt)
  return planPart(plan, format, edits.method, at, body + methodAt, body + typesAt)
}

/** Plans the body from `from` up to the end of a string that changes; answers where the rest begins. */
function planPart(
  plan: BodyPlan,
  format: BodyFormat,
  text: string | undefined,
  from: number,
  start: number,
  end: number,
): number {
  if (text === undefined) return from
  plan.copy(from, start)
  format.planText(plan, text)
  return end
}

function refuse(edit: Edit | undefined, why: string): EncodeProblem {
  if (edit === undefined) return why
  return `"${edit.key}" cannot be ${edit.op === 'set' ? 'set' : edit.op === 'add' ? 'added' : 'removed'}: ${why}`
}
