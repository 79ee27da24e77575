/** Names by the numbers that the ABI gives them. */
export function numberedNames(numbers: Readonly<Record<string, number>>): readonly string[] {
  const names: string[] = []
  for (const [name, number] of Object.entries(numbers)) names[number] = name
  return names
}
