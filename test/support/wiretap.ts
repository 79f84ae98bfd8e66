import {zstdDecompressSync} from 'node:zlib'
import type {NatsConnection, Subscription} from 'nats'

const ZSTD = Buffer.from('28b52ffd', 'hex')

/** Hears everything that anybody publishes, answers included; needs a broker that lets it. */
export class Wiretap {
  readonly #subscription: Subscription
  readonly #heard: Buffer[] = []

  constructor(connection: NatsConnection) {
    this.#subscription = connection.subscribe('>', {
      callback: (_, {subject, headers, data}) => {
        this.#heard.push(Buffer.from(`\n${subject}\n${headers?.toString() ?? ''}\n`), ...unpacked(data))
      },
    })
  }

  /** All of it, what is packed also unpacked. */
  get heard(): Buffer {
    return Buffer.concat(this.#heard)
  }

  close(): void {
    this.#subscription.unsubscribe()
  }
}

function unpacked(data: Uint8Array): Buffer[] {
  const bytes = Buffer.from(data)
  const at = bytes.indexOf(ZSTD)
  return at < 0 ? [bytes] : [bytes, zstdDecompressSync(bytes.subarray(at))]
}
