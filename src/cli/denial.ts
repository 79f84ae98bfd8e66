import type {ErrorReport} from '../lib/errors.js'

const VIOLATION = 'PermissionViolationError'

/**
 * The report of an error by which the broker says that this login may not do what was tried; undefined for any other. By its name:
 * a command that needs no broker loads nothing of NATS.
 */
export function denialReport(error: unknown): ErrorReport | undefined {
  const denial = [error, error instanceof Error ? error.cause : undefined].find(
    (each) => each instanceof Error && each.name === VIOLATION,
  )
  if (!(denial instanceof Error)) return undefined
  return {
    code: 'PDIST_BROKER_DENIED',
    message: `the broker does not let this login do that: ${denial.message}`,
    hints: [
      'Commands need the key of the operator: `broker.nkey_file` with `operator.nkey` of `pdist broker setup --roles`',
      'After an update, make the permissions anew (`pdist broker setup --roles`) and reload the servers',
    ],
  }
}
