import {z} from 'zod'
import type {PowerDnsClient} from './client.js'
import {PowerDnsAnswerError} from './errors.js'

const settingsSchema = z.array(z.object({name: z.string(), value: z.string().catch('')}))
const viewsSchema = z.union([z.array(z.string()), z.object({views: z.array(z.string())})])

/** All settings of a PowerDNS by name; secrets are `***` there. Rejects as the client does. */
export async function readSettings(
  client: PowerDnsClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const settings = decode(settingsSchema, await client.get('/config', signal), 'its settings')
  return new Map(settings.map(({name, value}) => [name, value]))
}

/** Where PowerDNS keeps its zones, such as `gsqlite3`, without the names that tell several of a kind apart (`gsqlite3:second`). */
export function backendsOf(settings: ReadonlyMap<string, string>): string[] {
  const launched = (settings.get('launch') ?? '').split(/[\s,]+/).filter((name) => name !== '')
  return launched.map((name) => name.split(':', 1)[0] ?? name)
}

/** The names of the views (5.0 and newer); undefined where PowerDNS knows no views. */
export async function readViews(
  client: PowerDnsClient,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const text = await client.get('/views', signal)
  if (text === undefined) return undefined
  const views = decode(viewsSchema, text, 'its views')
  return 'views' in views ? views.views : views
}

function decode<T>(schema: z.ZodType<T>, text: string | undefined, what: string): T {
  try {
    return schema.parse(JSON.parse(text ?? ''))
  } catch (cause) {
    throw new PowerDnsAnswerError(`the PowerDNS API did not tell ${what}`, {
      cause,
      hints: ['Check that `api_url` points at the PowerDNS API itself (version 4.7 or newer)'],
    })
  }
}
