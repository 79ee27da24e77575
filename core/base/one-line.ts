/** OneLine: a text of several lines, such as a traceback, as one that people can read; indents are left out. */
const LINE_BREAK = /\r?\n[ \t]*/g

export function oneLine(text: string): string {
  return text.replaceAll(LINE_BREAK, ' | ')
}
