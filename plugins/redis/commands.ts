/**
 * Commands: what the codec knows of each command of Redis: where its keys stand among its arguments, whether it has
 * subcommands, and what it leaves behind on the connection. A command that is not here passes like any other, without
 * keys.
 */

/** Where keys stand; argument 0 is the command. A negative last counts from the end. */
export type KeyRule =
  | { readonly at: 'range'; readonly first: number; readonly last: number; readonly step: number }
  /** An argument says how many follow it; one more may stand in front. */
  | { readonly at: 'counted'; readonly count: number; readonly also: number }
  /** The first half of what follows a word. */
  | { readonly at: 'streams' }
  /** One key, and the argument behind the word STORE or STOREDIST. */
  | { readonly at: 'store' }
  | { readonly at: 'migrate' }

/** What a command does to its connection; `plain`: nothing. */
export type Role =
  | 'plain'
  | 'quit'
  | 'refused'
  | 'select'
  | 'auth'
  | 'hello'
  | 'multi'
  | 'exec'
  | 'discard'
  | 'watch'
  | 'unwatch'
  | 'reset'
  | 'client'
  | 'script'
  | 'subscribe'
  | 'monitor'
  | 'sticky'
  | 'wait'
  | 'blocking-last'
  | 'blocking-first'
  | 'blocking-streams'

export interface CommandSpec {
  readonly name: string
  readonly keys: KeyRule | undefined
  readonly role: Role
  readonly container: boolean
  /** First argument that names a channel or pattern, up to the last one that does; 0 when none does. */
  readonly channels: number
}

const range = (first: number, last: number, step = 1): KeyRule => ({ at: 'range', first, last, step })
const counted = (count: number, also = 0): KeyRule => ({ at: 'counted', count, also })

const keyRules: readonly (readonly [rule: KeyRule, names: string])[] = [
  [
    range(1, 1),
    `APPEND BITCOUNT BITFIELD BITFIELD_RO BITPOS DECR DECRBY DUMP EXPIRE EXPIREAT EXPIRETIME GEOADD GEODIST GEOHASH
     GEOPOS GEORADIUS_RO GEORADIUSBYMEMBER_RO GEOSEARCH GET GETBIT GETDEL GETEX GETRANGE GETSET HDEL HEXISTS HEXPIRE
     HEXPIREAT HEXPIRETIME HGET HGETALL HGETDEL HGETEX HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET HMSET HPERSIST HPEXPIRE
     HPEXPIREAT HPEXPIRETIME HPTTL HRANDFIELD HSCAN HSET HSETEX HSETNX HSTRLEN HTTL HVALS INCR INCRBY INCRBYFLOAT
     LINDEX LINSERT LLEN LPOP LPOS LPUSH LPUSHX LRANGE LREM LSET LTRIM MOVE PERSIST PEXPIRE PEXPIREAT PEXPIRETIME
     PFADD PSETEX PTTL RESTORE RESTORE-ASKING RPOP RPUSH RPUSHX SADD SCARD SET SETBIT SETEX SETNX SETRANGE SISMEMBER
     SMEMBERS SMISMEMBER SORT_RO SPOP SRANDMEMBER SREM SSCAN STRLEN SUBSTR TTL TYPE XACK XADD XAUTOCLAIM XCLAIM XDEL
     XLEN XPENDING XRANGE XREVRANGE XSETID XTRIM ZADD ZCARD ZCOUNT ZINCRBY ZLEXCOUNT ZMSCORE ZPOPMAX ZPOPMIN
     ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE
     ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE`,
  ],
  [
    range(1, -1),
    'DEL EXISTS MGET PFCOUNT PFMERGE SDIFF SDIFFSTORE SINTER SINTERSTORE SUNION SUNIONSTORE TOUCH UNLINK WATCH',
  ],
  [range(1, -1, 2), 'MSET MSETNX'],
  [range(1, -2), 'BLPOP BRPOP BZPOPMIN BZPOPMAX'],
  [
    range(1, 2),
    'BLMOVE BRPOPLPUSH COPY GEOSEARCHSTORE LCS LMOVE RENAME RENAMENX RPOPLPUSH SMOVE ZRANGESTORE',
  ],
  [range(2, -1), 'BITOP'],
  [range(2, 2), 'MEMORY OBJECT XGROUP XINFO'],
  [counted(1), 'LMPOP SINTERCARD ZDIFF ZINTER ZINTERCARD ZMPOP ZUNION'],
  [counted(2), 'BLMPOP BZMPOP EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO'],
  [counted(2, 1), 'ZDIFFSTORE ZINTERSTORE ZUNIONSTORE'],
  [{ at: 'streams' }, 'XREAD XREADGROUP'],
  [{ at: 'store' }, 'SORT GEORADIUS GEORADIUSBYMEMBER'],
  [{ at: 'migrate' }, 'MIGRATE'],
]

