/**
 * Scaffold: writes the folder of a new plugin from a template: real files, in whose names and texts `plugin-name`
 * stands for the name. Nothing that is there is ever written over.
 */
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const PLACEHOLDER = 'plugin-name'

export interface Scaffold {
  readonly name: string
  /** The folder that is made. */
  readonly dir: string
  /** One after the other. */
  readonly templates: readonly URL[]
  /** Further files, copied as they are: from there, to a path in the folder. */
  readonly copies: readonly (readonly [from: URL, to: string])[]
}

/** Answers the files it wrote, relative to the folder. Throws when the folder is there. */
export async function writeScaffold({ name, dir, templates, copies }: Scaffold): Promise<readonly string[]> {
  const there = await stat(dir).catch(() => undefined)
  if (there !== undefined) throw new Error(`${dir} is there already; give another place with --dir`)
  const written: string[] = []
  for (const template of templates) written.push(...(await writeTemplate(fileURLToPath(template), name, dir)))
  for (const [from, to] of copies) {
    await mkdir(dirname(join(dir, to)), { recursive: true })
    await cp(fileURLToPath(from), join(dir, to), { recursive: true, errorOnExist: true })
    written.push(to)
  }
  return written.sort()
}

async function writeTemplate(root: string, name: string, dir: string): Promise<readonly string[]> {
  const found = await readdir(root, { recursive: true, withFileTypes: true })
  const written: string[] = []
  for (const entry of found.filter((each) => each.isFile())) {
    const from = join(entry.parentPath, entry.name)
    const to = relative(root, from).replaceAll(PLACEHOLDER, name)
    const text = await readFile(from, 'utf8')
    await mkdir(dirname(join(dir, to)), { recursive: true })
    await writeFile(join(dir, to), text.replaceAll(PLACEHOLDER, name), { flag: 'wx' })
    written.push(to)
  }
  return written
}
