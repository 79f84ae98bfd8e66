import type {Msg} from 'nats'
import {z} from 'zod'
import {type ErrorReport, PdistError} from '../errors.js'
import {decodeJson, errorReportSchema} from './codec.js'

/** Whoever was asked answered with an error; `reported` is its code. */
export class RefusedError extends PdistError {
  readonly code = 'PDIST_REFUSED'
  readonly reported: string

  constructor({code, message, hints}: ErrorReport) {
    super(message, {hints})
    this.reported = code
  }
}

const answerSchema = z.lazy(() =>
  z.union([z.strictObject({error: errorReportSchema}), z.strictObject({ok: z.unknown()})]),
)

/** What an answer to a command holds. Throws RefusedError and MalformedMessageError. */
export function decodeAnswer({data, subject}: Pick<Msg, 'data' | 'subject'>): unknown {
  const answered = decodeJson(answerSchema, data, subject)
  if ('error' in answered) throw new RefusedError(answered.error)
  return answered.ok
}
