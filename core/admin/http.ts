/**
 * Http: Node's HTTP server. It is asked for by name, because an import reads every export of the module, and one of
 * these loads a whole HTTP client: 16 MB, measured with Node 26.
 */
export const { createServer } = process.getBuiltinModule('node:http')
