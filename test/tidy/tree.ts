/** Tree: the rules about which files must stand beside which, and what must be documented. */
import { errorTable } from '../../sdk/index.ts'
import type { Breach, Project, Rule } from './project.ts'

const BINARY = /\.(wasm|class|jar|so|dylib|dll|exe|a|o|pyc|zip|gz|tgz|bin)$/
/** Extensions of pictures: they are their own source. */
const PICTURE = /\.(png|jpg|gif|ico|woff2)$/

export const pluginsWhole: Rule = {
  rule: 'Every plugin has a README.md, its options or its codec, and tests.',
  instead: 'add plugins/<name>/README.md, plugins/<name>/options.ts or codec.ts, and test/plugins/<name>/',
  find: (project) =>
    folders(project, 'plugins').flatMap((name) => {
      const has = (path: string): boolean => project.files.has(path)
      const tests = [...project.files.keys()].some((path) =>
        new RegExp(`^test/plugins/${name}(/.*)?\\.test\\.ts$`).test(path),
      )
      const missing = [
        ...(has(`plugins/${name}/plugin.ts`) ? [] : ['plugin.ts']),
        ...(has(`plugins/${name}/README.md`) ? [] : ['README.md']),
        ...(has(`plugins/${name}/options.ts`) || has(`plugins/${name}/codec.ts`)
          ? []
          : ['options.ts or codec.ts']),
        ...(tests ? [] : [`test/plugins/${name}/*.test.ts`]),
      ]
      return missing.map((text) => ({ file: `plugins/${name}`, line: 0, text: `has no ${text}` }))
    }),
}

export const examplesRun: Rule = {
  rule: 'Every example is run by a test.',
  instead: 'name examples/<name> in a test that runs it',
  find: (project) => {
    const tests = [...project.files].filter(([path]) => /^test\/.*\.test\.ts$/.test(path))
    return folders(project, 'examples')
      .filter((name) => !tests.some(([, text]) => new RegExp(`examples/${name}\\b`).test(text)))
      .map((name) => ({ file: `examples/${name}`, line: 0, text: 'is named in no test' }))
  },
}

export const errorsDocumented: Rule = {
  rule: 'Every error that the proxy makes is documented.',
  instead: 'explain it in a README.md, with its kind as `code`',
  find: (project) => {
    const readmes = [...project.files].filter(([path]) => path.endsWith('README.md')).map(([, text]) => text)
    return Object.keys(errorTable)
      .filter((kind) => !readmes.some((text) => text.includes(`\`${kind}\``)))
      .map((kind) => ({ file: 'sdk/errors.ts', line: 0, text: `${kind} is in no README.md` }))
  },
}

export const noOrphanBinaries: Rule = {
  rule: 'No binary is tracked without its source beside it.',
  instead:
    'add the source with the same name beside it, or name the file and its origin in a README.md beside it',
  find: (project) =>
    [...project.files].flatMap(([file, text]): readonly Breach[] => {
      if (PICTURE.test(file) || !(BINARY.test(file) || text.includes('\0'))) return []
      return explained(project, file)
        ? []
        : [{ file, line: 0, text: 'nothing beside it says where it comes from' }]
    }),
}

/** A file of the same name that is text, or a README in the folder that names it. */
function explained(project: Project, file: string): boolean {
  const slash = file.lastIndexOf('/')
  const folder = file.slice(0, slash + 1)
  const name = file.slice(slash + 1)
  const stem = name.replace(/\..*$/, '')
  const sibling = [...project.files].some(([path, text]) => {
    return path !== file && path.startsWith(`${folder}${stem}.`) && !BINARY.test(path) && !text.includes('\0')
  })
  return sibling || project.files.get(`${folder}README.md`)?.includes(name) === true
}

function folders(project: Project, under: string): readonly string[] {
  const names = [...project.files.keys()].map((path) => path.split('/'))
  return [
    ...new Set(
      names.flatMap(([top, name, ...rest]) => (top === under && name && rest.length > 0 ? [name] : [])),
    ),
  ]
}
