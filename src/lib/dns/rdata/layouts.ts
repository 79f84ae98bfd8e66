import {ipv4, ipv6, prefixes} from './addresses.js'
import {base64, hash32, hex, hexGroups, salt} from './binary.js'
import type {Field} from './field.js'
import {amtRelay, ipsecGateway} from './gateway.js'
import {location} from './location.js'
import {bitmap, rrType, seconds, timestamp, uint} from './numbers.js'
import {serviceParameters} from './service-parameters.js'
import {longText, name, text, texts, word} from './texts.js'

/** RFC 4398 §2.1. */
const CERTIFICATES = {
  PKIX: 1,
  SPKI: 2,
  PGP: 3,
  IPKIX: 4,
  ISPKI: 5,
  IPGP: 6,
  ACPKIX: 7,
  IACPKIX: 8,
  URI: 253,
  OID: 254,
}

/** Mnemonics of the IANA registry of DNSSEC algorithms. */
const ALGORITHMS = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  'DSA-NSEC3-SHA1': 6,
  'RSASHA1-NSEC3-SHA1': 7,
  RSASHA256: 8,
  RSASHA512: 10,
  'ECC-GOST': 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
}

const [u8, u16, u32] = [uint(1), uint(2), uint(4)]
const algorithm = uint(1, ALGORITHMS)
const ds = [u16, algorithm, u8, hex]
const key = [u16, u8, algorithm, base64]
const service = [u16, name, serviceParameters]

/**
 * Of what the rdata of each type consists, as its RFC and PowerDNS write it. What is not here is written as RFC 3597 says,
 * which is so on purpose for what nobody uses any more, and few can read: A6, SIG, NXT, WKS.
 */
export const LAYOUTS: ReadonlyMap<number, readonly Field[]> = new Map([
  [1, [ipv4]],
  [2, [name]],
  [3, [name]],
  [4, [name]],
  [5, [name]],
  [6, [name, name, u32, seconds, seconds, seconds, seconds]],
  [7, [name]],
  [8, [name]],
  [9, [name]],
  [12, [name]],
  [13, [text, text]],
  [14, [name, name]],
  [15, [u16, name]],
  [16, [texts]],
  [17, [name, name]],
  [18, [u16, name]],
  [19, [text]],
  [20, [texts]],
  [21, [u16, name]],
  [23, [name]],
  [25, key],
  [26, [u16, name, name]],
  [27, [text, text, text]],
  [28, [ipv6]],
  [29, [location]],
  [33, [u16, u16, u16, name]],
  [35, [u16, u16, text, text, text, name]],
  [36, [u16, name]],
  [37, [uint(2, CERTIFICATES), u16, algorithm, base64]],
  [39, [name]],
  [42, [prefixes]],
  [43, ds],
  [44, [u8, u8, hex]],
  [45, [ipsecGateway, base64]],
  [46, [rrType, algorithm, u8, u32, timestamp, timestamp, u16, name, base64]],
  [47, [name, bitmap]],
  [48, key],
  [49, [base64]],
  [50, [u8, u8, u16, salt, hash32, bitmap]],
  [51, [u8, u8, u16, salt]],
  [52, [u8, u8, u8, hex]],
  [53, [u8, u8, u8, hex]],
  [56, [texts]],
  [57, key],
  [58, [name, name]],
  [59, ds],
  [60, key],
  [61, [base64]],
  [62, [u32, u16, bitmap]],
  [63, [u32, u8, u8, hex]],
  [64, service],
  [65, service],
  [66, [rrType, u8, u16, name]],
  [99, [texts]],
  [104, [u16, hexGroups(8, 2, ':')]],
  [105, [u16, ipv4]],
  [106, [u16, hexGroups(8, 2, ':')]],
  [107, [u16, name]],
  [108, [hexGroups(6, 1, '-')]],
  [109, [hexGroups(8, 1, '-')]],
  [256, [u16, u16, longText]],
  [257, [u8, word, longText]],
  [258, [texts]],
  [260, [amtRelay]],
  [261, [texts]],
  [262, [texts]],
  [32768, ds],
  [32769, ds],
  [65401, [name]],
  [65402, [rrType, texts]],
])
