import {BlockList, isIP} from 'node:net'
import {PdistError} from './errors.js'

export class InvalidAddressError extends PdistError {
  readonly code = 'PDIST_INVALID_ADDRESS'
}

/** Says which clients may ask: those in a list of addresses and networks (`127.0.0.1`, `2001:db8::/32`). */
export class ClientFilter {
  /** By the client's family: to one list alone `::/0` would be everybody. */
  readonly #allowed = {ipv4: new BlockList(), ipv6: new BlockList()}

  /** @throws InvalidAddressError */
  constructor(allow: readonly string[]) {
    for (const entry of allow) this.#add(entry)
  }

  /** An IPv4 client on an IPv6 socket (`::ffff:192.0.2.1`) is an IPv4 client. */
  allows(address: string): boolean {
    const plain = address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, '')
    const version = isIP(plain)
    if (version === 0) return false
    const family = version === 6 ? 'ipv6' : 'ipv4'
    return this.#allowed[family].check(plain, family)
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
    const clients = this.#allowed[/^::ffff:/i.test(address) ? 'ipv4' : family]
    if (prefix === undefined) clients.addAddress(address, family)
    else clients.addSubnet(address, Number(prefix), family)
  }
}
