import {once} from 'node:events'
import type {AddressInfo} from 'node:net'
import {connect, createServer} from 'node:tls'
import {describe, expect, it} from 'vitest'
import {makeAuthority, makeServerCertificate, type Pem} from '../../../src/lib/certificates/make.js'

const HOST = '127.0.0.1'

/** What becomes of a connection to a server with this certificate: `ok`, or the code of the error. */
async function outcome({certificate, key}: Pem, ca: string): Promise<string> {
  const server = createServer({cert: certificate, key}).listen(0, HOST)
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  const client = connect({host: HOST, port, ca})
  const result = await once(client, 'secureConnect').then(
    () => 'ok',
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  )
  client.destroy()
  server.close()
  return result
}

const authorities = Promise.all([makeAuthority('broker'), makeAuthority('broker')])

/** Two of the same name, each with what clients are to trust for it. */
const pairs = {
  'of two authorities': async () => {
    const [one, other] = await authorities
    return [
      {ca: one.certificate, server: await makeServerCertificate('server', [HOST], one)},
      {ca: other.certificate, server: await makeServerCertificate('server', [HOST], other)},
    ]
  },
  'that are self-signed': async () => {
    const made = [
      await makeServerCertificate('server', [HOST]),
      await makeServerCertificate('server', [HOST]),
    ]
    return made.map((server) => ({ca: server.certificate, server}))
  },
}

describe.each(Object.entries(pairs))('certificates %s', (_, make) => {
  it('are both taken by whoever trusts both, in any order, in one file', async () => {
    const made = await make()
    for (const trusted of [made, made.toReversed()]) {
      const ca = trusted.map((each) => each.ca).join('')
      for (const {server} of made) expect(await outcome(server, ca)).toBe('ok')
    }
  })

  it('are each refused by whoever trusts the other', async () => {
    const [one, other] = await make()
    if (!one || !other) throw new Error('there are two')
    expect(await outcome(one.server, other.ca)).not.toBe('ok')
    expect(await outcome(other.server, one.ca)).not.toBe('ok')
  })
})
