/** Paint: colours for people who watch, and none for anybody else. */
import { styleText } from 'node:util'

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'gray' | 'bold'
export type Paint = (colour: Colour, text: string) => string

export function createPaint(coloured: boolean): Paint {
  return coloured
    ? (colour, text) => styleText(colour, text, { validateStream: false })
    : (_colour, text) => text
}
