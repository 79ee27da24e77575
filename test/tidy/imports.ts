/** Imports: which file imports which, and the rules about it. */
import { posix } from 'node:path'
import { blank, withoutComments } from './blank.ts'
import { type Breach, type Project, programs, type Rule } from './project.ts'

export interface Import {
  readonly from: string
  readonly to: string
  readonly line: number
  /** Whether nothing of it is left when the program runs. */
  readonly typeOnly: boolean
}

/** Every way in which one file names another: imports, re-exports, `import()` and `new URL('…', import.meta.url)`. */
const IMPORTED = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|\bnew URL\([^;]{0,80}?)['"](\.{1,2}\/[^'"]*)['"]/g

/** What stands before the `from` of an import or export of types alone. */
const TYPE_ONLY = /\b(?:import|export)\s+type\s+(?:\{[^}]*\}|[\w$*\s]+)\s*$/

/** Imports of files of the project, and of files that are not there. */
export function importsOf(project: Project): readonly Import[] {
  return programs(project).flatMap(([from, source]) => {
    const text = withoutComments(source)
    const code = blank(source)
    // What stands inside a text, as in the tests of this rule, is no import.
    const found = [...text.matchAll(IMPORTED)].filter(({ index }) => code[index] === text[index])
    return found.map((match) => ({
      from,
      to: posix.join(posix.dirname(from), match[1] ?? ''),
      line: text.slice(0, match.index).split('\n').length,
      typeOnly: TYPE_ONLY.test(code.slice(0, match.index)),
    }))
  })
}

/** Inside core: a layer may import those below it. `admin` and `worker` stand on one level, `guest` beside `net`. */
const LAYERS: Readonly<Record<string, number>> = {
  base: 0,
  net: 1,
  guest: 1,
  upstream: 2,
  exchange: 3,
  plugin: 4,
  config: 5,
  worker: 6,
  admin: 6,
  cli: 7,
}

export const importMatrix: Rule = {
  rule: 'Imports run one way: core and plugins import the sdk, the sdk nothing of ours, and nobody imports plugins.',
  instead: 'move what is needed into the sdk, or hand it in where the parts are put together',
  find: (project) => breaches(project, (from, to) => !allowed(from, to)),
}

export const layerOrder: Rule = {
  rule: 'Inside core, imports run cli → admin, worker → config → plugin → exchange → upstream → net → base.',
  instead: 'move the shared part into the lower layer, or hand it in from above as an interface',
  find: (project) =>
    breaches(project, (from, to) => {
      const [above, below] = [layerOf(from), layerOf(to)]
      if (above === undefined || below === undefined || above === below) return false
      return (LAYERS[below] ?? Number.NaN) > (LAYERS[above] ?? Number.NaN) || guestBreach(above, below)
    }),
}

export const knownLayers: Rule = {
  rule: 'Every folder of core is a layer with its place in the order.',
  instead: 'put the file into one of the layers, or give the new layer its place in test/tidy/imports.ts',
  find: (project) =>
    programs(project).flatMap(([file]) => {
      const layer = layerOf(file)
      return layer === undefined || layer in LAYERS ? [] : [{ file, line: 0, text: `${layer} is no layer` }]
    }),
}

export const noCycles: Rule = {
  rule: 'No file imports itself round about; between folders types count too.',
  instead: 'move what both sides need into a file of its own',
  find: (project) => {
    const neighbours = ({ from, to }: Import): boolean => posix.dirname(from) === posix.dirname(to)
    return cycles(importsOf(project).filter((each) => !(each.typeOnly && neighbours(each))))
  },
}

export const importsExist: Rule = {
  rule: 'Every imported file is there.',
  instead: 'write the extension (.ts), and commit the file together with what imports it',
  find: (project) => {
    const folders = new Set([...project.files.keys()].flatMap((file) => parents(file)))
    return breaches(project, (_from, to) => {
      const path = to.replace(/\/$/, '')
      const twin = path.replace(/\.js$/, '.ts')
      return /\.(ts|js)$/.test(path) && ![path, twin].some((it) => project.files.has(it) || folders.has(it))
    })
  },
}

