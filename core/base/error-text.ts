/** What an error says, for people; what the system says about a file names the file first, and in words. */

const FILE_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'the file may not be read or written',
  EISDIR: 'this is a folder, not a file',
  ENOTDIR: 'a part of the path is no folder',
  EROFS: 'nothing can be written there',
  ENOSPC: 'there is no room left',
}

export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const reason = 'code' in error ? FILE_REASONS[String(error.code)] : undefined
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined
  return reason === undefined || path === undefined ? error.message : `${path}: ${reason}`
}
