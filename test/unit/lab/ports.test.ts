import {once} from 'node:events'
import {createServer} from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import {hostPort, PortPicker} from '../../../src/lib/lab/ports.js'

const servers: Array<ReturnType<typeof createServer>> = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

describe('PortPicker', () => {
  test('gives every port once, and one that can be listened on', async () => {
    const picker = new PortPicker('127.0.0.1')
    const ports = await Promise.all(Array.from({length: 20}, () => picker.next()))
    expect(new Set(ports).size).toBe(20)
    for (const port of ports) {
      const server = createServer().listen(port, '127.0.0.1')
      servers.push(server)
      await once(server, 'listening')
    }
  })

  test('stays below the ports that the system gives to outgoing connections', async () => {
    const picker = new PortPicker('::1')
    const port = await picker.next()
    expect(port).toBeGreaterThanOrEqual(10_000)
    expect(port).toBeLessThan(32_000)
  })
})

test('an IPv6 address is written in brackets before a port', () => {
  expect(hostPort('::1', 53)).toBe('[::1]:53')
  expect(hostPort('127.0.0.1', 53)).toBe('127.0.0.1:53')
})
