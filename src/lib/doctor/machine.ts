import {duration} from '../figures.js'
import {type Check, check, type Finding, failure, ok, orElse, problem, warning} from './check.js'
import type {CertificateFact, FileFact, MachineFacts} from './facts.js'
import {isAtLeast} from './versions.js'

const NODE = '22.15'
const CERTIFICATE_WARNING_MS = 14 * 86_400_000

export const machineChecks: readonly Check[] = [
  check({
    id: 'machine.node',
    needs: ['node'],
    judge: ({node: {version}}) =>
      isAtLeast(version, NODE)
        ? ok(`Node.js ${version}`)
        : problem(`Node.js ${version} is too old`, `Install Node.js ${NODE} or newer`),
  }),
  check({
    id: 'machine.configuration',
    needs: ['configuration'],
    judge: ({configuration: {file, mistakes}}) =>
      orElse(
        mistakes.map(({path, message}) => problem(message, 'Correct it, then `pdist config check`', path)),
        file ?? 'no file: environment and defaults only',
      ),
    failed: (error) => failure(error, 'Run `pdist config check`'),
  }),
  check({
    id: 'machine.secrets',
    needs: ['files'],
    judge: ({files}) =>
      orElse(
        files.flatMap(judgeFile),
        `none of ${files.length === 1 ? '1 file' : `${files.length} files`} is open to others`,
      ),
  }),
  check({
    id: 'machine.state',
    needs: ['stateDirectory'],
    judge: ({stateDirectory}) => judgeState(stateDirectory),
  }),
  check({
    id: 'machine.certificates',
    needs: ['certificates'],
    judge: ({certificates}) => {
      const judged = certificates.map(judgeCertificate)
      return judged.length > 0 ? judged : ok('none is configured')
    },
  }),
]

function judgeFile({path, named, secret, mode, missing}: FileFact): readonly Finding[] {
  if (missing !== undefined) {
    return [problem(`${path} cannot be looked at: ${missing}`, `Put it there, or correct ${named}`, named)]
  }
  const found = `${path} (${named}) has the mode ${octal(mode ?? 0)}`
  const fix = `chmod ${octal((mode ?? 0) & 0o750)} ${path}`
  if (secret && (mode ?? 0) & 0o004) return [problem(`${found}: everybody can read the secret`, fix, named)]
  if ((mode ?? 0) & 0o002) return [problem(`${found}: everybody can write it`, fix, named)]
  return []
}

function judgeState({path, state, user}: MachineFacts['stateDirectory']): Finding {
  const make = `install -d -m 700 -o <the daemons' user> ${path}`
  switch (state) {
    case 'writable':
      return ok(`${path} is writable`)
    case 'missing but possible':
      return ok(`${path} is made when it is needed`)
    case 'missing':
      return warning(`${path} is not there, and ${user} cannot make it`, make)
    case 'not writable':
      return warning(
        `${user} cannot write to ${path}`,
        'Run this as the user of the daemons, or give it to them',
      )
    case 'no directory':
      return problem(`${path} is no directory`, 'Move it away, or set `state.directory`')
  }
}

/** What is said of any certificate's time. */
export function judgeCertificate({
  path,
  named,
  validFrom,
  validTo,
  unreadable,
  now,
}: CertificateFact): Finding {
  if (unreadable !== undefined || validFrom === undefined || validTo === undefined) {
    return problem(`${path} cannot be read: ${unreadable}`, `Correct ${named}`, named)
  }
  const until = new Date(validTo).toISOString()
  if (validTo <= now)
    return problem(`${path} has expired on ${until}`, 'Renew it, and restart who uses it', named)
  if (validFrom > now) {
    return problem(`${path} is not valid yet`, "Look at this machine's clock, or wait", named)
  }
  const left = `${path} is valid for ${duration(validTo - now)}, until ${until}`
  return validTo - now < CERTIFICATE_WARNING_MS ? warning(left, 'Renew it', named) : ok(left, named)
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}
