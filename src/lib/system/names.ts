import type {System} from './system.js'

/** More than a person would read. */
const MOST = 200

export interface NameQuestion {
  kind: 'zones' | 'secondaries' | 'plans'
  prefix: string
  signal: AbortSignal
}

/** The first names, in order, that begin with the prefix; case does not count. */
export async function listNames(system: System, question: NameQuestion): Promise<string[]> {
  const prefix = question.prefix.toLowerCase()
  const names = await allNames(system, question)
  return names
    .filter((name) => name.toLowerCase().startsWith(prefix))
    .sort()
    .slice(0, MOST)
}

async function allNames(system: System, {kind, signal}: NameQuestion): Promise<string[]> {
  if (kind === 'zones') return await system.store.names()
  if (kind === 'plans') return (await system.control.list()).map(({id}) => id)
  return (await system.secondaries(signal)).map(({secondary}) => secondary)
}
