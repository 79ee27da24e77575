/** ErrorMessage: what a caught value says, whatever it is. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
