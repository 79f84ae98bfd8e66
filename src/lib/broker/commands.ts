import {type Msg, NoRespondersError, RequestError, TimeoutError} from 'nats'
import {z} from 'zod'
import type {ZoneName} from '../dns/name.js'
import {reportOf} from '../errors.js'
import type {
  OrphanOrder,
  RecordAnswer,
  RecordQuestion,
  ResyncOrder,
  SecondaryCommands,
  TreeAnswer,
  TreeQuestion,
  ZoneCopy,
  ZoneStanding,
} from '../zone/command.js'
import {DIGEST_LENGTH} from '../zone/state-tree.js'
import {decodeAnswer, RefusedError} from './answer.js'
import {countSchema, decode, decodeJson, encodeJson, errorReportSchema, zoneNameSchema} from './codec.js'
import type {Broker} from './connection.js'
import {type CopyLimits, receiveCopy} from './copy-receiver.js'
import {CopySender} from './copy-sender.js'
import {asError, MalformedMessageError, NoAnswerError} from './errors.js'

const MAX_ZONES = 1000

const digestSchema = z.lazy(() => z.string().max(DIGEST_LENGTH))
const pathsSchema = z.lazy(() => z.array(z.string().regex(/^[A-Za-z0-9_-]{0,2}$/)).max(4096))

const requestSchema = z.lazy(() =>
  z.discriminatedUnion('do', [
    z.object({do: z.literal('stand'), zone: zoneNameSchema}),
    z.object({
      do: z.literal('answers'),
      name: zoneNameSchema,
      type: countSchema.max(0xffff),
      digest: z.string().max(100),
    }),
    z.object({
      do: z.literal('resync'),
      zones: z.array(zoneNameSchema).max(MAX_ZONES),
      force: z.boolean().default(false),
    }),
    z.object({do: z.literal('tree'), root: digestSchema, branches: pathsSchema, leaves: pathsSchema}),
    z.object({
      do: z.literal('remove orphans'),
      zones: z.array(zoneNameSchema).max(MAX_ZONES),
      storeCreated: z.string().max(100),
    }),
    z.object({do: z.literal('copy'), zone: zoneNameSchema}),
  ]),
)

const standingSchema = z.lazy(() =>
  z.object({
    zone: zoneNameSchema,
    revision: countSchema.exactOptional(),
    served: z.string().max(2000).exactOptional(),
    serial: countSchema.exactOptional(),
    lag: z.number().nonnegative(),
    problem: errorReportSchema.exactOptional(),
  }),
)

const recordAnswerSchema = z.lazy(() =>
  z.object({rcode: z.string().max(50), records: countSchema, found: z.boolean()}),
)

const treeSchema = z.lazy(() =>
  z.object({
    complete: z.boolean(),
    zones: countSchema,
    root: digestSchema,
    branches: z.array(z.array(digestSchema).max(64)).max(4096),
    leaves: z.array(z.array(z.tuple([zoneNameSchema, z.string().max(2000)]))).max(4096),
  }),
)

const orderSchema = z.lazy(() => z.object({queued: countSchema, at: countSchema.exactOptional()}))

type Request = z.infer<typeof requestSchema>

