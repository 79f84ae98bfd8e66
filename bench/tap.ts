import {connect, type Msg, type NatsConnection} from 'nats'
import type {LabEndpoints} from '../src/lib/lab/endpoints.js'

export interface Tapped {
  subject: string
  /** `performance.now()` of when it came here. */
  at: number
  /** As NATS counts it: subject, headers and payload. */
  bytes: number
}

/** Hears what is published on some subjects, at the moment at which whoever it is meant for hears it. */
export class Tap {
  readonly #connection: NatsConnection
  #heard: Tapped[] = []

  private constructor(connection: NatsConnection) {
    this.#connection = connection
  }

  /** Of a lab without TLS. */
  static async open({nats}: Pick<LabEndpoints, 'nats'>, subjects: readonly string[]): Promise<Tap> {
    const tap = new Tap(await connect({servers: nats.url}))
    for (const subject of subjects) {
      tap.#connection.subscribe(subject, {
        callback: (error, message) => {
          if (!error) tap.#heard.push(read(message))
        },
      })
    }
    await tap.#connection.flush()
    return tap
  }

  /** All that came since it was asked last. */
  take(): Tapped[] {
    const heard = this.#heard
    this.#heard = []
    return heard
  }

  /** Of those that were not taken yet. */
  count(counts: (subject: string) => boolean): number {
    return this.#heard.reduce((sum, {subject}) => sum + (counts(subject) ? 1 : 0), 0)
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }
}

function read({subject, data, headers}: Msg): Tapped {
  const head = headers === undefined ? 0 : headerBytes(headers)
  return {subject, at: performance.now(), bytes: subject.length + head + data.length}
}

/** `NATS/1.0`, a line for each value, and an empty line. */
function headerBytes(headers: NonNullable<Msg['headers']>): number {
  let bytes = 'NATS/1.0\r\n\r\n'.length
  for (const [name, values] of headers)
    for (const value of values) bytes += Buffer.byteLength(`${name}: ${value}\r\n`)
  return bytes
}
