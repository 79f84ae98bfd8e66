import {access} from 'node:fs/promises'
import {reasonOf} from './file.js'
import {readConfig} from './load.js'
import type {Mistake} from './mistakes.js'
import {entries, pathOf, writtenName} from './names.js'
import type {Setting} from './settings.js'
import {
  type Answers,
  configurationTemplate,
  demandsOf,
  type MachineRole,
  type Question,
  questionsFor,
} from './template.js'
import {writeWhole} from './write-file.js'

export interface InitReport {
  role: MachineRole
  /** Absent where it was only shown. */
  file?: string
  text: string
  /** What is still wrong, or missing: most often, files that are not there yet. */
  mistakes: readonly Mistake[]
}

/** Texts as an operator gives them, by path. */
export type AnswerTexts = Readonly<Record<string, string | undefined>>

/** The given answers, and what is wrong with them; one that nobody asks of such a machine is wrong, too. */
export function checkedAnswers(
  role: MachineRole,
  given: AnswerTexts,
): {known: Record<string, string>; mistakes: readonly Mistake[]} {
  const known: Record<string, string> = {}
  const mistakes: Mistake[] = []
  for (const [path, text] of Object.entries(given)) {
    if (text === undefined) continue
    const isAsked = questionsFor(role).some((question) => question.path === path)
    const message = isAsked ? mistakeIn(path, text) : `means nothing for the role ${role}`
    if (message === undefined) known[path] = text
    else mistakes.push({path, message})
  }
  return {known, mistakes}
}

/** What is not answered yet. */
export function openQuestions(role: MachineRole, given: AnswerTexts): readonly Question[] {
  return questionsFor(role).filter(({path}) => given[path] === undefined)
}

/** What is wrong with one answer; undefined where nothing is. */
export function mistakeIn(path: string, text: string): string | undefined {
  const {definition, fromFile} = entryOf(path)
  if (fromFile) return text === '' ? 'expected the path of a file' : undefined
  return definition.kind.schema.safeParse(definition.kind.fromText(text)).error?.issues[0]?.message
}

/** The new file's text. */
export function initialConfiguration(role: MachineRole, given: AnswerTexts): string {
  const usual = openQuestions(role, given).flatMap(({path, usual, always}) => (always ? [[path, usual]] : []))
  return configurationTemplate(role, valuesOf({...given, ...Object.fromEntries(usual)}))
}

/** Writes the file and reads it back as the daemons will. Rejects with ConfigFileError. */
export async function initConfiguration(
  role: MachineRole,
  given: AnswerTexts,
  {file, force}: {file: string; force: boolean},
): Promise<InitReport> {
  const text = initialConfiguration(role, given)
  await writeWhole(file, text, {replace: force})
  const {mistakes, settings} = await readConfig({file, env: {}, need: demandsOf(role).need})
  return {role, file, text, mistakes: [...mistakes, ...(await unsigned(role, settings))]}
}

/** What is still to do before versions are signed, and only signed ones taken. */
async function unsigned(role: MachineRole, settings: readonly Setting[]): Promise<Mistake[]> {
  const settingOf = (wanted: string) =>
    settings.find(({section, key}) => section === 'signing' && key === wanted)?.value
  if (role === 'secondary') {
    const trusted = settingOf('trusted_keys')
    const message = 'is empty: whatever the broker says is believed'
    return Array.isArray(trusted) && trusted.length > 0 ? [] : [{path: 'signing.trusted_keys', message}]
  }
  const keyFile = settingOf('key_file')
  if (typeof keyFile !== 'string') return []
  try {
    await access(keyFile)
    return []
  } catch (error) {
    const make = `make the key with \`pdist keys generate --output ${keyFile}\``
    return [{path: 'signing.key_file', message: `${keyFile} cannot be read: ${reasonOf(error)}: ${make}`}]
  }
}

function valuesOf(given: AnswerTexts): Answers {
  const values = Object.entries(given).flatMap(([path, text]) => {
    if (text === undefined) return []
    const {definition, fromFile} = entryOf(path)
    return [[path, fromFile ? text : definition.kind.fromText(text)] as const]
  })
  return Object.fromEntries(values)
}

function entryOf(path: string) {
  const found = entries.find((entry) => pathOf(entry.section, writtenName(entry)) === path)
  if (!found) throw new TypeError(`no such key: ${path}`)
  return found
}
