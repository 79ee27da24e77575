/** ThreadMs: the time of the processor that this thread has taken, in milliseconds; others on the machine do not count. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
