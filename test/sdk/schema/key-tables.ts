/** KeyTables: a declaration as the tables of a page: every map with its keys, what they take and what they mean. */

type Schema = Readonly<Record<string, unknown>>

interface Table {
  readonly title: string
  readonly schema: Schema
}

export function keyTables(declaration: unknown): string {
  const tables: Table[] = [{ title: 'The file', schema: schemaOf(declaration) }]
  const pages: string[] = []
  for (const { title, schema } of tables) {
    const rows = Object.entries(schemaOf(schema['properties'])).map(([key, declared]) => {
      const inner = innerMap(schemaOf(declared))
      if (inner !== undefined) tables.push({ title: `\`${key}\``, schema: inner })
      return `| \`${key}\` | ${takes(schemaOf(declared))} | ${String(schemaOf(declared)['description'] ?? '')} |`
    })
    pages.push(`${title}:\n\n| key | takes | |\n| --- | --- | --- |\n${rows.join('\n')}\n`)
  }
  return `\n${pages.join('\n')}`
}

/** The map that a key holds, or that each element of its list is; those of one word for each error are left out. */
function innerMap(schema: Schema): Schema | undefined {
  const map = schema['type'] === 'array' ? schemaOf(schema['items']) : schema
  const keys = Object.values(schemaOf(map['properties']))
  return keys.some((key) => schemaOf(key)['description'] !== undefined) ? map : undefined
}

function takes(schema: Schema): string {
  const usual = schema['default'] === undefined ? '' : `, \`${JSON.stringify(schema['default'])}\``
  return `${kindOf(schema)}${usual}`
}

function kindOf(schema: Schema): string {
  const { enum: words, anyOf, type, examples } = schema
  if (Array.isArray(words)) return words.map((word) => `\`${String(word)}\``).join(' ')
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map((each) => kindOf(schemaOf(each))))].join(', ')
  if ('const' in schema) return `\`${String(schema['const'])}\``
  if (Array.isArray(examples)) return examples.map((word) => `\`${String(word)}\``).join(' ')
  if (type === 'array') return `list of ${kindOf(schemaOf(schema['items']))}`
  return type === 'object' ? 'map' : String(type)
}

function schemaOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
