/** Project: the files that the house rules are about, by path from the root. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Project {
  /** Every file of the project; content of what is no text is given as `latin1`. */
  readonly files: ReadonlyMap<string, string>
}

/** One breach of a rule. */
export interface Breach {
  readonly file: string
  /** Counts from 1; 0 when it is about the file as a whole. */
  readonly line: number
  readonly text: string
}

export interface Rule {
  /** The rule as a sentence. */
  readonly rule: string
  /** What to do where it is broken. */
  readonly instead: string
  find(project: Project): readonly Breach[]
}

/** What is in version control, and what is about to be. */
export function readProject(root: string): Project {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1_048_576,
  })
  const paths = listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
  return { files: new Map(paths.map((path) => [path, readFileSync(join(root, path), 'latin1')])) }
}

/** Folders of AssemblyScript, which looks like TypeScript and is another language. */
const OTHER_LANGUAGE = /(^|\/)assembly\//

/** The sources of weir itself: what ships. */
export function sources(project: Project): readonly (readonly [path: string, text: string])[] {
  return programs(project).filter(([path]) => /^(core|sdk|plugins)\//.test(path))
}

/** Every TypeScript and JavaScript file of ours. */
export function programs(project: Project): readonly (readonly [path: string, text: string])[] {
  return [...project.files].filter(
    ([path]) => /^(core|sdk|plugins|examples|test)\/.*\.(ts|js)$/.test(path) && !OTHER_LANGUAGE.test(path),
  )
}

/** Every place where an expression matches a text. */
export function matches(file: string, text: string, expression: RegExp): readonly Breach[] {
  return [...text.matchAll(expression)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    text: match[0].trim(),
  }))
}

/** The failure of a test: the rule, what to do instead, and every place. */
export function report(rule: Rule, breaches: readonly Breach[]): string {
  if (breaches.length === 0) return ''
  const places = breaches.map(({ file, line, text }) => `  ${file}${line === 0 ? '' : `:${line}`}: ${text}`)
  return [rule.rule, `Instead: ${rule.instead}`, ...places].join('\n')
}
