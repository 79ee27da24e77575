/**
 * Build: makes the file that runs out of a plugin's folder, with the tools of its language, and puts it where weir looks
 * for plugins. What runs as it is, is only put there.
 */
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { nearest } from '../../../sdk/nearest.ts'
import { neighbour } from '../../plugin/neighbour.ts'
import { namedFile } from '../../plugin/plugin-name.ts'
import type { CliHost } from '../host.ts'
import { compilers } from './compilers.ts'
import { onlyLines } from './only-lines.ts'

const MANIFEST = '.plugin.yaml'
/** Files that are named after their plugin. */
const FILE =
  /^(.+?)\.(?:lua|js|ts|c|wasm|go|zig|plugin\.yaml|test\.yaml|test\.lua|test\.js)$|^(.+\.codec)\.yaml$/

/** What the folder of a compiled one has beside, whatever it is called. */
const MADE_OF = /\.(?:rs|h|vectors\.yaml)$|^(?:Cargo\.toml|go\.mod|package\.json|tsconfig\.json)$/
const ENDINGS = ['lua', 'js', 'ts', 'c', 'go', 'zig', 'rs']

/** A plugin's folder, and how it becomes a plugin. */
export interface Project {
  readonly name: string
  readonly language: string
  readonly dir: string
  /** What the compiler is given; for what runs as it is, the file itself. */
  readonly source: string
  /** Folders in which a change is a reason to build anew. */
  readonly watched: readonly string[]
}

export interface Built {
  readonly project: Project
  /** The file that runs. */
  readonly file: string
  readonly bytes: number
  readonly ms: number
}

/** Finds what a folder, or a source in it, is. Throws a sentence when it is no plugin. */
export async function projectAt(path: string): Promise<Project> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Error(`there is no ${path}${await neighbour(path, () => true)}`)
  const dir = found.isDirectory() ? path : homeOf(path)
  const names = (await readdir(dir)).sort()
  const [, script, schema] = found.isDirectory() ? [] : (FILE.exec(basename(path)) ?? [])
  const own = script ?? schema
  if (found.isFile() && !mayBeSource(basename(path))) throw new Error(noSource(path))
  const name = own ?? nameOf(dir, names)
  const within = new Set(names)
  for (const { language, marker, source, folders } of compilers) {
    if (!marker(within, name)) continue
    const watched = [
      dir,
      ...folders.filter((folder) => within.has(folder)).map((folder) => join(dir, folder)),
    ]
    return { name, language, dir, source: join(dir, source(name)), watched }
  }
  const given = found.isFile() && asItIs(basename(path), name) ? basename(path) : undefined
  const file = given ?? names.find((each) => asItIs(each, name)) ?? onlyScript(names)
  if (file === undefined) throw new Error(nothingToBuild(dir, name))
  const language = extname(file).slice(1)
  return { name: basename(file, `.${language}`), language, dir, source: join(dir, file), watched: [dir] }
}

/** Whether a file is the plugin of this name, and runs without being compiled. */
function asItIs(file: string, name: string): boolean {
  const named = namedFile(file)
  return named.kind === 'plugin' && named.name === name && named.runtime !== 'wasm'
}

/** The folder of a file's plugin: its own, or the one above where sources are in a folder of that name. */
function homeOf(file: string): string {
  const dir = dirname(file)
  return basename(dir) === 'assembly' ? dirname(dir) : dir
}

/** Whether it takes a compiler, and so a while. */
export function isCompiled({ language }: Project): boolean {
  return compilers.some((each) => each.language === language)
}

/** Compiles. Throws what the compiler says, or what is to be installed. */
export async function build(project: Project, host: CliHost): Promise<Built> {
  const startMs = host.nowMs()
  const { name, dir, language, source } = project
  const compiler = compilers.find((each) => each.language === language)
  const file = compiler === undefined ? source : join(dir, `${name}.wasm`)
  if (compiler !== undefined) {
    const wasm = await compiler.compile({ name, dir: resolve(dir), source: resolve(source) }, host)
    await replace(file, onlyLines(typeof wasm === 'string' ? await readFile(wasm) : wasm))
  }
  return { project, file, bytes: (await stat(file)).size, ms: host.nowMs() - startMs }
}

/** Puts what runs, and its manifest, into a folder of plugins; answers the files there. */
export async function install({ project, file }: Built, folder: string): Promise<readonly string[]> {
  const { name, dir } = project
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    const file = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw file ? new Error(`${folder} is no folder`) : error
  })
  const installed: string[] = []
  for (const from of [join(dir, `${name}${MANIFEST}`), file]) {
    const to = join(folder, basename(from))
    if (resolve(from) === resolve(to)) continue
    const bytes = await readFile(from).catch(() => undefined)
    if (bytes === undefined) continue
    await replace(to, bytes)
    installed.push(to)
  }
  return installed
}

/** Whole or not at all, for somebody may be watching. */
async function replace(file: string, bytes: Uint8Array): Promise<void> {
  const same = await readFile(file).then(
    (before) => before.equals(bytes),
    () => false,
  )
  if (same) return
  const temporary = join(dirname(file), `.${basename(file)}.new`)
  await writeFile(temporary, bytes)
  await rename(temporary, file)
}

/** The manifest's name, else the folder's. */
function nameOf(dir: string, names: readonly string[]): string {
  const manifest = names.find((each) => each.endsWith(MANIFEST))
  return manifest?.slice(0, -MANIFEST.length) ?? basename(resolve(dir))
}

function onlyScript(names: readonly string[]): string | undefined {
  const scripts = names.filter((each) => {
    const named = namedFile(each)
    return named.kind === 'plugin' && named.runtime !== 'wasm'
  })
  return scripts.length === 1 ? scripts[0] : undefined
}

function mayBeSource(file: string): boolean {
  return namedFile(file).kind !== 'problem' && (FILE.test(file) || MADE_OF.test(file))
}

function noSource(path: string): string {
  const named = namedFile(basename(path))
  const why = named.kind === 'problem' ? `: ${named.text}` : meantEnding(path)
  return `${path} is no source of a plugin${why}`
}

/** A slip in the ending is told with the right one. */
function meantEnding(path: string): string {
  const ending = extname(path).slice(1)
  const near = ending === '' ? undefined : nearest(ending, ENDINGS)
  if (near !== undefined) return `, did you mean "${basename(path, `.${ending}`)}.${near}"?`
  return `: name its folder, or a file that ends in ${ENDINGS.map((each) => `.${each}`).join(', ')}`
}

function nothingToBuild(dir: string, name: string): string {
  const wanted = ['NAME.lua', 'NAME.js', ...compilers.map(({ about }) => about)]
  return `${dir} holds no plugin "${name}" that can be built: it needs one of ${wanted.join(', ')}`
}
