/** Where the kits are, with their templates. A build has programs only: they stand where they stand in the checkout. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A build has JavaScript where the checkout has TypeScript, one folder deeper. */
const UP = import.meta.filename.endsWith('.js') ? ['..', '..', '..', '..'] : ['..', '..', '..']

export const kits: URL = pathToFileURL(`${join(import.meta.dirname, ...UP, 'sdk', 'guest')}/`)
