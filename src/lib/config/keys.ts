import type {Kind} from './kinds.js'

/** `required`: must be given; `default`: has a value in any case; `optional`: may be left out. */
export type Presence = 'required' | 'default' | 'optional'

/** One key of the configuration; `description` is a phrase for the reference. */
export interface Key<T, P extends Presence = Presence> {
  readonly kind: Kind<T>
  readonly presence: P
  readonly description: string
  /** As it would be written in TOML. */
  readonly fallback?: unknown
  /** Where it is not given, the value of this key of the same section is taken. */
  readonly sameAs?: string
}

/** The keys of one section, by their names in TOML. */
export type Keys = Readonly<Record<string, Key<unknown>>>

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name
type Value<K> = K extends Key<infer T> ? T : never
type OptionalIn<S extends Keys> = {
  [N in keyof S]: S[N]['presence'] extends 'optional' ? N : never
}[keyof S]

/** The typed section: names in camel case, durations in milliseconds, sizes in bytes. */
export type SectionOf<S extends Keys> = {
  readonly [N in Exclude<keyof S, OptionalIn<S>> as Camel<N & string>]: Value<S[N]>
} & {
  readonly [N in OptionalIn<S> as Camel<N & string>]?: Value<S[N]>
}

/** The typed configuration: its sections by their names in camel case. */
export type SectionsOf<C extends Readonly<Record<string, Keys>>> = {
  readonly [N in keyof C as Camel<N & string>]: SectionOf<C[N]>
}

export function required<T>(kind: Kind<T>, description: string): Key<T, 'required'> {
  return {kind, description, presence: 'required'}
}

export function optional<T>(kind: Kind<T>, description: string): Key<T, 'optional'> {
  return {kind, description, presence: 'optional'}
}

/** `fallback` is written as in TOML, and checked like any value. */
export function withDefault<T>(kind: Kind<T>, fallback: unknown, description: string): Key<T, 'default'> {
  return {kind, description, presence: 'default', fallback}
}

export function defaultingTo<T>(kind: Kind<T>, sameAs: string, description: string): Key<T, 'default'> {
  return {kind, description, presence: 'default', sameAs}
}

/** `api_url` -> `apiUrl` */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
