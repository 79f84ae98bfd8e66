import {BlockList, isIP} from 'node:net'
import {PdistError} from '../errors.js'

export class InvalidAddressError extends PdistError {
  readonly code = 'PDIST_INVALID_ADDRESS'
}

/** Says which clients may ask: those in a list of addresses and networks (`127.0.0.1`, `2001:db8::/32`). */
export class ClientFilter {
  readonly #allowed = new BlockList()

  /** @throws InvalidAddressError */
  constructor(allow: readonly string[]) {
    for (const entry of allow) this.#add(entry)
  }

  /** An IPv4 client on an IPv6 socket (`::ffff:192.0.2.1`) is an IPv4 client. */
  allows(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '')
    const version = isIP(plain)
    return version !== 0 && this.#allowed.check(plain, version === 6 ? 'ipv6' : 'ipv4')
  }

  #add(entry: string): void {
    const [address = '', prefix, ...rest] = entry.split('/')
    const version = isIP(address)
    const family = version === 6 ? 'ipv6' : 'ipv4'
    const bits = version === 6 ? 128 : 32
    const wellFormed = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
    if (version === 0 || !wellFormed || rest.length > 0) {
      throw new InvalidAddressError(`${JSON.stringify(entry)} is neither an address nor a network`, {
        hints: ['Write 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32'],
      })
    }
    if (prefix === undefined) this.#allowed.addAddress(address, family)
    else this.#allowed.addSubnet(address, Number(prefix), family)
  }
}
