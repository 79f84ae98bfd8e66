import {readConfig} from './load.js'
import type {Mistake} from './mistakes.js'
import {unreadableFiles} from './named-files.js'
import {entries, pathOf, writtenName} from './names.js'
import {type AnswerTexts, NONE, questionsFor, SETTLED} from './questions.js'
import type {Setting} from './settings.js'
import {type Answers, configurationTemplate, demandsOf, type MachineRole} from './template.js'
import {writeWhole} from './write-file.js'

export interface InitReport {
  role: MachineRole
  /** Absent where it was only shown. */
  file?: string
  text: string
  /** What is still wrong, or missing: most often, files that are not there yet. */
  mistakes: readonly Mistake[]
}

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
    const message = isAsked ? mistakeIn(role, path, text) : `means nothing for the role ${role}`
    if (message === undefined) known[path] = text
    else mistakes.push({path, message})
  }
  return {known, mistakes}
}

/** What is wrong with one answer; undefined where nothing is. */
export function mistakeIn(role: MachineRole, path: string, text: string): string | undefined {
  if (text === NONE && isOptional(role, path)) return undefined
  const {definition, fromFile} = entryOf(path)
  if (text === '' && path === 'signing.trusted_keys') return 'expected a public key, or `none`'
  if (fromFile) return text === '' ? 'expected the path of a file' : undefined
  return definition.kind.read(definition.kind.fromText(text)).flaws?.[0].message
}

/** The new file's text, which names `file`; `given` is what was answered. */
export function initialConfiguration(role: MachineRole, given: AnswerTexts, file: string): string {
  return configurationTemplate(role, valuesOf(role, {...SETTLED[role], ...given}), file)
}

/** Writes the file and reads it back as the daemons will. Rejects with ConfigFileError. */
export async function initConfiguration(
  role: MachineRole,
  given: AnswerTexts,
  {file, force}: {file: string; force: boolean},
): Promise<InitReport> {
  const text = initialConfiguration(role, given, file)
  await writeWhole(file, text, {replace: force})
  const {mistakes, settings} = await readConfig({file, env: {}, need: demandsOf(role).need})
  const missing = await unreadableFiles(settings)
  return {role, file, text, mistakes: [...mistakes, ...missing, ...unsigned(role, settings)]}
}

/** Who signs nothing, or checks nothing, is told. */
function unsigned(role: MachineRole, settings: readonly Setting[]): Mistake[] {
  const isSet = (key: string) =>
    settings.some(({section, key: other, value}) => {
      return section === 'signing' && other === key && !(Array.isArray(value) && value.length === 0)
    })
  if (role === 'primary' && !isSet('key_file'))
    return [{path: 'signing.key_file', message: 'is not set: no version is signed'}]
  if (role === 'secondary' && !isSet('trusted_keys'))
    return [{path: 'signing.trusted_keys', message: 'is empty: whatever the broker says is believed'}]
  return []
}

function valuesOf(role: MachineRole, given: AnswerTexts): Answers {
  const values = Object.entries(given).flatMap(([path, text]) => {
    if (text === undefined || (text === NONE && isOptional(role, path))) return []
    const {definition, fromFile} = entryOf(path)
    return [[path, fromFile ? text : definition.kind.fromText(text)] as const]
  })
  return Object.fromEntries(values)
}

function isOptional(role: MachineRole, path: string): boolean {
  return questionsFor(role).some((question) => question.path === path && question.optional)
}

function entryOf(path: string) {
  const found = entries.find((entry) => pathOf(entry.section, writtenName(entry)) === path)
  if (!found) throw new TypeError(`no such key: ${path}`)
  return found
}
