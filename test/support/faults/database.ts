import {copyFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {eventually} from '../eventually.js'
import type {TestSystem} from '../system.js'

const TABLES = ['domains', 'records', 'domainmetadata', 'cryptokeys', 'comments', 'tsigkeys']

/** A server's SQLite database, behind PowerDNS's back. */
export class ServerDatabase {
  readonly #file: string

  constructor({lab}: TestSystem, server: string) {
    this.#file = join(lab.endpoints.dir, server, 'pdns.sqlite3')
  }

  get #spare(): string {
    return `${this.#file}.spare`
  }

  /** Keeps a copy, for `replace`. To be called while it has no zones. */
  spare(): void {
    const database = new DatabaseSync(this.#file)
    try {
      database.exec(`VACUUM INTO '${this.#spare}'`)
    } finally {
      database.close()
    }
  }

  /** Removes all that is in it. */
  empty(): void {
    const database = new DatabaseSync(this.#file, {timeout: 10_000})
    try {
      database.exec(`BEGIN IMMEDIATE; ${TABLES.map((table) => `DELETE FROM ${table};`).join(' ')} COMMIT`)
    } finally {
      database.close()
    }
  }

  /** Has SQLite give back what its log takes of the disk: else it would go on within that for a while. */
  async truncateLog(): Promise<void> {
    const database = new DatabaseSync(this.#file, {timeout: 10_000})
    try {
      await eventually(() => {
        const result = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
        if (result?.busy !== 0) throw new Error('somebody reads the log')
      })
    } finally {
      database.close()
    }
  }

  /** Puts the spare copy in its place: what has the old file open goes on with that. */
  async replace(): Promise<void> {
    await Promise.all(['', '-wal', '-shm'].map((suffix) => rm(this.#file + suffix, {force: true})))
    await copyFile(this.#spare, this.#file)
    const database = new DatabaseSync(this.#file)
    database.exec('PRAGMA journal_mode=WAL')
    database.close()
  }
}
