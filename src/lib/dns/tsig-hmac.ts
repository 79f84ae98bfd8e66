import {createHmac, type Hmac, timingSafeEqual} from 'node:crypto'
import {algorithmName, type TsigAlgorithm, type TsigKey, type TsigRecord} from './tsig-record.js'
import {setUint16, uint16} from './wire.js'

/** RFC 8945 §10: the recommended leeway, in seconds. */
const FUDGE_SECONDS = 300

/** RFC 8945 §5.3.1: at most this many messages of a TCP answer in a row go without a TSIG. */
export const MAX_UNSIGNED = 99

const HASHES: Record<TsigAlgorithm, {name: string; bytes: number}> = {
  'hmac-sha256': {name: 'sha256', bytes: 32},
  'hmac-sha384': {name: 'sha384', bytes: 48},
  'hmac-sha512': {name: 'sha512', bytes: 64},
}

/** The time in whole seconds since 1970. */
export type Clock = () => number

export const systemClock: Clock = () => Math.floor(Date.now() / 1000)

export function macBytes(key: TsigKey): number {
  return HASHES[key.algorithm].bytes
}

export function hmac(key: TsigKey): Hmac {
  return createHmac(HASHES[key.algorithm].name, key.secret)
}

/** An HMAC that begins with the MAC of what went before: the query, or the last signed message (RFC 8945 §5.3). */
export function chainedHmac(key: TsigKey, previous: Uint8Array): Hmac {
  const length = new Uint8Array(2)
  setUint16(length, 0, previous.length)
  return hmac(key).update(length).update(previous)
}

export function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** A TSIG whose MAC is still to be made. */
export function blankTsig(key: TsigKey, originalId: number, timeSigned: number): Omit<TsigRecord, 'start'> {
  return {
    key: key.name,
    algorithm: algorithmName(key.algorithm),
    timeSigned,
    fudge: FUDGE_SECONDS,
    mac: new Uint8Array(0),
    originalId,
    error: 0,
    other: new Uint8Array(0),
  }
}

/** Puts an encoded TSIG behind a message. */
export function appendTsig(message: Uint8Array, tsig: Uint8Array): Uint8Array {
  const signed = Buffer.concat([message, tsig])
  setUint16(signed, 10, uint16(signed, 10) + 1)
  return signed
}
