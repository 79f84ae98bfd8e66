import {type RRset, rrset} from './api-client.js'

/** Few names, so that they meet: each below another one, some of them with names between them that may have no records. */
const OWNERS = [
  'a',
  'b.a',
  'c.b.a',
  '*.a',
  'b',
  'x.y',
  '*.x.y',
  'x-1.y',
  'd.x.y',
  '*',
  'sub',
  'ns.sub',
  'a.ns.sub',
  '_s._tcp.b',
]
const CONTENTS: Readonly<Record<string, readonly string[]>> = {
  A: ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  AAAA: ['2001:db8::1', '2001:db8::ffff:1'],
  CAA: ['0 issue "ca.example.net; policy=ev"', '128 tbs "Unknown"'],
  MX: ['10 mail.example.net.', '10 Mail.Example.ORG.', '20 a.mail.example.net.'],
  NAPTR: ['100 50 "s" "z3950" "" _z3950._tcp.Example.net.'],
  PTR: ['Host.example.net.'],
  SPF: ['"v=spf1 -all"'],
  SRV: ['0 0 5060 Sip.example.net.', '1 2 5060 .'],
  SSHFP: ['1 1 2bb183af5f22588179a53b0a98631fad1a292118'],
  TLSA: ['3 1 1 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c'],
  TXT: [
    '"plain"',
    '"Two" "texts"',
    '""',
    '"with \\"quotes\\""',
    `"${'long '.repeat(51)}"`,
    '"; a=b @ $"',
    '"ends in space "',
  ],
}
const TYPES = Object.keys(CONTENTS)
const CUT = 'sub'

/** Makes changes of a zone that a PowerDNS primary takes, the same ones for the same seed. */
export class RandomChanges {
  readonly #zone: string
  /** Owner -> the types that it has. */
  readonly #there = new Map<string, Set<string>>()
  #state: number

  constructor(zone: string, seed: number) {
    this.#zone = zone
    this.#state = seed
  }

  /** Names that may be there, that may be between others, and that never are. */
  get names(): string[] {
    return [...OWNERS, 'y', '_tcp.b', 'none', 'none.b', 'none.x.y', 'none.sub', 'none.none.a'].map((owner) =>
      this.#name(owner),
    )
  }

  /** Of one name, sometimes of two; what is in the way of the new goes first. */
  next(): RRset[] {
    const owners = new Set([this.#one(OWNERS), ...(this.#below(4) === 0 ? [this.#one(OWNERS)] : [])])
    return [...owners].flatMap((owner) => this.#changeOf(owner))
  }

  #changeOf(owner: string): RRset[] {
    const there = this.#there.get(owner) ?? new Set<string>()
    this.#there.set(owner, there)
    const dice = this.#below(10)
    if (dice < 3) return this.#remove(owner, [...there])
    if (dice === 3 && owner === CUT)
      return this.#put(owner, 'NS', ['ns.sub.'.concat(this.#zone), 'ns.example.net.'])
    if (dice === 4) {
      const others = [...there].filter((type) => type !== 'CNAME')
      return [
        ...this.#remove(owner, others),
        ...this.#put(owner, 'CNAME', ['Alias.example.net.', `a.${this.#zone}`]),
      ]
    }
    const type = this.#one(TYPES)
    return [...this.#remove(owner, ['CNAME']), ...this.#put(owner, type, CONTENTS[type] ?? [])]
  }

  #remove(owner: string, types: readonly string[]): RRset[] {
    const there = this.#there.get(owner)
    return types.filter((type) => there?.delete(type)).map((type) => rrset(this.#name(owner), type))
  }

  #put(owner: string, type: string, choice: readonly string[]): RRset[] {
    this.#there.get(owner)?.add(type)
    const contents = choice.filter(() => this.#below(2) === 0)
    const most = type === 'CNAME' ? 1 : contents.length
    const chosen = contents.length > 0 ? contents.slice(0, most) : [this.#one(choice)]
    return [{...rrset(this.#name(owner), type, ...chosen), ttl: this.#one([60, 300, 86_400])}]
  }

  #name(owner: string): string {
    return `${owner}.${this.#zone}`
  }

  #one<T>(of: readonly T[]): T {
    const one = of[this.#below(of.length)]
    if (one === undefined) throw new RangeError('there is nothing to choose from')
    return one
  }

  /** A linear congruential generator (Numerical Recipes), of whose bits the upper ones are good. */
  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }
}
