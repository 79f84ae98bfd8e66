import {once} from 'node:events'
import {createServer, request} from 'node:http'
import {type AddressInfo, createServer as createTcpServer, type Server, type Socket} from 'node:net'
import {afterEach, describe, expect, it} from 'vitest'
import {ReadyAgent, ReadyConnection} from '../../src/lib/ready-connection.js'
import {eventually} from '../support/eventually.js'

const closing: Array<() => void> = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server that only accepts; its connections in the order in which they came. */
async function accepting(): Promise<{port: number; server: Server; sockets: Socket[]}> {
  const sockets: Socket[] = []
  const server = createTcpServer((socket) => sockets.push(socket.on('error', () => undefined)))
  const port = await listening(server)
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
  })
  return {port, server, sockets}
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return (server.address() as AddressInfo).port
}

function readyFor(port: number, now?: () => number): ReadyConnection {
  const ready = new ReadyConnection({host: '127.0.0.1', port}, now)
  closing.push(() => ready.close())
  return ready
}

/** As long as one is fit to be used no other is made. */
async function isReplaced(ready: ReadyConnection, sockets: readonly Socket[]): Promise<void> {
  await eventually(() => {
    ready.prepare()
    expect(sockets).toHaveLength(2)
  })
}

describe('a connection that is prepared', () => {
  it('is open already when it is taken, and taken once', async () => {
    const {port, sockets} = await accepting()
    const ready = readyFor(port)
    expect(ready.take()).toBeUndefined()
    ready.prepare()
    ready.prepare()
    await eventually(() => expect(sockets).toHaveLength(1))
    const taken = ready.take()
    closing.push(() => taken?.destroy())
    await eventually(() => expect(taken?.readyState).toBe('open'))
    expect(ready.take()).toBeUndefined()
    expect(sockets).toHaveLength(1)
  })

  it('is no longer used when the server may be about to end it, and replaced by the next one', async () => {
    const {port, sockets} = await accepting()
    let now = 0
    const ready = readyFor(port, () => now)
    ready.prepare()
    now = 900
    expect(ready.take()).toBeUndefined()
    ready.prepare()
    await eventually(() => expect(sockets).toHaveLength(2))
    const taken = ready.take()
    expect(taken).toBeDefined()
    taken?.destroy()
  })

  it('is not used once the server has ended it', async () => {
    const {port, sockets} = await accepting()
    const ready = readyFor(port, () => 0)
    ready.prepare()
    await eventually(() => expect(sockets).toHaveLength(1))
    sockets[0]?.end()
    await isReplaced(ready, sockets)
  })

  it('that nobody accepts is nobody else’s error', async () => {
    const {port, server} = await accepting()
    server.close()
    await once(server, 'close')
    const ready = readyFor(port, () => 0)
    ready.prepare()
    const again = createTcpServer()
    const accepted = once(again.listen(port, '127.0.0.1'), 'connection')
    closing.push(() => again.close())
    const trying = setInterval(() => ready.prepare(), 5)
    await accepted
    clearInterval(trying)
    ready.close()
  })

  it('is closed with all others, stale ones too, and none is made after that', async () => {
    const {port, sockets} = await accepting()
    let now = 0
    const ready = readyFor(port, () => now)
    ready.prepare()
    now = 1000
    ready.prepare()
    await eventually(() => expect(sockets).toHaveLength(2))
    for (const socket of sockets) socket.resume()
    ready.close()
    ready.prepare()
    await eventually(() => expect(sockets.map(({readableEnded}) => readableEnded)).toEqual([true, true]))
    expect([ready.take(), sockets.length]).toEqual([undefined, 2])
  })

  it('on which something came unasked is not used', async () => {
    const {port, sockets} = await accepting()
    const ready = readyFor(port, () => 0)
    ready.prepare()
    await eventually(() => expect(sockets).toHaveLength(1))
    sockets[0]?.write('HTTP/1.1 408 Request Timeout\r\n\r\n')
    await isReplaced(ready, sockets)
  })
})

it('an agent has the next connection open when one call is over, and is told of a server that is away', async () => {
  const connections: Socket[] = []
  const asked: number[] = []
  const server = createServer((request, response) => {
    asked.push(connections.indexOf(request.socket))
    response.writeHead(200, {connection: 'close'}).end('yes')
  }).on('connection', (socket) => connections.push(socket))
  const port = await listening(server)
  const ready = readyFor(port)
  const agent = new ReadyAgent(ready, {})
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      const asking = request({host: '127.0.0.1', port, agent}, (response) => {
        response.setEncoding('utf8').on('data', resolve)
      })
      asking.on('error', reject).end()
    })
  expect(await ask()).toBe('yes')
  await eventually(() => expect(connections).toHaveLength(2))
  expect(await ask()).toBe('yes')
  // The second call came over the connection that was there before it.
  expect(asked).toEqual([0, 1])
  ready.close()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await expect(ask()).rejects.toThrow('ECONNREFUSED')
})
