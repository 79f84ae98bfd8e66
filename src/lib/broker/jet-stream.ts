import {type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager} from '@nats-io/jetstream'
import type {NatsConnection} from 'nats'

/** The two faces of JetStream, in one domain. */
export interface JetStream {
  js: JetStreamClient
  jsm: JetStreamManager
}

/** Without a domain: that of the server. Asks nothing. */
export async function jetStreamOf(
  nc: NatsConnection,
  {requestTimeoutMs: timeout, domain}: {requestTimeoutMs: number; domain?: string | undefined},
): Promise<JetStream> {
  // Of each call its own: the client alters what it is given.
  const options = () => ({timeout, ...(domain === undefined ? {} : {domain})})
  // The check would ask for the account's info, which a secondary's permissions do not include.
  const jsm = await jetstreamManager(nc, {...options(), checkAPI: false})
  return {js: jetstream(nc, options()), jsm}
}
