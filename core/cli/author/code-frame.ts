/** CodeFrame: the lines of a source around the place that an error names, as `tag.lua:12`. */
import { readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

const PLACE = /([\w./@~-]+\.(?:lua|js|ts|rs|c|h|go|zig|yaml)):(\d+)/g
/** Of a stack, which begins in a language's library. */
const PLACES_MAX = 8
const AROUND = 2
const SOURCE_BYTES_MAX = 1_048_576
const COLUMNS_MAX = 120

/** Lines of the first place that can be found in one of the folders; none when there is no such place. */
export function codeFrames(text: string, folders: readonly string[]): readonly string[] {
  for (const [, file = '', at = ''] of [...text.matchAll(PLACE)].slice(0, PLACES_MAX)) {
    // AssemblyScript calls its library so, whose files are called as others are.
    const source = file.startsWith('~lib/') ? undefined : sourceOf(file, folders)
    if (source !== undefined) return linesAround(source, Number(at))
  }
  return []
}

function linesAround(source: string, line: number): readonly string[] {
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
