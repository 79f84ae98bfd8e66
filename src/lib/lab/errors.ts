import {PdistError} from '../errors.js'

/** A program, module or file that the lab needs is not installed; says which Debian package has it. */
export class MissingBinaryError extends PdistError {
  readonly code = 'PDIST_LAB_MISSING_BINARY'

  readonly binary: string
  readonly debianPackage: string

  constructor(binary: string, debianPackage: string) {
    super(`${binary} is not installed; it is in the Debian package ${debianPackage}`, {
      hints: [
        `Run \`scripts/setup --servers\` as root: it installs ${debianPackage} without starting a service`,
        `Or put ${binary} where PATH finds it`,
      ],
    })
    this.binary = binary
    this.debianPackage = debianPackage
  }
}

/** The directory given cannot hold a lab. */
export class LabDirectoryError extends PdistError {
  readonly code = 'PDIST_LAB_DIRECTORY'
}

/** There is no such loopback address on this machine, or no free port on it. */
export class LabAddressError extends PdistError {
  readonly code = 'PDIST_LAB_ADDRESS'
}

/** A part did not become ready; the message ends with what it logged last. */
export class PartStartError extends PdistError {
  readonly code = 'PDIST_LAB_PART_FAILED'

  readonly part: string
  readonly logTail: string

  constructor(part: string, reason: string, logTail: string, logFile: string) {
    super(`${part} ${reason}${logTail === '' ? ', and logged nothing' : `; it logged last:\n${logTail}`}`, {
      hints: [`The whole log is ${logFile} (kept with \`--dir\`)`],
    })
    this.part = part
    this.logTail = logTail
  }

  /** Somebody else took the port between our choosing it and the part's listening on it. */
  get portTaken(): boolean {
    return /address already in use|EADDRINUSE|unable to bind/i.test(this.logTail)
  }
}

/** The daemons run as built files, and there are none. */
export class NotBuiltError extends PdistError {
  readonly code = 'PDIST_LAB_NOT_BUILT'

  constructor(cause: unknown) {
    super('the daemons are not built', {cause, hints: ['Run `npm run build`']})
  }
}
