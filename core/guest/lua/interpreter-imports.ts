/**
 * Everything the interpreter imports, by module and name, each with what it answers when it is called although nothing
 * in a plugin's reach calls it: there are no files, no processes, no environment and no terminal.
 */

const ENV = 'env'
const WASI = 'wasi_snapshot_preview1'
/** WASI's "function not supported" (wasi_snapshot_preview1, errno 52) and Linux's for system calls. */
const NOT_SUPPORTED = 52
const NO_SYSTEM_CALL = -38

/** `undefined` stands for an import that {@link ./interpreter.ts} or {@link ./calendar.ts} fulfils. */
export const interpreterImports: readonly (readonly [module: string, name: string, refusal?: number])[] = [
  [ENV, 'abort'],
  [ENV, 'invoke_vii'],
  [ENV, '_emscripten_throw_longjmp'],
  [ENV, 'emscripten_resize_heap'],
  [ENV, 'exit'],
  [ENV, 'emscripten_date_now'],
  [ENV, 'strftime'],
  [ENV, '_mktime_js'],
  [ENV, '_localtime_js'],
  [ENV, '_gmtime_js'],
  [ENV, '_tzset_js'],
  [ENV, '_emscripten_get_now_is_monotonic', 0],
  [ENV, 'system', 0],
  [ENV, '__syscall_openat', NO_SYSTEM_CALL],
  [ENV, '__syscall_fcntl64', NO_SYSTEM_CALL],
  [ENV, '__syscall_ioctl', NO_SYSTEM_CALL],
  [ENV, '__syscall_dup3', NO_SYSTEM_CALL],
  [ENV, '__syscall_unlinkat', NO_SYSTEM_CALL],
  [ENV, '__syscall_rmdir', NO_SYSTEM_CALL],
  [ENV, '__syscall_renameat', NO_SYSTEM_CALL],
  [ENV, '__syscall_readlinkat', NO_SYSTEM_CALL],
  [WASI, 'fd_write', NOT_SUPPORTED],
  [WASI, 'fd_read', NOT_SUPPORTED],
  [WASI, 'fd_close', NOT_SUPPORTED],
  [WASI, 'fd_seek', NOT_SUPPORTED],
  [WASI, 'environ_sizes_get', NOT_SUPPORTED],
  [WASI, 'environ_get', NOT_SUPPORTED],
]
