import {once} from 'node:events'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {zoneName} from '../../../src/lib/dns/name.js'
import {findTsig, type TsigKey} from '../../../src/lib/dns/tsig-record.js'
import {signQuery} from '../../../src/lib/dns/tsig-sign.js'
import {TsigVerifier} from '../../../src/lib/dns/tsig-verify.js'
import {readHeader} from '../../../src/lib/dns/wire.js'
import type {ServerAddress} from '../../../src/lib/xfr/errors.js'
import {NotifyServer, type NotifyServerOptions} from '../../../src/lib/xfr/notify-server.js'
import {askOverTcp} from '../../../src/lib/xfr/tcp-query.js'
import {UdpClient} from '../../../src/lib/xfr/udp-client.js'
import {message, question} from '../dns/messages.js'
import {never, RawClient, udpSocket, ZONE} from './zones.js'

const options = {timeoutMs: 5000, signal: never}
const KEY: TsigKey = {name: zoneName('notify.key'), algorithm: 'hmac-sha256', secret: Buffer.from('secret')}

interface Running extends AsyncDisposable {
  address: ServerAddress
  taken: string[]
  outcomes: string[]
  errors: unknown[]
}

async function running(more: Partial<NotifyServerOptions> = {}): Promise<Running> {
  const [taken, outcomes, errors]: [string[], string[], unknown[]] = [[], [], []]
  const server = new NotifyServer({
    listen: [{host: '127.0.0.1', port: 0}],
    allow: ['127.0.0.1'],
    taken: (zone) => taken.push(zone),
    observer: {
      onNotify: (outcome) => outcomes.push(outcome),
      onRejected: (reason) => outcomes.push(reason),
      onError: (error) => errors.push(error),
    },
    ...more,
  })
  await server.start()
  const [address] = server.addresses
  if (!address) throw new Error('the server has no address')
  return {address, taken, outcomes, errors, [Symbol.asyncDispose]: () => server.close({graceMs: 100})}
}

function notify({qclass = 1, type = 6} = {}): Uint8Array {
  return message([], {flags: 0x2000, question: question(ZONE, type, qclass)})
}

async function overUdp(server: ServerAddress, bytes: Uint8Array): Promise<Uint8Array> {
  const client = new UdpClient(server)
  try {
    return await client.ask(bytes, options)
  } finally {
    await client.close()
  }
}

describe('NOTIFY', () => {
  test.each([
    ['UDP', overUdp],
    ['TCP', (server: ServerAddress, bytes: Uint8Array) => askOverTcp(server, bytes, options)],
  ])('is taken and answered over %s', async (_, ask) => {
    await using at = await running()
    expect(readHeader(await ask(at.address, notify()))).toMatchObject({
      flags: 0xa400,
      opcode: 4,
      rcode: 0,
      questions: 1,
    })
    expect(at).toMatchObject({taken: [ZONE], outcomes: ['taken'], errors: []})
  })

  test('of another class or type, and a query, are not taken', async () => {
    await using at = await running()
    expect(readHeader(await overUdp(at.address, notify({qclass: 3}))).rcode).toBe(5)
    expect(readHeader(await overUdp(at.address, notify({type: 2}))).rcode).toBe(1)
    expect(readHeader(await overUdp(at.address, message([], {flags: 0}))).rcode).toBe(4)
    expect(at).toMatchObject({taken: [], outcomes: ['refused', 'malformed', 'not-implemented']})
  })

  test('of a stranger gets no answer', async () => {
    await using at = await running({allow: ['192.0.2.0/24']})
    const socket = await udpSocket()
    await new Promise((resolve) => socket.send(notify(), at.address.port, at.address.host, resolve))
    using client = new RawClient(at.address)
    client.ask(notify())
    await client.closed
    socket.close()
    await expect.poll(() => at.outcomes).toEqual(expect.arrayContaining(['address', 'address']))
    expect(client.messages).toEqual([])
    expect(at.taken).toEqual([])
  })
})

describe('a signed NOTIFY', () => {
  test('is taken, and its answer is signed', async () => {
    await using at = await running({keys: [KEY], signedOnly: true})
    const {message: signed, mac} = signQuery(notify(), KEY)
    const answer = Uint8Array.from(await overUdp(at.address, signed))
    const verifier = new TsigVerifier(KEY, mac)
    verifier.verify(answer)
    verifier.finish()
    expect(at.taken).toEqual([ZONE])
  })

  test('is demanded only where it is said so', async () => {
    await using demanding = await running({keys: [KEY], signedOnly: true})
    expect(readHeader(await overUdp(demanding.address, notify())).rcode).toBe(5)
    expect(demanding.taken).toEqual([])
    await using knowing = await running({keys: [KEY]})
    expect(readHeader(await overUdp(knowing.address, notify())).rcode).toBe(0)
    expect(knowing.taken).toEqual([ZONE])
  })

  test('is not taken where its signature is wrong', async () => {
    await using at = await running({keys: [KEY]})
    const wrong = signQuery(notify(), {...KEY, secret: Buffer.from('guess')}).message
    const answer = await overUdp(at.address, wrong)
    expect([readHeader(answer).rcode, findTsig(answer)?.error]).toEqual([9, 16])
    expect(at).toMatchObject({taken: [], outcomes: ['unauthentic']})
  })
})

test('random bytes, on UDP and TCP, do no harm', async () => {
  await using at = await running()
  const socket = await udpSocket()
  const mutation = fc.array(fc.tuple(fc.nat(60), fc.integer({min: 0, max: 255})), {
    minLength: 1,
    maxLength: 4,
  })
  for (const changes of fc.sample(mutation, 300)) {
    const bytes = notify()
    for (const [place, value] of changes) bytes[place % bytes.length] = value
    await new Promise((resolve) => socket.send(bytes, at.address.port, at.address.host, resolve))
  }
  socket.close()
  for (const bytes of fc.sample(fc.uint8Array({minLength: 1, maxLength: 2000}), 40)) {
    using client = new RawClient(at.address)
    client.socket.end(bytes)
    await once(client.socket, 'close')
  }
  expect(readHeader(await overUdp(at.address, notify())).rcode).toBe(0)
  expect(readHeader(await askOverTcp(at.address, notify(), options)).rcode).toBe(0)
  expect(at.errors).toEqual([])
})
