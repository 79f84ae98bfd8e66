import type {Stored} from '../zone/version.js'
import type {Broker} from './connection.js'
import {type NewMessagesOptions, watchNewMessages} from './new-messages.js'
import {stateOf} from './zone-message.js'

export type WatchOptions = Pick<NewMessagesOptions, 'onMalformed' | 'onRestart' | 'signal'>

/** Tells of every state that comes into the zone store from now on, without its body; resolves when aborted. */
export function watchStates(
  broker: Broker,
  options: WatchOptions,
  on: (state: Stored) => void,
): Promise<void> {
  const {zoneStream: stream} = broker.names
  const subject = broker.names.zone('>')
  return watchNewMessages(broker, {...options, stream, subject}, (message) => on(stateOf(message)))
}
