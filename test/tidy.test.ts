/** The house rules, held by a test; the rules themselves are tested below on small projects. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these texts are programs to look at.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { validate } from '../core/config/compile.ts'
import { inertHost } from '../core/config/inert-host.ts'
import { loadConfig } from '../core/config/load.ts'
import { problemText } from '../core/config/problem.ts'
import { loadBuiltIns } from '../core/plugin/built-ins.ts'
import { blank, comments } from './tidy/blank.ts'
import * as code from './tidy/code.ts'
import * as imports from './tidy/imports.ts'
import { type Project, type Rule, readProject, report } from './tidy/project.ts'
import * as tree from './tidy/tree.ts'

const rules: readonly Rule[] = [
  imports.importMatrix,
  imports.layerOrder,
  imports.knownLayers,
  imports.noCycles,
  imports.importsExist,
  imports.nothingUnused,
  code.noAny,
  code.noCasts,
  code.noSystem,
  code.noBannedNames,
  code.headers,
  code.ownedTodos,
  tree.pluginsWhole,
  tree.examplesRun,
  tree.errorsDocumented,
  tree.noOrphanBinaries,
]

const project = readProject(fileURLToPath(new URL('..', import.meta.url)))

describe('the house', () => {
  it.each(rules.map((rule) => [rule.rule, rule] as const))('%s', (_name, rule) => {
    expect(report(rule, rule.find(project))).toBe('')
  })

  const blocks = [...project.files].flatMap(([file, text]) => yamlBlocks(file, text))
  it.each(blocks)('The configuration in $file:$line is valid.', async ({ file, line, text }) => {
    const problems = validate(loadConfig(text, `${file}:${line}`), await loadBuiltIns(), inertHost)
    const rule =
      'Every whole configuration in a README is valid.\nInstead: correct the block, or the option it shows'
    expect(problems.map(problemText).join('\n') && `${rule}\n${problems.map(problemText).join('\n')}`).toBe(
      '',
    )
  })
})

/** The yaml blocks of a README that are whole configurations. */
function yamlBlocks(file: string, latin1: string) {
  if (!file.endsWith('README.md')) return []
  const readme = Buffer.from(latin1, 'latin1').toString('utf8')
  return [...readme.matchAll(/^```yaml[^\n]*\n([\s\S]*?)^```/gm)]
    .map((match) => ({ file, line: readme.slice(0, match.index).split('\n').length, text: match[1] ?? '' }))
    .filter(({ text }) => /^listeners:/m.test(text))
}

function small(files: Readonly<Record<string, string>>): Project {
  return { files: new Map(Object.entries(files)) }
}

function found(rule: Rule, files: Readonly<Record<string, string>>): readonly string[] {
  return rule.find(small(files)).map(({ file, line, text }) => `${file}:${line} ${text}`)
}

describe('blank()', () => {
  it.each([
    ["a('as any') // as any", "a('      ')          "],
    ['/* as\n any */b', '     \n       b'],
    ['`as ${x as y} as`', '`   ${x as y}   `'],
    ['`${`${a}as`}b`', '`${`${a}  `} `'],
    ['`${{ a: { b: 1 } }.a}as`', '`${{ a: { b: 1 } }.a}  `'],
    ['a / b / c', 'a / b / c'],
    ['x = /as[/]"/g', 'x =         g'],
    ["'it\\'s as' + b", "'        ' + b"],
    ['if (a) return /"/.test(b)', 'if (a) return    .test(b)'],
  ])('sees only the code of %j', (source, expected) => {
    expect(blank(source)).toBe(expected)
  })

  it('keeps every line where it was', () => {
    const source = 'a\n/* b\n c */\n`d\n${e}\n`\n'
    expect(blank(source).split('\n')).toHaveLength(source.split('\n').length)
    expect(comments(source)).toEqual(['/* b\n c */'])
  })
})

