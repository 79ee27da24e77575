/** Language: what plugins may be written in, and where the kit of each is. How one is built stands elsewhere. */

/** Where the kits are, in the checkout and in a published build alike. */
const KITS = new URL('../../../sdk/guest/', import.meta.url)

export interface Language {
  readonly name: string
  readonly about: string
  /** What has to be there to build it; nothing for what runs as it is. */
  readonly needs: string
  /** Files of the kit that a new plugin is given a copy of: from there, to here. */
  readonly kit: Readonly<Record<string, string>>
}

export const languages: readonly Language[] = [
  {
    name: 'lua',
    about: 'Lua 5.4, runs as it is',
    needs: '',
    kit: { 'weir.lua': '.weir/weir.lua' },
  },
  {
    name: 'assemblyscript',
    about: 'AssemblyScript, compiled by npm',
    needs: "npm's assemblyscript, which weir brings",
    kit: { 'assembly/weir': '.weir/weir' },
  },
  {
    name: 'c',
    about: 'C, compiled by clang or Zig',
    needs: 'clang with lld, or Zig',
    kit: Object.fromEntries(
      ['weir.h', 'weir-base.h', 'weir-config.h', 'build.sh'].map((file) => [file, `.weir/${file}`]),
    ),
  },
]

/** A file or folder of a language's kit. */
export function kitFile(language: Language, path: string): URL {
  return new URL(`${language.name}/${path}`, KITS)
}
