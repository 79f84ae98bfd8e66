import {readFile} from 'node:fs/promises'
import {connect as connectTcp, isIP, type Socket} from 'node:net'
import {connect as connectTls, type TLSSocket} from 'node:tls'
import {BrokerUnavailableError} from './errors.js'

export interface CertificateQuestion {
  /** `host:port`, `[::1]:port`, as the connection names it; or a URL. */
  server: string
  /** Shown to a server that demands one; PEM files. */
  certFile?: string | undefined
  keyFile?: string | undefined
}

export interface CertificateTimes {
  /** Milliseconds since 1970. */
  validFrom: number
  validTo: number
}

const MAX_GREETING_BYTES = 64 * 1024

/**
 * When the certificate that a NATS server shows is valid, whoever signed it. NATS begins in the clear, with an INFO line, and
 * TLS comes after it. Rejects with BrokerUnavailableError, and with the signal's reason.
 */
export async function serverCertificate(
  {server, certFile, keyFile}: CertificateQuestion,
  signal: AbortSignal,
): Promise<CertificateTimes> {
  const {hostname, port} = new URL(/^[a-z]+:\/\//.test(server) ? server : `tls://${server}`)
  const host = hostname.replace(/^\[|\]$/g, '')
  const own = certFile && keyFile ? {cert: await readFile(certFile), key: await readFile(keyFile)} : {}
  const plain = connectTcp({host, port: Number(port || 4222)})
  const abort = () => plain.destroy(signal.reason)
  signal.addEventListener('abort', abort, {once: true})
  try {
    await greeting(plain)
    // The connection proper has checked it; here an expired one is looked at as well.
    const named = isIP(host) ? {} : {servername: host}
    const socket = connectTls({socket: plain, rejectUnauthorized: false, ...named, ...own})
    return timesOf(await secured(socket))
  } catch (cause) {
    signal.throwIfAborted()
    const words = cause instanceof Error ? cause.message : String(cause)
    throw new BrokerUnavailableError(`the broker at ${server} shows no certificate: ${words}`, {cause})
  } finally {
    signal.removeEventListener('abort', abort)
    plain.destroy()
  }
}

function greeting(socket: Socket): Promise<void> {
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  let bytes = 0
  const read = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_GREETING_BYTES) reject(new Error('its greeting has no end'))
    else if (chunk.includes('\r\n')) resolve()
  }
  socket.on('data', read).once('error', reject)
  socket.once('close', () => reject(new Error('it closed the connection')))
  return promise.finally(() => socket.off('data', read).pause())
}

function secured(socket: TLSSocket): Promise<TLSSocket> {
  const {promise, resolve, reject} = Promise.withResolvers<TLSSocket>()
  socket.once('secureConnect', () => resolve(socket)).on('error', reject)
  return promise
}

function timesOf(socket: TLSSocket): CertificateTimes {
  const {valid_from: from, valid_to: to} = socket.getPeerCertificate()
  const times = {validFrom: Date.parse(from), validTo: Date.parse(to)}
  if (Number.isNaN(times.validFrom) || Number.isNaN(times.validTo)) throw new Error('it has no dates')
  return times
}
