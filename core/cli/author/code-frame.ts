/** CodeFrame: the lines of a source around the place that an error names, as `tag.lua:12`. */
import { readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

const PLACE = /([\w./@-]+\.(?:lua|js|ts|rs|c|go|yaml)):(\d+)/
const AROUND = 2
const SOURCE_BYTES_MAX = 1_048_576
const COLUMNS_MAX = 120

/** Lines of the first place that can be found in one of the folders; none when there is no such place. */
export function codeFrames(text: string, folders: readonly string[]): readonly string[] {
  const [, file = '', at = ''] = PLACE.exec(text) ?? []
  const source = file === '' ? undefined : sourceOf(file, folders)
  if (source === undefined) return []
  const line = Number(at)
  const lines = source.split('\n')
  const width = String(line + AROUND).length
  const shown: string[] = []
  for (let number = Math.max(1, line - AROUND); number <= Math.min(lines.length, line + AROUND); number++) {
    const mark = number === line ? '>' : ' '
    shown.push(
      `${mark} ${String(number).padStart(width)} | ${(lines[number - 1] ?? '').slice(0, COLUMNS_MAX)}`,
    )
  }
  return shown
}

function sourceOf(file: string, folders: readonly string[]): string | undefined {
  const paths = [...folders.map((folder) => join(folder, basename(file))), file]
  for (const path of paths) {
    try {
      if (statSync(path).size <= SOURCE_BYTES_MAX) return readFileSync(path, 'utf8')
    } catch {
      // Not here.
    }
  }
  return undefined
}
