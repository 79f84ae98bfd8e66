import {MalformedMessageError} from '../wire.js'
import {ipv4, ipv6} from './addresses.js'
import {InvalidRdataError} from './errors.js'
import {type Field, readNumber} from './field.js'
import {name} from './texts.js'

/** PowerDNS's API has nothing where the RFCs have a dot. */
const NOTHING: Field = {
  print: ({style}) => (style === 'api' ? '' : '.'),
  parse: (tokens) => {
    if (tokens.peek()?.text === '.') tokens.next('a gateway')
  },
}

/** By their kind: RFC 4025 §2.5, RFC 8777 §4.2.3. */
const GATEWAYS: Readonly<Record<number, Field>> = {0: NOTHING, 1: ipv4, 2: ipv6, 3: name}

/** An IPSECKEY up to its key: precedence, the gateway's kind, the key's algorithm, the gateway (RFC 4025 §2.1). */
export const ipsecGateway: Field = {
  print: (from) => {
    const [precedence, kind, algorithm] = [from.uint(1), from.uint(1), from.uint(1)]
    return `${precedence} ${kind} ${algorithm} ${gatewayOf(kind).print(from)}`.trimEnd()
  },
  parse: (tokens, to) => {
    const [precedence, kind, algorithm] = [0, 0, 0].map(() => readNumber(tokens.next('a number').text, 255))
    for (const number of [precedence, kind, algorithm]) to.uint(1, number ?? 0)
    wanted(kind ?? 0).parse(tokens, to)
  },
}

/** An AMTRELAY: precedence, whether discovery is optional, in one byte with it the relay's kind, the relay (RFC 8777 §4.2). */
export const amtRelay: Field = {
  print: (from) => {
    const precedence = from.uint(1)
    const head = from.uint(1)
    return `${precedence} ${head >> 7} ${head & 0x7f} ${gatewayOf(head & 0x7f).print(from)}`
  },
  parse: (tokens, to) => {
    to.uint(1, readNumber(tokens.next('a number').text, 255))
    const optional = readNumber(tokens.next('0 or 1').text, 1)
    const kind = readNumber(tokens.next("the relay's kind").text, 3)
    to.uint(1, (optional << 7) | kind)
    wanted(kind).parse(tokens, to)
  },
}

function gatewayOf(kind: number): Field {
  const field = GATEWAYS[kind]
  if (!field) throw new MalformedMessageError(`a gateway of kind ${kind}`)
  return field
}

function wanted(kind: number): Field {
  const field = GATEWAYS[kind]
  if (!field) throw new InvalidRdataError(`${kind} is no kind of a gateway: they are 0 to 3`)
  return field
}