const keyless = `ACL ASKING AUTH BGREWRITEAOF BGSAVE CLIENT CLUSTER COMMAND CONFIG DBSIZE DEBUG DISCARD ECHO EXEC FAILOVER
  FLUSHALL FLUSHDB FUNCTION HELLO INFO KEYS LASTSAVE LATENCY LOLWUT MODULE MONITOR MULTI PING PSUBSCRIBE PSYNC PUBLISH
  PUBSUB PUNSUBSCRIBE QUIT RANDOMKEY READONLY READWRITE REPLCONF REPLICAOF RESET ROLE SAVE SCAN SCRIPT SELECT SHUTDOWN
  SLAVEOF SLOWLOG SPUBLISH SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SWAPDB SYNC TIME UNSUBSCRIBE UNWATCH WAIT WAITAOF`

const roles: readonly (readonly [role: Role, names: string])[] = [
  ['quit', 'QUIT'],
  ['refused', 'SYNC PSYNC REPLCONF'],
  ['select', 'SELECT'],
  ['auth', 'AUTH'],
  ['hello', 'HELLO'],
  ['multi', 'MULTI'],
  ['exec', 'EXEC'],
  ['discard', 'DISCARD'],
  ['watch', 'WATCH'],
  ['unwatch', 'UNWATCH'],
  ['reset', 'RESET'],
  ['client', 'CLIENT'],
  ['script', 'SCRIPT'],
  ['subscribe', 'SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE'],
  ['monitor', 'MONITOR'],
  ['sticky', 'ASKING READONLY READWRITE'],
  ['wait', 'WAIT WAITAOF'],
  ['blocking-last', 'BLPOP BRPOP BLMOVE BRPOPLPUSH BZPOPMIN BZPOPMAX'],
  ['blocking-first', 'BLMPOP BZMPOP'],
  ['blocking-streams', 'XREAD XREADGROUP'],
]

const containers =
  words(`ACL CLIENT CLUSTER COMMAND CONFIG DEBUG FUNCTION LATENCY MEMORY MODULE OBJECT PUBSUB SCRIPT SLOWLOG
  XGROUP XINFO`)
const channelCommands = words(
  `SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE PUBLISH SPUBLISH`,
)

/** Every command that is known; the first stands for those that are not. */
export const commandSpecs: readonly CommandSpec[] = [
  { name: '', keys: undefined, role: 'plain', container: false, channels: 0 },
  ...keyRules.flatMap(([keys, names]) => words(names).map((name) => spec(name, keys))),
  ...words(keyless).map((name) => spec(name, undefined)),
]

function spec(name: string, keys: KeyRule | undefined): CommandSpec {
  const role = roles.find(([, names]) => words(names).includes(name))?.[0] ?? 'plain'
  const channels = channelCommands.includes(name) ? 1 : 0
  return { name, keys, role, container: containers.includes(name), channels }
}

function words(text: string): readonly string[] {
  return text.split(/\s+/)
}