/** Of names in one request: the largest that a receiver takes, with room for the rest of it. */
const MAX_NAMES_BYTES = 200_000

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

  /** Whether the secondary answers with a record, asked of its PowerDNS at this moment. */
  answers(secondary: string, {name, type, digest}: RecordQuestion): Promise<RecordAnswer> {
    return this.#ask(secondary, {do: 'answers', name, type, digest}, recordAnswerSchema)
  }

  /** Has the secondary apply these zones from the store again; answers when they are queued. */
  async resync(secondary: string, zones: readonly ZoneName[], {force = false} = {}): Promise<ResyncOrder> {
    let order: ResyncOrder | undefined
    for (const some of portions(zones)) {
      const {queued, at} = await this.#ask(secondary, {do: 'resync', zones: some, force}, orderSchema)
      // Of several portions the first one's time: what answers it was ordered then or later.
      order = {...(at === undefined ? {} : {at}), ...order, queued: (order?.queued ?? 0) + queued}
    }
    return order ?? {queued: 0}
  }

  /** What the secondary serves of all its zones, as a hash tree. */
  tree(secondary: string, {root, branches, leaves}: TreeQuestion): Promise<TreeAnswer> {
    return this.#ask(secondary, {do: 'tree', root, branches: [...branches], leaves: [...leaves]}, treeSchema)
  }

  /** Has the secondary remove zones that the store knows nothing of. */
  async removeOrphans(secondary: string, {zones, storeCreated}: OrphanOrder): Promise<ResyncOrder> {
    let queued = 0
    for (const some of portions(zones)) {
      const order = {do: 'remove orphans', zones: some, storeCreated} as const
      queued += (await this.#ask(secondary, order, orderSchema)).queued
    }
    return {queued}
  }

  /** The zone's messages as the secondary's own PowerDNS transfers them. Rejects with NoAnswerError and MalformedMessageError. */
  async copy(secondary: string, zone: ZoneName, limits: CopyLimits): Promise<ZoneCopy> {
    const subject = this.#broker.names.command(secondary)
    const request = encodeJson({do: 'copy', zone} satisfies Request)
    try {
      return await receiveCopy(this.#broker, {subject, request, zone}, limits)
    } catch (cause) {
      throw explained(secondary, cause)
    }
  }

  /** Answers the requests to one secondary; the result ends it. */
  serve(secondary: string, commands: SecondaryCommands, onMalformed: (error: Error) => void): () => void {
    const copies = new CopySender(this.#broker.nc)
    const subscription = this.#broker.nc.subscribe(this.#broker.names.command(secondary), {
      callback: (error, message) => {
        if (error) onMalformed(error)
        else answer(message, commands, copies, onMalformed).catch((failure) => onMalformed(asError(failure)))
      },
    })
    return () => subscription.unsubscribe()
  }

  async #ask<T>(secondary: string, request: Request, schema: z.ZodType<T>): Promise<T> {
    const {nc, names, requestTimeoutMs} = this.#broker
    const subject = names.command(secondary)
    try {
      const message = await nc.request(subject, encodeJson(request), {timeout: requestTimeoutMs})
      return decode(schema, decodeAnswer(message), subject)
    } catch (cause) {
      throw explained(secondary, cause)
    }
  }
}

/** Rejects where the answer cannot be sent. */
async function answer(
  message: Msg,
  commands: SecondaryCommands,
  copies: CopySender,
  onMalformed: (error: Error) => void,
): Promise<void> {
  try {
    const request = decodeJson(requestSchema, message.data, message.subject)
    if (request.do === 'copy') await copies.answer(message, () => commands.copy(request.zone))
    else message.respond(encodeJson({ok: await perform(request, commands)}))
  } catch (failure) {
    if (failure instanceof MalformedMessageError) onMalformed(failure)
    message.respond(encodeJson({error: reportOf(failure)}))
  }
}

function perform(request: Exclude<Request, {do: 'copy'}>, commands: SecondaryCommands): Promise<object> {
  switch (request.do) {
    case 'stand':
      return commands.stand(request.zone)
    case 'answers':
      return commands.answers(request)
    case 'resync':
      return commands.resync(request.zones, request)
    case 'tree':
      return commands.tree(request)
    case 'remove orphans':
      return commands.removeOrphans(request)
  }
}

function* portions(zones: readonly ZoneName[]): Generator<ZoneName[]> {
  let portion: ZoneName[] = []
  let bytes = 0
  for (const zone of zones) {
    if (portion.length >= MAX_ZONES || bytes + zone.length > MAX_NAMES_BYTES) {
      yield portion
      portion = []
      bytes = 0
    }
    portion.push(zone)
    // Quotes and a comma; a backslash becomes two.
    bytes += 3 + Buffer.byteLength(JSON.stringify(zone))
  }
  if (portion.length > 0) yield portion
}

function explained(secondary: string, cause: unknown): unknown {
  if (cause instanceof RefusedError) {
    const words = `the secondary ${secondary} could not answer: ${cause.message} (${cause.reported})`
    return new NoAnswerError(words, {cause, hints: cause.hints, reported: cause.reported})
  }
  const isSilent =
    cause instanceof RequestError || cause instanceof TimeoutError || cause instanceof NoRespondersError
  if (!isSilent) return cause
  return new NoAnswerError(`the secondary ${secondary} does not answer`, {
    cause,
    hints: [`Check that \`pdist daemon syncer\` runs on ${secondary} and reaches the broker`],
  })
}
