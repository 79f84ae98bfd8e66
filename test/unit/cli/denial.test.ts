import {errors} from 'nats'
import {expect, it} from 'vitest'
import {denialReport} from '../../../src/cli/denial.js'

const denied = new errors.PermissionViolationError(
  'Permissions Violation for Subscription to "_INBOX_operator.x"',
  'subscription',
  '_INBOX_operator.x',
)

it('tells whose key is needed where the broker denies something, by itself or behind another error', () => {
  for (const error of [denied, new errors.RequestError('failed', {cause: denied})]) {
    expect(denialReport(error)).toMatchObject({
      code: 'PDIST_BROKER_DENIED',
      message: expect.stringContaining('_INBOX_operator.x'),
      hints: [expect.stringContaining('operator.nkey'), expect.anything()],
    })
  }
})

it('is about nothing else', () => {
  for (const error of [new Error('other'), undefined, 'text', new errors.RequestError('failed')])
    expect(denialReport(error)).toBeUndefined()
})
