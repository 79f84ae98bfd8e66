import {execFile} from 'node:child_process'
import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {promisify} from 'node:util'

const run = promisify(execFile)

/** Seconds since 1970. */
export interface Validity {
  inception: number
  expiration: number
}

/** Signs zones with ldns, as a signer before the primary would. */
export class LdnsSigner {
  readonly #folder: string
  readonly #zone: string
  readonly #key: string

  private constructor(folder: string, zone: string, key: string) {
    this.#folder = folder
    this.#zone = zone
    this.#key = key
  }

  /** Makes a key for the zone; everything is kept in `folder`. */
  static async create(folder: string, zone: string): Promise<LdnsSigner> {
    const {stdout} = await run('ldns-keygen', ['-a', 'ECDSAP256SHA256', '-k', zone], {cwd: folder})
    return new LdnsSigner(folder, zone, stdout.trim())
  }

  /**
   * The path of the signed zone, with digests (ZONEMD) of both algorithms. The NSEC records are left out: PowerDNS makes the
   * same by itself, and with those it would transfer them twice. Their signatures are there.
   */
  async sign(text: string, {inception, expiration}: Validity): Promise<string> {
    const [plain, signed] = [`${this.#zone}plain`, `${this.#zone}signed`]
    await writeFile(join(this.#folder, plain), text)
    const dates = ['-i', String(inception), '-e', String(expiration)]
    const digests = ['-z', 'simple:sha384', '-z', 'simple:sha512']
    const parameters = [...dates, ...digests, '-o', this.#zone, '-f', signed, plain, this.#key]
    await run('ldns-signzone', parameters, {cwd: this.#folder})
    const path = join(this.#folder, signed)
    const lines = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, lines.filter((line) => !line.includes('\tNSEC\t')).join('\n'))
    return path
  }
}
