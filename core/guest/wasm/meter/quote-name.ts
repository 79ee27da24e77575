/** A guest's name in a text for people: printable, and short. */

const LENGTH_MAX = 80
const PLAIN = /^[\x21-\x7e]{1,80}$/

/** The name as it is where it is plain, otherwise quoted with everything else escaped, and cut. */
export function quoteName(name: string): string {
  if (PLAIN.test(name)) return name
  const cut = name.length > LENGTH_MAX ? `${name.slice(0, LENGTH_MAX)}…` : name
  return JSON.stringify(cut).replace(
    /[^\x20-\x7e…]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
