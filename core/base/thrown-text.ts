/** What was thrown, for people: it may be anything, also what cannot be made a text. */
export function thrownText(error: unknown): string {
  try {
    return error instanceof Error ? String(error.stack ?? error.message) : String(error)
  } catch {
    return 'what was thrown cannot be shown'
  }
}
