import {createPrivateKey} from 'node:crypto'
import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {eventually} from './eventually.js'

/** What was said where, by the name of the place. */
export type Places = Map<string, Buffer>

/** So short a half of a secret could turn up by chance. */
const LEAST_HALF = 8

/** Secrets that must not turn up anywhere, and the search for them in every form in which they might. */
export class PlantedSecrets {
  readonly #forms: Array<{name: string; forms: Buffer[]}> = []

  add(name: string, secret: string | Uint8Array): void {
    const bytes = typeof secret === 'string' ? Buffer.from(secret) : Buffer.from(secret)
    if (bytes.length < 2 * LEAST_HALF) throw new Error(`${name} is too short to be searched for`)
    // A line break in the middle of a long text must not hide it.
    const half = bytes.length >> 1
    const halves = [bytes.subarray(0, half), bytes.subarray(half)]
    this.#forms.push({name, forms: halves.flatMap(formsOf)})
  }

  /** A private key in PEM: the number in it that is secret, however it is wrapped. */
  addPem(name: string, pem: string): void {
    const {d} = createPrivateKey(pem).export({format: 'jwk'})
    if (d === undefined) throw new Error(`${name} has no private part`)
    this.add(name, Buffer.from(d, 'base64url'))
  }

  /**
   * The private parts of a DNSSEC key as PowerDNS keeps it (BIND's format): `PrivateKey: …` of ECDSA and EdDSA; of RSA, whatever is
   * neither the modulus nor the public exponent.
   */
  addDnssecKey(name: string, content: string): void {
    const parts = [...content.matchAll(/^(\w+): ([A-Za-z0-9+/=]{20,})$/gm)].filter(
      ([, part]) => !/^(Modulus|PublicExponent)$/.test(part ?? ''),
    )
    if (parts.length === 0) throw new Error(`${name} has no private part`)
    for (const [, part, base64 = ''] of parts) {
      this.add(`${name} (${part} as text)`, base64)
      this.add(`${name} (${part})`, Buffer.from(base64, 'base64'))
    }
  }

  /** `<secret> in <place>` for each that is there. */
  found(places: Places): string[] {
    return [...places].flatMap(([place, content]) =>
      this.#forms
        .filter(({forms}) => forms.some((form) => content.includes(form)))
        .map(({name}) => `${name} in ${place}`),
    )
  }
}

/** All files below a directory; for what changes meanwhile it is read again. */
export function filesBelow(directory: string, isWanted: (path: string) => boolean): Promise<Places> {
  return eventually(async () => {
    const entries = await readdir(directory, {recursive: true, withFileTypes: true})
    const paths = entries
      .filter((entry) => entry.isFile())
      .map(({parentPath, name}) => join(parentPath, name))
    const wanted = paths.filter((path) => isWanted(path.slice(directory.length + 1)))
    return new Map(await Promise.all(wanted.map(async (path) => [path, await readFile(path)] as const)))
  })
}

/** As it is, in hexadecimal as crypto and Buffer print it, as a list of numbers, and in base64 at any offset in a longer text. */
function formsOf(bytes: Buffer): Buffer[] {
  const hex = bytes.toString('hex')
  const texts = [hex, hex.toUpperCase(), hex.replace(/..(?=.)/g, '$& '), bytes.join(',')]
  const base64 = [0, 1, 2].map((offset) => base64Behind(offset, bytes))
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  return [bytes, ...[...new Set([...texts, ...base64, ...base64url])].map((text) => Buffer.from(text))]
}

/** The characters of base64 that follow from these bytes alone, with `offset` unknown ones before them. */
function base64Behind(offset: number, bytes: Buffer): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
}
