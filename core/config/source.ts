/**
 * ConfigSource: the text of a configuration file, read as YAML 1.2 with its positions kept. Text is hostile until
 * it is read: its size, its depth and what its aliases expand to are bounded here.
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml'
import { type ConfigPath, pathText } from './path.ts'
import type { ConfigProblem } from './problem.ts'
import { configSizeMax } from './read.ts'

/** Maps and lists inside each other. */
const NESTING_MAX = 64
/** How often aliases may repeat what an anchor holds, counted with what it holds itself. */
const ALIAS_EXPANSION_MAX = 100

/** Whether a problem is shown at the key of what its path names, or at the value. */
export type Anchor = 'key' | 'value'

interface Found {
  readonly key: Node | undefined
  readonly value: Node | undefined
}

export class ConfigSource {
  readonly file: string
  readonly text: string
  /** The document as plain data; `undefined` when the text could not be read at all. */
  readonly value: unknown
  /** What is wrong with the text itself. */
  readonly problems: readonly ConfigProblem[]
  /** Those of the problems that are keys which stand twice; the last one counts in {@link value}. */
  readonly doubled: readonly ConfigProblem[]
  readonly #lines = new LineCounter()
  readonly #root: Node | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
    const problems: ConfigProblem[] = []
    const doubled: ConfigProblem[] = []
    this.problems = problems
    this.doubled = doubled
    const document = this.#parse(problems, doubled)
    this.#root = document?.contents ?? undefined
    this.value = document === undefined ? undefined : this.#plain(document, problems)
  }

  /** A problem with what stands at a path, or as near to it as the file goes. */
  problem(path: ConfigPath, text: string, anchor: Anchor = 'value'): ConfigProblem {
    return this.#problemAt(this.#offset(path, anchor), path, text)
  }

  #parse(problems: ConfigProblem[], doubled: ConfigProblem[]): Document | undefined {
    if (Buffer.byteLength(this.text) > configSizeMax) {
      problems.push(this.#problemAt(0, [], `the file is larger than ${configSizeMax} bytes`))
      return undefined
    }
    const document = parseDocument(this.text, {
      lineCounter: this.#lines,
      stringKeys: true,
      prettyErrors: false,
      logLevel: 'error',
    })
    for (const fault of [...document.errors, ...document.warnings]) {
      const problem = this.#problemAt(fault.pos[0], [], faultText(fault.code, fault.message))
      problems.push(problem)
      if (fault.code === 'DUPLICATE_KEY') doubled.push(problem)
    }
    // A doubled key leaves a document that can be checked further; other faults leave a guess.
    if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return undefined
    const root = document.contents
    if (root === null) {
      problems.push(this.#problemAt(0, [], 'the file is empty: it needs listeners and clusters'))
      return undefined
    }
    return this.#checkNodes(root, problems) ? document : undefined
  }

  /** Refuses what is too deep, aliases without an anchor, and keys that mean something to the engine. */
  #checkNodes(root: Node, problems: ConfigProblem[]): boolean {
    const before = problems.length
    const anchors = new Set<string>()
    visit(root, {
      Node: (_key, node, ancestors) => {
        if (ancestors.filter(isCollection).length > NESTING_MAX) {
          problems.push(this.#problemAt(startOf(node), [], `nested deeper than ${NESTING_MAX} levels`))
          return visit.BREAK
        }
        if (isAlias(node) && !anchors.has(node.source)) {
          problems.push(this.#problemAt(startOf(node), [], `alias *${node.source} has no anchor before it`))
        }
        if (isAlias(node) && ancestors.some((above) => isNode(above) && anchorOf(above) === node.source)) {
          problems.push(
            this.#problemAt(startOf(node), [], `alias *${node.source} stands inside its own anchor`),
          )
        }
        const anchor = anchorOf(node)
        if (anchor !== undefined) anchors.add(anchor)
        return undefined
      },
      Pair: (_key, pair) => {
        if (isScalar(pair.key) && pair.key.value === '__proto__') {
          problems.push(this.#problemAt(startOf(pair.key), [], 'the key __proto__ is not allowed'))
        }
      },
    })
    return problems.length === before
  }

  #plain(document: Document, problems: ConfigProblem[]): unknown {
    try {
      return document.toJS({ maxAliasCount: ALIAS_EXPANSION_MAX })
    } catch {
      // The only failure left after the checks above: what aliases expand to is bounded while it is expanded.
      problems.push(this.#problemAt(0, [], 'aliases repeat too much'))
      return undefined
    }
  }

  #problemAt(offset: number, path: ConfigPath, text: string): ConfigProblem {
    const { line, col } = this.#lines.linePos(offset)
    const known = line > 0
    return {
      file: this.file,
      line: known ? line : 0,
      column: known ? col : 0,
      path: pathText(path),
      text,
    }
  }

  #offset(path: ConfigPath, anchor: Anchor): number {
    let found: Found = { key: undefined, value: this.#root }
    for (const part of path) {
      const next = child(found.value, part)
      if (next === undefined) return offsetOf(found, 'value')
      found = next
    }
    return offsetOf(found, anchor)
  }
}

function child(node: Node | undefined, part: string | number): Found | undefined {
  if (isMap(node)) {
    const pair = node.items.findLast(({ key }) => isScalar(key) && key.value === String(part))
    if (pair === undefined) return undefined
    return { key: asNode(pair.key), value: asNode(pair.value) }
  }
  if (!isSeq(node) || typeof part !== 'number') return undefined
  const value = asNode(node.items[part])
  return value === undefined ? undefined : { key: undefined, value }
}

/** A block below its key is shown at the key, a value on the key's line at the value. */
function offsetOf(found: Found, anchor: Anchor): number {
  const { key, value } = found
  if (key !== undefined && (anchor === 'key' || value === undefined || standsBelow(value)))
    return startOf(key)
  return value === undefined ? 0 : startOf(value)
}

function standsBelow(value: Node): boolean {
  if (isMap(value) || isSeq(value)) return value.flow !== true
  return isScalar(value) && value.value === null && value.source === ''
}

function asNode(value: unknown): Node | undefined {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value) ? value : undefined
}

function anchorOf(node: Node): string | undefined {
  return isAlias(node) ? undefined : node.anchor
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0
}

function faultText(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'the file holds several documents; a configuration is one'
  if (code === 'DUPLICATE_KEY') return 'this key stands twice in the same map'
  if (code === 'RESOURCE_EXHAUSTION') return `nested deeper than ${NESTING_MAX} levels`
  return message
}
