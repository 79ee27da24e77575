/** Path: where something stands in a configuration, from the root of the file. */

export type ConfigPath = readonly (string | number)[]

/** As people write it: `listeners[0].routes[2].match.method`; keys that are no plain words are quoted. */
export function pathText(path: ConfigPath): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`
    else text += `[${JSON.stringify(part)}]`
  }
  return text
}
