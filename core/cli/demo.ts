/** Where the demo is: a service and callers beside the proxy, which the program starts and knows nothing else of. */
export const demo = new URL('../../examples/demo/main.ts', import.meta.url)
