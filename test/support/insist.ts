import {expect} from 'vitest'
import type {ApiClient} from './api-client.js'
import {eventually} from './eventually.js'

/** PowerDNS answers 500 where SQLite was busy with another client's change, and has done nothing then: it is said again. */
export async function insist(api: ApiClient, ...call: Parameters<ApiClient['send']>): Promise<void> {
  await eventually(async () => expect((await api.send(...call)).status).not.toBe(500))
}
