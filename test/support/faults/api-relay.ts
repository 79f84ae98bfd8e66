import {once} from 'node:events'
import {createServer, type IncomingMessage, request, type Server, type ServerResponse} from 'node:http'

/** `error`: 500 to everything; `hang`: no answer; `empty`: no zone in the listing, all else passes. */
export type ApiMode = 'pass' | 'error' | 'hang' | 'empty'

/** A PowerDNS API that can be made to fail, before the real one. */
export class ApiRelay {
  readonly #target: URL
  readonly #server: Server
  mode: ApiMode = 'pass'
  /** Calls that were not just passed on. */
  damaged = 0

  private constructor(target: string) {
    this.#target = new URL(target)
    this.#server = createServer((call, answer) => this.#handle(call, answer))
  }

  static async open(target: string): Promise<ApiRelay> {
    const relay = new ApiRelay(target)
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the relay is closed')
    return `http://127.0.0.1:${address.port}`
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #handle(call: IncomingMessage, answer: ServerResponse): void {
    const isListing = call.method === 'GET' && /\/zones(\?|$)/.test(call.url ?? '')
    if (this.mode === 'pass' || (this.mode === 'empty' && !isListing)) this.#pass(call, answer)
    else this.#damage(call, answer)
  }

  #damage(call: IncomingMessage, answer: ServerResponse): void {
    this.damaged++
    call.resume()
    if (this.mode === 'error') respond(answer, 500, '{"error": "out of order"}')
    if (this.mode === 'empty') respond(answer, 200, '[]')
  }

  #pass(call: IncomingMessage, answer: ServerResponse): void {
    const {method, url, headers} = call
    const {hostname: host, port} = this.#target
    const passed = request({host, port, path: url, method, headers, agent: false}, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    // As a server that died: the caller is not answered.
    passed.on('error', () => answer.destroy())
    call.pipe(passed)
  }
}

function respond(answer: ServerResponse, status: number, text: string): void {
  answer.writeHead(status, {'content-type': 'application/json'}).end(text)
}
