import {NoRespondersError, RequestError, TimeoutError} from 'nats'
import {z} from 'zod'
import type {ZoneName} from '../dns/name.js'
import {type ErrorReport, reportOf} from '../errors.js'
import type {ResyncOrder, SecondaryCommands, ZoneStanding} from '../zone/command.js'
import {countSchema, decodeJson, encodeJson, errorReportSchema, zoneNameSchema} from './codec.js'
import type {Broker} from './connection.js'
import {MalformedMessageError, NoAnswerError} from './errors.js'

const requestSchema = z.discriminatedUnion('do', [
  z.object({do: z.literal('stand'), zone: zoneNameSchema}),
  z.object({do: z.literal('resync'), zones: z.array(zoneNameSchema).max(1000)}),
])

const standingSchema = z.object({
  zone: zoneNameSchema,
  revision: countSchema.exactOptional(),
  served: z.string().max(10_000).exactOptional(),
  serial: countSchema.exactOptional(),
  lag: z.number().nonnegative(),
  problem: errorReportSchema.exactOptional(),
})

const orderSchema = z.object({queued: countSchema})

const answerSchema = z.union([z.object({ok: z.unknown()}), z.object({error: errorReportSchema})])

type Request = z.infer<typeof requestSchema>

/** Requests to one secondary's syncer, and their answers. */
export class Commands {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** What the secondary serves of a zone, asked of its PowerDNS at this moment. */
  stand(secondary: string, zone: ZoneName): Promise<ZoneStanding> {
    return this.#ask(secondary, {do: 'stand', zone}, standingSchema)
  }

  /** Has the secondary apply these zones from the store again; answers when they are queued. */
  resync(secondary: string, zones: readonly ZoneName[]): Promise<ResyncOrder> {
    return this.#ask(secondary, {do: 'resync', zones: [...zones]}, orderSchema)
  }

  /** Answers the requests to one secondary; the result ends it. */
  serve(secondary: string, commands: SecondaryCommands, onMalformed: (error: Error) => void): () => void {
    const subscription = this.#broker.nc.subscribe(this.#broker.names.command(secondary), {
      callback: (error, message) => {
        if (error) return onMalformed(error)
        answer(message.data, message.subject, commands).then(
          (ok) => message.respond(encodeJson({ok})),
          (failure) => {
            if (failure instanceof MalformedMessageError) onMalformed(failure)
            message.respond(encodeJson({error: reportOf(failure)}))
          },
        )
      },
    })
    return () => subscription.unsubscribe()
  }

  async #ask<T>(secondary: string, request: Request, schema: z.ZodType<T>): Promise<T> {
    const {nc, names, requestTimeoutMs} = this.#broker
    const subject = names.command(secondary)
    try {
      const message = await nc.request(subject, encodeJson(request), {timeout: requestTimeoutMs})
      const answered = decodeJson(answerSchema, message.data, subject)
      if ('error' in answered) throw refused(secondary, answered.error)
      return schema.parse(answered.ok)
    } catch (cause) {
      if (
        !(
          cause instanceof RequestError ||
          cause instanceof TimeoutError ||
          cause instanceof NoRespondersError
        )
      )
        throw cause
      throw new NoAnswerError(`the secondary ${secondary} does not answer`, {
        cause,
        hints: [`Check that \`pdist daemon syncer\` runs on ${secondary} and reaches the broker`],
      })
    }
  }
}

async function answer(data: Uint8Array, subject: string, commands: SecondaryCommands): Promise<object> {
  const request = decodeJson(requestSchema, data, subject)
  return request.do === 'stand' ? commands.stand(request.zone) : commands.resync(request.zones)
}

function refused(secondary: string, {code, message, hints}: ErrorReport): NoAnswerError {
  return new NoAnswerError(`the secondary ${secondary} could not answer: ${message} (${code})`, {hints})
}
