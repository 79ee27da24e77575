/** CompiledRoute: one route with its matcher, its verdicts and its edits made ready. */
import {
  compileMatch,
  type Edit,
  type FilterContext,
  type Forward,
  forward,
  hint,
  type Match,
  type Reply,
  type Route,
  replyError,
} from '../../sdk/index.ts'
import { editsOf } from './edits.ts'
import type { RouteOptions } from './options.ts'

type Path = readonly (string | number)[]

export class CompiledRoute implements Route {
  readonly name: string
  readonly filterConfigs: Readonly<Record<string, unknown>>
  readonly match: Match
  readonly requestEdits: readonly Edit[]
  readonly responseEdits: readonly Edit[]
  /** The only verdict, or the first of several. */
  readonly #first: Forward | Reply
  readonly #shares: readonly Share[]
  readonly #weightSum: number
  readonly #random: () => number

  constructor(options: RouteOptions, index: number, context: FilterContext) {
    const path: Path = ['routes', index]
    this.name = options.name ?? `routes[${index}]`
    this.filterConfigs = options.filters ?? {}
    this.match = compileMatch(options.match, (at, text) => context.problem(at, text), [...path, 'match'])
    this.requestEdits = editsOf(options.request)
    this.responseEdits = editsOf(options.response)
    this.#shares = sharesOf(options, path, context)
    this.#weightSum = this.#shares.at(-1)?.upTo ?? 0
    this.#first = this.#shares[0]?.verdict ?? forward('')
    this.#random = () => context.random()
  }

  /** What happens to a request of this route: always the same object for the same cluster. */
  verdict(): Forward | Reply {
    if (this.#shares.length === 1) return this.#first
    const at = this.#random() * this.#weightSum
    for (const share of this.#shares) if (at < share.upTo) return share.verdict
    return this.#first
  }
}

/** A cluster's part of the range from 0 to the sum of the weights: it ends before `upTo`. */
interface Share {
  readonly upTo: number
  readonly verdict: Forward | Reply
}

function sharesOf(options: RouteOptions, path: Path, context: FilterContext): readonly Share[] {
  const { cluster, clusters, refuse, timeout } = options
  if ([cluster, clusters, refuse].filter((each) => each !== undefined).length !== 1) {
    context.problem(path, 'a route needs one of cluster, clusters and refuse')
  }
  if (refuse !== undefined) return [{ upTo: 1, verdict: replyError(refuse.error, refuse.text) }]
  if (cluster !== undefined) {
    return [{ upTo: 1, verdict: verdictFor(cluster, timeout, [...path, 'cluster'], context) }]
  }
  return clusters === undefined ? [] : weightedShares(clusters, timeout, path, context)
}

function weightedShares(
  clusters: NonNullable<RouteOptions['clusters']>,
  timeoutMs: number | undefined,
  path: Path,
  context: FilterContext,
): readonly Share[] {
  const shares: Share[] = []
  let sum = 0
  for (const [index, { name, weight }] of clusters.entries()) {
    const verdict = verdictFor(name, timeoutMs, [...path, 'clusters', index, 'name'], context)
    sum += weight
    if (weight > 0) shares.push({ upTo: sum, verdict })
  }
  if (sum === 0)
    context.problem([...path, 'clusters'], 'the weights add up to 0: no cluster would get a request')
  return shares
}

function verdictFor(
  name: string,
  timeoutMs: number | undefined,
  path: Path,
  context: FilterContext,
): Forward {
  const handle = context.cluster(name)
  if (handle === undefined) {
    context.problem(path, `no cluster is named "${name}"${hint(name, context.clusterNames)}`)
  } else if (handle.protocol !== undefined && handle.protocol !== context.protocol) {
    const text = `the cluster "${name}" speaks ${handle.protocol}, and this listener does not: only plugins can call it out`
    context.problem(path, text)
  }
  return forward(handle ?? name, timeoutMs)
}
