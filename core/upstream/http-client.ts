/**
 * HttpClient: Node's client of HTTP/1.1. It is asked for by name, because an import reads every export of the module, and
 * one of these loads another client: 16 MB, measured with Node 26.
 */
export const { Agent, request } = process.getBuiltinModule('node:http')
