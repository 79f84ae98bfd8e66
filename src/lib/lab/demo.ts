import {LabApi} from './api-call.js'
import {type DemoStep, runDemoStep} from './demo-step.js'
import {demoSteps} from './demo-steps.js'
import {Lab} from './lab.js'

export interface DemoOptions {
  secondaries: number
  ipv6: boolean
  signal: AbortSignal
}

export interface DemoReport {
  steps: Array<{
    title: string
    /** By secondary: milliseconds from when the API call was sent to when the change was served. */
    servedAfterMs: Record<string, number>
  }>
}

/** A part of the demo, as a display wants it: what it is, and what it then waits for, side by side. */
export interface DemoStage {
  title: string
  run(): Promise<Array<{name: string; done: Promise<string>}>>
}

/** A zone's life in a lab of its own. Dispose of it in any case: that stops the lab. */
export class Demo {
  readonly report: DemoReport = {steps: []}
  readonly #options: DemoOptions
  #lab: Lab | undefined
  #api: LabApi | undefined

  constructor(options: DemoOptions) {
    this.#options = options
  }

  /** To be run one after the other. */
  stages(): DemoStage[] {
    const {secondaries} = this.#options
    return [
      {
        title: `Start nats-server, a PowerDNS primary, ${secondaries} PowerDNS secondaries and the daemons`,
        run: async () => [await timed('ready', () => this.#start())],
      },
      ...demoSteps.map((step) => ({title: step.title, run: () => this.#step(step)})),
      {title: 'Stop everything', run: async () => [await timed('stopped', () => this.#stop())]},
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
  }

  async #start(): Promise<void> {
    this.#lab = await Lab.start({...this.#options, backend: 'gsqlite3', cache: true, restart: false})
    this.#api = await LabApi.open(this.#lab.endpoints.proxy)
    // Opens the connection, which is then no part of what is measured.
    await this.#api.call({method: 'GET', path: '/api/v1/servers/localhost'}, this.#options.signal)
  }

  async #stop(): Promise<void> {
    const lab = this.#lab
    this.#lab = undefined
    this.#api?.[Symbol.dispose]()
    await lab?.stop()
  }

  async #step(step: DemoStep) {
    if (!this.#lab || !this.#api) throw new Error('the lab was not started')
    const {secondaries} = this.#lab.endpoints
    const servedAfterMs: Record<string, number> = {}
    this.report.steps.push({title: step.title, servedAfterMs})
    const watches = await runDemoStep(step, {api: this.#api, secondaries}, this.#options.signal)
    return watches.map(({secondary, served}) => ({
      name: secondary,
      done: served.then((ms) => {
        servedAfterMs[secondary] = ms
        return `${secondary} served it after ${ms.toFixed(1)} ms`
      }),
    }))
  }
}

async function timed(name: string, work: () => Promise<void>) {
  const began = performance.now()
  await work()
  return {name, done: Promise.resolve(`${name} after ${((performance.now() - began) / 1000).toFixed(1)} s`)}
}
