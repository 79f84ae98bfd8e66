import {randomInt} from 'node:crypto'
import {createSocket} from 'node:dgram'
import {createServer} from 'node:net'
import {LabAddressError} from './errors.js'

export type LoopbackHost = '127.0.0.1' | '::1'

// Below the range from which Linux and the BSDs take ports for outgoing connections: what is free now is still free when
// the server that is to listen on it has started, and when it is started again.
const LOWEST = 10_000
const BEYOND_HIGHEST = 32_000
const TRIES = 200

/**
 * Finds ports on one loopback address that are free for TCP and UDP both, each only once. Another process may still be
 * quicker than the server that a port is meant for; who starts servers must be ready to choose again.
 */
export class PortPicker {
  readonly #host: LoopbackHost
  readonly #given = new Set<number>()

  constructor(host: LoopbackHost) {
    this.#host = host
  }

  /** Rejects with LabAddressError. */
  async next(): Promise<number> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const port = randomInt(LOWEST, BEYOND_HIGHEST)
      if (this.#given.has(port)) continue
      if (!(await this.#isFree(port))) continue
      this.#given.add(port)
      return port
    }
    throw new LabAddressError(`no free port found on ${this.#host} in ${TRIES} tries`)
  }

  async #isFree(port: number): Promise<boolean> {
    try {
      await bindTcp(this.#host, port)
      await bindUdp(this.#host, port)
      return true
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') return false
      throw new LabAddressError(`cannot listen on ${this.#host}: ${error.message}`, {
        cause: error,
        hints: this.#host === '::1' ? ['This machine may have no IPv6: leave out `--ipv6`'] : [],
      })
    }
  }
}

/** `127.0.0.1:53`, `[::1]:53`. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function bindTcp(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({host, port, exclusive: true}, () => server.close(() => resolve()))
  })
}

function bindUdp(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host === '::1' ? 'udp6' : 'udp4')
    socket.once('error', (error) => socket.close(() => reject(error)))
    socket.bind({address: host, port, exclusive: true}, () => socket.close(() => resolve()))
  })
}
