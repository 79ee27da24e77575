/**
 * Printable: a stranger's text as lines that no terminal obeys. Line breaks stay, for whoever shows lines below each
 * other; whatever else is not for reading is written out.
 */
import { writtenOut } from './written-out.ts'

export function printable(text: string, charactersMax: number): string {
  const short = text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text
  const plain = short.toWellFormed().replaceAll(/\r\n/g, '\n').replaceAll('\t', '  ')
  return plain.split('\n').map(writtenOut).join('\n')
}
