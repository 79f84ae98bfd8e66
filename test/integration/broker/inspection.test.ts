import {X509Certificate} from 'node:crypto'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {Broker} from '../../../src/lib/broker/connection.js'
import {accountUse, brokerClock, mayDeleteStreams} from '../../../src/lib/broker/inspection.js'
import {serverCertificate} from '../../../src/lib/broker/server-certificate.js'
import {setUpBroker} from '../../../src/lib/broker/topology.js'
import {selfSignedCertificate} from '../../../src/lib/proxy/certificate.js'
import {NatsProcess} from '../../support/nats-process.js'
import {optionsFor, TOPOLOGY} from './fixture.js'

const USERS = `authorization: {users: [
  {user: admin, password: a}
  {user: ns1, password: b, permissions: {
    publish: ["$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.>"], subscribe: ["_INBOX_test.>"]
  }}
]}`

describe('a login', () => {
  it('is told apart by what it may do, and each learns the time', async () => {
    await using nats = await NatsProcess.start(USERS)
    const admin = await Broker.connect(optionsFor(nats, {user: 'admin', password: 'a'}))
    const ns1 = await Broker.connect(optionsFor(nats, {user: 'ns1', password: 'b'}))
    try {
      await setUpBroker(admin, TOPOLOGY)
      expect(await accountUse(admin)).toMatchObject({streams: 7})
      expect(await accountUse(ns1)).toBeUndefined()
      expect(await mayDeleteStreams(admin)).toBe(true)
      expect(await mayDeleteStreams(ns1)).toBe(false)
      for (const broker of [admin, ns1]) {
        const {aheadMs, uncertainMs} = await brokerClock(broker)
        // One machine, one clock; what it stamps is a moment within the question.
        expect(Math.abs(aheadMs)).toBeLessThanOrEqual(uncertainMs + 2)
      }
    } finally {
      await Promise.all([admin.close(), ns1.close()])
    }
  })
})

describe('the certificate of a server', () => {
  const {signal} = new AbortController()

  it('is read, whoever signed it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pdist-tls-'))
    try {
      const {certificateFile, keyFile, certificate} = await selfSignedCertificate(directory)
      const tls = `tls: {cert_file: ${JSON.stringify(certificateFile)}, key_file: ${JSON.stringify(keyFile)}}`
      await using nats = await NatsProcess.start(tls)
      const {validFromDate, validToDate} = new X509Certificate(certificate)
      const times = {validFrom: validFromDate.getTime(), validTo: validToDate.getTime()}
      expect(await serverCertificate({server: nats.url}, signal)).toEqual(times)
      expect(await serverCertificate({server: new URL(nats.url).host}, signal)).toEqual(times)
    } finally {
      await rm(directory, {recursive: true})
    }
  })

  it('is missed where a server has none, or where there is no server', async () => {
    const nats = await NatsProcess.start()
    const missed = {code: 'PDIST_BROKER_UNAVAILABLE'}
    await expect(serverCertificate({server: nats.url}, signal)).rejects.toMatchObject(missed)
    await nats[Symbol.asyncDispose]()
    await expect(serverCertificate({server: nats.url}, signal)).rejects.toMatchObject(missed)
  })

  it('is not waited for longer than its signal', async () => {
    await using nats = await NatsProcess.start()
    nats.signal('SIGSTOP')
    const ending = new AbortController()
    const asked = serverCertificate({server: nats.url}, ending.signal)
    ending.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
  })
})
