/**
 * Calendar: the functions behind `os.date` and `os.time`, always in UTC, so that a plugin does the same wherever it
 * runs. A broken-down time is C's `struct tm`: nine i32 from seconds to daylight saving, months from 0, years from 1900.
 */

const DAY_MS = 86_400_000
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
/** Fields of `struct tm` that are written and read here. */
const FIELDS = 9
const SHORT = 3

/** What a date costs the guest, in fuel; most of all one that is written as text: 3 µs. */
const DATE_COST = 10_000
const TEXT_COST = 40_000

/** The imports of the interpreter that have to do with dates. */
export function calendar(host: {
  /** The view of the memory that holds now. */
  memory(): Buffer
  charge(units: number): void
}): Readonly<Record<string, unknown>> {
  const memory = (): Buffer => host.memory()
  const breakDown = (seconds: bigint, at: number): void => {
    host.charge(DATE_COST)
    const date = new Date(Number(seconds) * 1_000)
    const valid = !Number.isNaN(date.getTime())
    const fields = valid ? fieldsOf(date) : new Array<number>(FIELDS).fill(0)
    for (const [index, value] of fields.entries()) memory().writeInt32LE(value, (at >>> 0) + index * 4)
  }
  return {
    _gmtime_js: breakDown,
    _localtime_js: breakDown,
    _tzset_js: () => {},
    _mktime_js: (at: number) => {
      host.charge(DATE_COST)
      const date = dateAt(memory(), at >>> 0)
      if (Number.isNaN(date.getTime())) return -1n
      for (const [index, value] of fieldsOf(date).entries())
        memory().writeInt32LE(value, (at >>> 0) + index * 4)
      return BigInt(Math.floor(date.getTime() / 1_000))
    },
    /** C's `strftime`: 0 when the room does not suffice. Lua asks for one conversion at a time. */
    strftime: (to: number, room: number, format: number, at: number) => {
      host.charge(TEXT_COST)
      const bytes = memory()
      const conversion = String.fromCharCode(bytes[(format >>> 0) + 1] ?? 0)
      const modified = conversion === 'E' || conversion === 'O'
      const letter = modified ? String.fromCharCode(bytes[(format >>> 0) + 2] ?? 0) : conversion
      const date = dateAt(bytes, at >>> 0)
      const text = Number.isNaN(date.getTime()) ? '' : formatDate(date, letter)
      if (text.length >= room) return 0
      bytes.write(`${text}\0`, to >>> 0, 'latin1')
      return text.length
    },
  }
}

function fieldsOf(date: Date): readonly number[] {
  return [
    date.getUTCSeconds(),
    date.getUTCMinutes(),
    date.getUTCHours(),
    date.getUTCDate(),
    date.getUTCMonth(),
    date.getUTCFullYear() - 1_900,
    date.getUTCDay(),
    dayOfYear(date),
    0,
  ]
}

function dateAt(bytes: Buffer, at: number): Date {
  const field = (index: number): number => bytes.readInt32LE(at + index * 4)
  const date = new Date(0)
  date.setUTCFullYear(field(5) + 1_900, field(4), field(3))
  date.setUTCHours(field(2), field(1), field(0))
  return date
}

/** From 0. */
function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - yearStart(date.getUTCFullYear())) / DAY_MS)
}

function yearStart(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1)
}

/** One conversion of C99's `strftime` (§7.23.3.5) in the C locale. */
function formatDate(date: Date, letter: string): string {
  const year = date.getUTCFullYear()
  const hour = date.getUTCHours()
  const day = DAYS[date.getUTCDay()] ?? ''
  const month = MONTHS[date.getUTCMonth()] ?? ''
  const each = (letters: string, between: string): string =>
    [...letters].map((next) => formatDate(date, next)).join(between)
  switch (letter) {
    case 'a':
      return day.slice(0, SHORT)
    case 'A':
      return day
    case 'b':
    case 'h':
      return month.slice(0, SHORT)
    case 'B':
      return month
    case 'c':
      return `${each('ab', ' ')} ${each('eTY', ' ')}`
    case 'C':
      return two(Math.floor(year / 100))
    case 'd':
      return two(date.getUTCDate())
    case 'D':
    case 'x':
      return each('mdy', '/')
    case 'e':
      return String(date.getUTCDate()).padStart(2)
    case 'F':
      return each('Ymd', '-')
    case 'g':
      return two(isoWeek(date).year % 100)
    case 'G':
      return String(isoWeek(date).year)
    case 'H':
      return two(hour)
    case 'I':
      return two(hour % 12 === 0 ? 12 : hour % 12)
    case 'j':
      return String(dayOfYear(date) + 1).padStart(3, '0')
    case 'm':
      return two(date.getUTCMonth() + 1)
    case 'M':
      return two(date.getUTCMinutes())
    case 'n':
      return '\n'
    case 'p':
      return hour < 12 ? 'AM' : 'PM'
    case 'r':
      return `${each('IMS', ':')} ${each('p', '')}`
    case 'R':
      return each('HM', ':')
    case 'S':
      return two(date.getUTCSeconds())
    case 't':
      return '\t'
    case 'T':
    case 'X':
      return each('HMS', ':')
    case 'u':
      return String(date.getUTCDay() === 0 ? 7 : date.getUTCDay())
    case 'U':
      return two(Math.floor((dayOfYear(date) + 7 - date.getUTCDay()) / 7))
    case 'V':
      return two(isoWeek(date).week)
    case 'w':
      return String(date.getUTCDay())
    case 'W':
      return two(Math.floor((dayOfYear(date) + 7 - ((date.getUTCDay() + 6) % 7)) / 7))
    case 'y':
      return two(((year % 100) + 100) % 100)
    case 'Y':
      return String(year)
    case 'z':
      return '+0000'
    case 'Z':
      return 'UTC'
    default:
      return '%'
  }
}

/** ISO 8601: the week belongs to the year that has its Thursday. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY_MS)
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 }
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
