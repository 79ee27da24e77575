/** Code: the rules about what may be written inside a source file. */
import { blank, comments } from './blank.ts'
import { matches, programs, type Rule, sources } from './project.ts'

/** Where bytes and shared cells are touched, and an index that was checked once is not checked again. */
const CASTS_ALLOWED = ['sdk/bytes.ts', 'core/base/shared/cells.ts']
/** Where the program meets the system: the program itself, the entry of a thread, the clocks. */
const SYSTEM_ALLOWED = [
  'core/cli/main.ts',
  'core/cli/weir.js',
  'core/base/clock.ts',
  'core/base/socket-handle.ts',
  'core/worker/thread.ts',
  'core/worker/inspection-child.ts',
  'core/admin/http.ts',
  'core/upstream/http-client.ts',
  'core/worker/common-clock.ts',
  'core/worker/supervise.ts',
  'core/worker/process-metrics.ts',
  'core/guest/js/child/child-process.ts',
  'core/guest/js/syntax-line.ts',
]
const BANNED_NAMES = ['utils', 'util', 'helpers', 'helper', 'common', 'types', 'misc', 'shared-types']
/** Files that say nothing but what they export need no paragraph. */
const HEADER_OPTIONAL = [/\.test\.ts$/, /vitest\.config\.ts$/]

export const noAny: Rule = {
  rule: 'No any.',
  instead: 'take unknown and look at it, or declare what it is',
  find: (project) =>
    programs(project).flatMap(([file, text]) =>
      matches(file, blank(text), /(?:[:<|&]|=>|\bas)\s*any\b(?!\s*[:?(.])|\bany\[\]/g),
    ),
}

export const noCasts: Rule = {
  rule: `No as and no postfix ! outside ${CASTS_ALLOWED.join(' and ')}; as const is allowed.`,
  instead: 'write a type guard, narrow with an if, or give the default with ??',
  find: (project) =>
    sources(project).flatMap(([file, text]) => {
      if (CASTS_ALLOWED.includes(file)) return []
      const code = withoutRenames(blank(text))
      return [
        ...matches(file, code, /(?<![.\w$])as\s+(?!const\b)[\w$({[<'"`]+/g),
        ...matches(file, code, /[\w$)\]]!(?!=)/g),
      ]
    }),
}

export const noSystem: Rule = {
  rule: 'Nothing is reached for: no console, process, wall clock or chance outside the entries and the clocks.',
  instead: 'take a Clock, a Log, a random() or an option as a parameter; the program hands it in',
  find: (project) =>
    sources(project).flatMap(([file, text]) => {
      if (SYSTEM_ALLOWED.includes(file)) return []
      const reached =
        /(?<![.\w$])(?:console\.\w+|Date\.now|new Date\(\)|performance\.now|Math\.random|process\.\w+)/g
      return matches(file, blank(text), reached)
    }),
}

export const noBannedNames: Rule = {
  rule: `No file is called ${BANNED_NAMES.join(', ')}.`,
  instead: 'name the file after the one noun that it exports',
  find: (project) =>
    programs(project).flatMap(([file]) => {
      const name = file.slice(file.lastIndexOf('/') + 1).replace(/(\.test)?\.[jt]s$/, '')
      const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name.replace(/\.(config|micro|d|codec)$/, ''))
      if (!kebab) return [{ file, line: 0, text: `${name} is not kebab-case` }]
      return BANNED_NAMES.includes(name) ? [{ file, line: 0, text: `${name} says nothing` }] : []
    }),
}

export const headers: Rule = {
  rule: 'A file begins with a paragraph that says what it is.',
  instead: 'begin with /** Noun: what it is, what it does not do. */',
  find: (project) =>
    programs(project).flatMap(([file, text]) => {
      if (HEADER_OPTIONAL.some((optional) => optional.test(file))) return []
      return /^(#![^\n]*\n)?\s*\/\*\*/.test(text)
        ? []
        : [{ file, line: 1, text: 'has no paragraph at its head' }]
    }),
}

export const ownedTodos: Rule = {
  rule: 'A TODO has an owner and a condition; nothing is left as FIXME or XXX.',
  instead: 'do it, delete it, or write TODO(name): what, when',
  find: (project) =>
    programs(project).flatMap(([file, text]) =>
      comments(text).flatMap((comment) =>
        matches(file, comment, /\b(?:FIXME|XXX|HACK)\b|\bTODO(?!\([\w-]+\): )/g),
      ),
    ),
}

/** Code without the `as` of imports, exports and namespaces, which rename and do not cast. */
function withoutRenames(code: string): string {
  const gone = (text: string): string => text.replace(/[^\n]/g, ' ')
  return code
    .replace(/\b(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?\{[^}]*\}/g, gone)
    .replace(/\b(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?\*\s+as\s+[\w$]+/g, gone)
}
