import {once} from 'node:events'
import {createServer, type Socket} from 'node:net'
import {createServer as createTlsServer} from 'node:tls'

export interface FakeUpstream extends AsyncDisposable {
  port: number
  /** Every request so far, as it came on the wire. */
  requests: string[]
  connections: number
}

/**
 * A server for what a real PowerDNS does not do on demand. `answer` is called with each connection's bytes so far whenever
 * more come, and does what it likes. With `tls` it is a front that speaks TLS.
 */
export async function startFakeUpstream(
  answer: (socket: Socket, received: string, fake: FakeUpstream) => void,
  tls?: {certificate: string; key: string},
): Promise<FakeUpstream> {
  const sockets = new Set<Socket>()
  const onSocket = (socket: Socket) => {
    fake.connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    let received = ''
    socket.on('data', (data) => {
      received += data.toString('latin1')
      if (!socket.writableEnded) answer(socket, received, fake)
    })
  }
  const server = tls
    ? createTlsServer({cert: tls.certificate, key: tls.key}, onSocket)
    : createServer(onSocket)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const fake: FakeUpstream = {
    port: address.port,
    requests: [],
    connections: 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return fake
}

/** True when `received` is one request with all of its body. */
export function isWhole(received: string): boolean {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return false
  if (/transfer-encoding: chunked/i.test(received.slice(0, end))) return received.endsWith('\r\n0\r\n\r\n')
  const length = Number(/content-length: (\d+)/i.exec(received.slice(0, end))?.[1] ?? 0)
  return received.length >= end + 4 + length
}

export function plainAnswer(status: number, body = '', headers = ''): string {
  return `HTTP/1.1 ${status} Whatever\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`
}