/** Programs that are started, not imported. */
const ENTRIES = [
  /^examples\/08-plugins\/js\/[\w-]+\.js$/,
  /^examples\/[^/]+\/javascript\/[\w-]+\.codec\.js$/,
  /^core\/cli\/(main\.ts|weir\.js)$/,
  /^(core|sdk)\/index\.ts$/,
  /^plugins\/[^/]+\/plugin\.ts$/,
  /^examples\/[^/]+\/main\.ts$/,
  /^sdk\/testing\/index\.ts$/,
  /^sdk\/guest\//,
  /^test\/sdk\/testing\/codec-kit\/reference\.codec\.js$/,
  /^test\/conformance\/services\/services\.js$/,
  /^test\/.*\.test\.ts$/,
  /^test\/(bench|fuzz)\/main\.ts$/,
  /^test\/bench\/micro\/.*\.micro\.ts$/,
  /vitest\.config\.ts$/,
  /\.d\.ts$/,
]

export const nothingUnused: Rule = {
  rule: 'Every file is imported by another one or is an entry.',
  instead: 'delete the file, or import it; a new kind of entry is named in test/tidy/imports.ts',
  find: (project) => {
    const used = new Set(
      importsOf(project)
        .filter(({ from, to }) => from !== to)
        .map(({ to }) => to),
    )
    // A guest or an example may be named by its path in whatever runs it.
    const named = [...project.files]
      .filter(([path]) => /^test\/.*\.(ts|sh)$/.test(path))
      .map(([, text]) => text)
    return programs(project)
      .map(([file]) => file)
      .filter((file) => !used.has(file) && !ENTRIES.some((entry) => entry.test(file)))
      .filter((file) => !(file.startsWith('examples/') && named.some((text) => text.includes(file))))
      .map((file) => ({ file, line: 0, text: 'nothing imports it' }))
  },
}

function breaches(project: Project, wrong: (from: string, to: string) => boolean): readonly Breach[] {
  return importsOf(project)
    .filter(({ from, to }) => wrong(from, to))
    .map(({ from, to, line }) => ({ file: from, line, text: `imports ${to}` }))
}

function allowed(from: string, to: string): boolean {
  const [above] = from.split('/')
  const [below] = to.split('/')
  if (above === 'test' || above === 'examples' || to.endsWith('package.json')) return true
  if (above === 'plugins') return to.startsWith('sdk/') || pluginOf(from) === pluginOf(to)
  // The folder of the built-ins and the demo are named by the composition root, which imports neither by name.
  if (above === 'core' && (to === 'plugins/' || from === 'core/cli/demo.ts')) return below !== 'test'
  if (below === 'core') return above === 'core'
  // What authors run without a proxy is made of what the sdk gives them for their own tests.
  if (from.startsWith('core/cli/author/') && to.startsWith('sdk/testing/')) return true
  return below === 'sdk' && !(above === 'core' && to.startsWith('sdk/testing/'))
}

function pluginOf(path: string): string {
  return path.split('/').slice(0, 2).join('/')
}

function layerOf(path: string): string | undefined {
  const [top, layer, ...rest] = path.split('/')
  return top === 'core' && rest.length > 0 ? layer : undefined
}

/** Guests see no sockets, and sockets no guests. */
function guestBreach(above: string, below: string): boolean {
  return (above === 'guest' && below === 'net') || (above === 'net' && below === 'guest')
}

function parents(file: string): readonly string[] {
  const folder = posix.dirname(file)
  return folder === '.' ? [] : [folder, ...parents(folder)]
}

/** Every ring of imports, once, beginning with its first file by name. */
function cycles(imports: readonly Import[]): readonly Breach[] {
  const graph = new Map<string, Set<string>>()
  for (const { from, to } of imports) if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to))
  const done = new Set<string>()
  const found = new Map<string, Breach>()
  const walk = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file)
    if (at !== -1) {
      const ring = trail.slice(at)
      const first = [...ring].sort()[0] ?? file
      const turned = [...ring.slice(ring.indexOf(first)), ...ring.slice(0, ring.indexOf(first)), first]
      found.set(turned.join(), { file: first, line: 0, text: turned.join(' → ') })
      return
    }
    if (done.has(file)) return
    for (const next of graph.get(file) ?? []) walk(next, [...trail, file])
    done.add(file)
  }
  for (const file of graph.keys()) walk(file, [])
  return [...found.values()]
}