describe('the rules about imports', () => {
  it.each([
    ['core/net/a.ts', '../../sdk/index.ts', true],
    ['core/net/a.ts', '../../sdk/testing/index.ts', false],
    ['core/net/a.ts', '../../plugins/router/plugin.ts', false],
    ['core/net/a.ts', '../../test/a.ts', false],
    ['plugins/router/a.ts', '../../sdk/index.ts', true],
    ['plugins/router/a.ts', './b.ts', true],
    ['plugins/router/a.ts', '../metrics/b.ts', false],
    ['plugins/router/a.ts', '../../core/net/b.ts', false],
    ['sdk/a.ts', '../core/net/b.ts', false],
    ['sdk/a.ts', './b.ts', true],
    ['examples/a/main.ts', '../../core/cli/main.ts', true],
    ['test/a.test.ts', '../plugins/router/plugin.ts', true],
  ])('%s may import %s: %s', (from, to, allowed) => {
    const text = `import { x } from '${to}'`
    expect(found(imports.importMatrix, { [from]: text }).length === 0).toBe(allowed)
  })

  it.each([
    ['core/net/a.ts', '../base/b.ts', true],
    ['core/net/a.ts', '../upstream/b.ts', false],
    ['core/config/a.ts', '../exchange/b.ts', true],
    ['core/exchange/a.ts', '../config/b.ts', false],
    ['core/guest/a.ts', '../net/b.ts', false],
    ['core/net/a.ts', '../guest/b.ts', false],
    ['core/worker/a.ts', '../cli/b.ts', false],
    ['core/cli/a.ts', '../worker/b.ts', true],
  ])('inside core, %s may import %s: %s', (from, to, allowed) => {
    expect(found(imports.layerOrder, { [from]: `export * from '${to}'` }).length === 0).toBe(allowed)
  })

  it('names a folder of core that is no layer', () => {
    expect(found(imports.knownLayers, { 'core/stuff/a.ts': '' })).toEqual([
      'core/stuff/a.ts:0 stuff is no layer',
    ])
  })

  it('finds rings of imports, each once', () => {
    const ring = {
      'sdk/a.ts': "import { type B, b } from './b.ts'",
      'sdk/b.ts': "import './c.ts'",
      'sdk/c.ts': "const a = await import('./a.ts')",
      'sdk/d.ts': "import './a.ts'\n// import './d.ts'",
    }
    expect(found(imports.noCycles, ring)).toEqual(['sdk/a.ts:0 sdk/a.ts → sdk/b.ts → sdk/c.ts → sdk/a.ts'])
  })

  it('lets neighbours know each other by type, and nobody else', () => {
    const near = { 'sdk/a.ts': "import type {\n  B,\n} from './b.ts'", 'sdk/b.ts': "import './a.ts'" }
    const far = { 'sdk/a.ts': "import type { B } from './x/b.ts'", 'sdk/x/b.ts': "import '../a.ts'" }
    expect(found(imports.noCycles, near)).toEqual([])
    expect(found(imports.noCycles, far)).toHaveLength(1)
  })

  it('finds imports of files that are not there', () => {
    const files = {
      'sdk/a.ts': "import './b.ts'\nimport './nope.ts'\nnew URL('../', import.meta.url)",
      'sdk/b.ts': '',
    }
    expect(found(imports.importsExist, files)).toEqual(['sdk/a.ts:2 imports sdk/nope.ts'])
  })

  it('finds files that nobody imports', () => {
    const files = {
      'core/cli/main.ts': "import '../net/a.ts'",
      'core/net/a.ts': "new Worker(new URL('./b.ts', import.meta.url))",
      'core/net/b.ts': '',
      'core/net/c.ts': "import './c.ts'",
    }
    expect(found(imports.nothingUnused, files)).toEqual(['core/net/c.ts:0 nothing imports it'])
  })
})

