/** Difference: where a case came out other than expected; what was expected and what came, each as lines of text. */
import type { Message, Metadata, Mutation, Settled } from '../../../sdk/index.ts'
import type { ConfigPath } from '../../config/path.ts'
import type { Observed } from './filter-stage.ts'
import type { Expectation } from './test-options.ts'

export interface Difference {
  /** Such as `verdict`, or `property tag`. */
  readonly what: string
  readonly expected: readonly string[]
  readonly got: readonly string[]
  /** Where the expectation stands, from the case on. */
  readonly path: ConfigPath
}

type Said = Pick<Expectation, 'logs' | 'counters' | 'failure'>

/** Everything that differs; `message` is as the phase left it. */
export function differences(
  expect: Expectation,
  observed: Observed,
  message: Message,
  path: ConfigPath,
): readonly Difference[] {
  const said = saidDifferences(expect, observed, path)
  // Whoever expects a failure need not say what becomes of the message.
  if (expect.failure !== undefined && expect.verdict === undefined && expect.error === undefined) return said
  return [
    ...said,
    ...verdictDifferences(expect, observed.verdict, path),
    ...propertyDifferences(expect, message, path),
    ...mutationDifferences(expect, observed.mutation, path),
    ...bodyDifferences(expect, message, path),
  ]
}

/** What phases without a verdict may be asked about. */
export function saidDifferences(expect: Said, observed: Observed, path: ConfigPath): readonly Difference[] {
  const { logs, counters = {} } = expect
  const found = failureDifferences(expect.failure, observed, path)
  if (logs !== undefined && !sameLines(logs, observed.logs))
    found.push({ what: 'logs', expected: logs, got: observed.logs, path: [...path, 'logs'] })
  for (const [name, count] of Object.entries(counters)) {
    const got = observed.counters.get(name) ?? 0
    if (got === count) continue
    found.push({
      what: `counter ${name}`,
      expected: [String(count)],
      got: [String(got)],
      path: [...path, 'counters', name],
    })
  }
  return found
}

function failureDifferences(
  wanted: string | undefined,
  { failures, logs }: Pick<Observed, 'failures' | 'logs'>,
  path: ConfigPath,
): Difference[] {
  const [failure] = failures
  if (wanted === undefined && failure === undefined) return []
  if (wanted !== undefined && failure?.includes(wanted) === true) return []
  const expected = wanted === undefined ? ['(no failure)'] : [wanted]
  // What it said may say why: a language that panics writes that to the log.
  const words = logs.map((line) => `log ${line}`)
  const got = failure === undefined ? ['(no failure)'] : [...failure.split('\n'), ...words]
  return [{ what: 'failure', expected, got, path: [...path, 'failure'] }]
}

/** A line without a level is expected at any. */
function sameLines(expected: readonly string[], got: readonly string[]): boolean {
  if (expected.length !== got.length) return false
  return expected.every((line, index) => got[index] === line || got[index]?.replace(/^\w+ /, '') === line)
}

function verdictDifferences(expect: Expectation, verdict: Settled, path: ConfigPath): readonly Difference[] {
  const expected = expectedVerdict(expect)
  const got = verdictLines(verdict, expect)
  return expected.join('\n') === got.join('\n')
    ? []
    : [{ what: 'verdict', expected, got, path: [...path, 'verdict'] }]
}

function expectedVerdict(expect: Expectation): readonly string[] {
  const { error, text, cluster, reply } = expect
  const implied =
    error !== undefined || text !== undefined || reply !== undefined
      ? 'reply'
      : cluster === undefined
        ? 'continue'
        : 'forward'
  const word = expect.verdict ?? implied
  const parts = [word, error, cluster === undefined ? undefined : `to ${cluster}`]
  return [
    parts.filter((part) => part !== undefined).join(' '),
    ...(text === undefined ? [] : [`text ${shown(text)}`]),
    ...Object.entries(reply?.properties ?? {}).map(([key, value]) => `${key} = ${shown(value)}`),
    ...(reply?.body === undefined ? [] : [`body ${shown(reply.body)}`]),
  ]
}

/** The verdict, in as much detail as is asked for. */
function verdictLines(verdict: Settled, expect: Expectation): readonly string[] {
  if (typeof verdict === 'string') return [verdict]
  if (verdict.verdict === 'forward') {
    const { cluster } = verdict
    const name = typeof cluster === 'string' ? cluster : cluster.name
    return [expect.verdict === 'forward' && expect.cluster === undefined ? 'forward' : `forward to ${name}`]
  }
  const { error, reply } = verdict
  if (error !== undefined) {
    const bare = expect.verdict === 'reply' && expect.error === undefined
    const head = bare ? 'reply' : `reply ${error.kind}`
    // The text says why a verdict came that nobody expected.
    const told = expect.text !== undefined || !wantsReply(expect)
    return [head, ...(told ? [`text ${shown(error.text)}`] : [])]
  }
  const wanted = Object.keys(expect.reply?.properties ?? {})
  const properties = (reply?.properties ?? []).filter(([key]) => wanted.includes(key))
  return [
    'reply',
    ...properties.map(([key, value]) => `${key} = ${shown(value)}`),
    ...(expect.reply?.body === undefined ? [] : [`body ${shown(reply?.body?.toString() ?? '')}`]),
  ]
}

function wantsReply({ verdict, error, text, reply }: Expectation): boolean {
  return verdict === 'reply' || error !== undefined || text !== undefined || reply !== undefined
}

function propertyDifferences(
  expect: Expectation,
  message: Metadata,
  path: ConfigPath,
): readonly Difference[] {
  return Object.entries(expect.properties ?? {}).flatMap(([key, wanted]) => {
    const values = message.getAll(key)
    const got = values.length === 0 ? ['(not there)'] : values.map(shown)
    const expected = wanted === null ? ['(not there)'] : [wanted].flat().map(shown)
    if (expected.join('\n') === got.join('\n')) return []
    return [{ what: `property ${key}`, expected, got, path: [...path, 'properties', key] }]
  })
}

function mutationDifferences(
  expect: Expectation,
  mutation: Mutation,
  path: ConfigPath,
): readonly Difference[] {
  if (expect.mutation === undefined) return []
  const expected = expect.mutation.flatMap((edit) => {
    if ('set' in edit) return Object.entries(edit.set).map(([key, value]) => `set ${key} = ${shown(value)}`)
    if ('add' in edit) return Object.entries(edit.add).map(([key, value]) => `add ${key} = ${shown(value)}`)
    return 'remove' in edit ? [`remove ${edit.remove}`] : [`body = ${shown(edit.body)}`]
  })
  const got = mutationLines(mutation)
  if (expected.join('\n') === got.join('\n')) return []
  return [{ what: 'mutation', expected, got, path: [...path, 'mutation'] }]
}

/** The edits as people read them. */
export function mutationLines(mutation: Mutation): readonly string[] {
  const edits = mutation.edits.map(({ op, key, value }) =>
    op === 'remove' ? `remove ${key}` : `${op} ${key} = ${shown(value)}`,
  )
  return mutation.newBody === undefined ? edits : [...edits, `body = ${shown(mutation.newBody.toString())}`]
}

function bodyDifferences(expect: Expectation, message: Metadata, path: ConfigPath): readonly Difference[] {
  const got = expect.body === undefined ? '' : message.body.toString()
  if (expect.body === undefined || got === expect.body) return []
  return [{ what: 'body', expected: [shown(expect.body)], got: [shown(got)], path: [...path, 'body'] }]
}

function shown(value: string): string {
  return JSON.stringify(value)
}
