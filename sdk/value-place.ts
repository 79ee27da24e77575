/** ValuePlace: where in a message's bytes a value lies. Whoever asks keeps one and has it filled in again and again. */

export interface ValuePlace {
  start: number
  end: number
}