describe('the rules about code', () => {
  it('find any where a type stands', () => {
    const text =
      'let a: any\nf<any>()\nlet b: any[]\nlet c: { any: string; any?: 1 } = { any: 1 }\nany(a, any)'
    expect(found(code.noAny, { 'sdk/a.ts': text })).toHaveLength(3)
  })

  it('find casts and assertions, and neither as const nor renames', () => {
    const text = [
      "import { a as b, type C as D } from './x.ts'",
      "import * as e from './y.ts'",
      "export { f as g } from './z.ts'",
      "const h = ['i'] as const",
      'const j = k as string',
      'const l = m[0]! + n()!.o',
      'if (!p && q !== r && s != t) as(u)',
      "const v = 'w as x!'",
    ].join('\n')
    expect(found(code.noCasts, { 'core/net/a.ts': text })).toEqual([
      'core/net/a.ts:5 as string',
      'core/net/a.ts:6 ]!',
      'core/net/a.ts:6 )!',
    ])
    expect(found(code.noCasts, { 'sdk/bytes.ts': text, 'test/a.ts': text })).toEqual([])
  })

  it('find what is reached for', () => {
    const text =
      'console.log(Date.now())\nthis.process.env; clock.performance.now\nprocess.env.A ?? Math.random()'
    expect(found(code.noSystem, { 'plugins/a/plugin.ts': text })).toHaveLength(4)
    expect(found(code.noSystem, { 'core/cli/main.ts': text, 'examples/a/main.ts': text })).toEqual([])
  })

  it('find names that say nothing', () => {
    const files = {
      'core/net/utils.ts': '',
      'test/helpers.test.ts': '',
      'sdk/camelCase.ts': '',
      'sdk/codec.ts': '',
    }
    expect(found(code.noBannedNames, files)).toHaveLength(3)
  })

  it('find files without a paragraph, and TODOs without an owner', () => {
    expect(
      found(code.headers, { 'sdk/a.ts': 'export {}', 'sdk/b.ts': '/** B. */', 'sdk/b.test.ts': '' }),
    ).toHaveLength(1)
    expect(
      found(code.ownedTodos, { 'sdk/a.ts': '// TODO: x\n// TODO(ann): y, when z\n/* FIXME */' }),
    ).toHaveLength(2)
  })
})

describe('the rules about the tree', () => {
  it('name what a plugin lacks', () => {
    const whole = {
      'plugins/a/plugin.ts': '',
      'plugins/a/README.md': '',
      'plugins/a/options.ts': '',
      'test/plugins/a/a.test.ts': '',
    }
    expect(found(tree.pluginsWhole, whole)).toEqual([])
    expect(
      found(tree.pluginsWhole, { 'plugins/a/plugin.ts': '', 'test/plugins/ab.test.ts': '' }),
    ).toHaveLength(3)
  })

  it('name the example that no test runs', () => {
    const files = {
      'examples/a/main.ts': '',
      'examples/ab/main.ts': '',
      'test/x.test.ts': "'examples/ab/main.ts'",
    }
    expect(found(tree.examplesRun, files)).toEqual(['examples/a:0 is named in no test'])
  })

  it('name the errors that no README explains', () => {
    expect(found(tree.errorsDocumented, { 'sdk/README.md': '`denied` means no' })).not.toContain(
      'sdk/errors.ts:0 denied is in no README.md',
    )
    expect(found(tree.errorsDocumented, { 'README.md': 'denied' }).length).toBeGreaterThan(10)
  })

  it('name binaries without a source', () => {
    const files = {
      'a/x.wasm': '',
      'a/x.wat': '(module)',
      'a/y.wasm': '',
      'a/z.dat': 'q\0',
      'a/README.md': 'z.dat is …',
      'a/logo.png': '\0',
    }
    expect(found(tree.noOrphanBinaries, files)).toEqual([
      'a/y.wasm:0 nothing beside it says where it comes from',
    ])
  })
})

describe('report()', () => {
  it('prints the rule, what to do instead and every place', () => {
    const rule: Rule = { rule: 'No x.', instead: 'write y', find: () => [] }
    expect(report(rule, [{ file: 'a.ts', line: 3, text: 'x' }])).toBe('No x.\nInstead: write y\n  a.ts:3: x')
    expect(report(rule, [])).toBe('')
  })
})
