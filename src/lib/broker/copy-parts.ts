import {z} from 'zod'
import {countSchema} from './codec.js'

/** The message header of a part: its number from 1, and how many there are. */
export const PART_HEADER = 'Pdist-Part'
/** How often it is told that a copy is being made. */
export const SIGN_OF_LIFE_MS = 2000

// Lazy, since most commands never read one: to make a schema costs more than to use it once.
/** What comes before the parts. */
export const copyHeadSchema = z.lazy(() =>
  z.discriminatedUnion('state', [
    z.object({state: z.literal('working')}),
    z.object({
      state: z.literal('ready'),
      bytes: countSchema,
      messages: countSchema,
      records: countSchema,
      digest: z.string().max(100),
      /** Bytes of all parts together. */
      packed: countSchema,
      parts: countSchema,
    }),
  ]),
)

export type CopyHead = z.infer<typeof copyHeadSchema>
export type ReadyHead = Extract<CopyHead, {state: 'ready'}>
