import {describe, expect, it} from 'vitest'
import {PdistError} from '../../../src/lib/errors.js'
import {createLogger, type LoggerOptions} from '../../../src/lib/log/logger.js'
import {readableLine} from '../../../src/lib/log/readable.js'
import {type Logger, silentLogger} from '../../../src/lib/logger.js'

class OutOfOrderError extends PdistError {
  readonly code = 'PDIST_OUT_OF_ORDER'
}

function recording(options: Partial<LoggerOptions> = {}): {log: Logger; lines: string[]} {
  const lines: string[] = []
  const to = {write: (line: string) => void lines.push(line)}
  return {log: createLogger({name: 'syncer', level: 'info', format: 'json', to, ...options}), lines}
}

function entry(lines: readonly string[]): Record<string, unknown> {
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>
}

describe('createLogger', () => {
  it('writes one JSON object per line: level as a word, ISO time, fields, message', () => {
    const {log, lines} = recording()
    log.info({event: 'zone.served', zone: 'example.org.', ms: 3}, 'zone served')
    expect(lines[0]?.endsWith('}\n')).toBe(true)
    expect(entry(lines)).toMatchObject({
      level: 'info',
      name: 'syncer',
      pid: process.pid,
      event: 'zone.served',
      zone: 'example.org.',
      ms: 3,
      msg: 'zone served',
    })
    expect(String(entry(lines).time)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it('leaves out what is below its level', () => {
    const {log, lines} = recording({level: 'warn'})
    log.info({}, 'quiet')
    log.warn({}, 'loud')
    expect(entry(lines).msg).toBe('loud')
  })

  it('hands its fields on to its children', () => {
    const {log, lines} = recording()
    log.child({zone: 'example.org.'}).child({attempt: 2}).error({}, 'failed')
    expect(entry(lines)).toMatchObject({zone: 'example.org.', attempt: 2})
  })

  it.each([
    {apiKey: 'hush'},
    {request: {headers: {'x-api-key': 'hush', authorization: 'hush'}}},
    {config: {api_key: 'hush', password: 'hush', tsigSecret: 'hush'}},
    {token: 'hush', cookie: 'hush'},
    {servers: [{name: 'a'}, {name: 'b', secret: 'hush'}]},
    {cause: Object.assign(new Error('refused'), {authorization: 'hush'})},
  ])('hides secrets that were logged by mistake: %j', (fields) => {
    const {log, lines} = recording()
    log.warn(fields, 'a mistake')
    expect(lines.join()).not.toContain('hush')
    expect(lines.join()).toContain('(hidden)')
  })

  it('hides secrets among the fields of a child', () => {
    const {log, lines} = recording()
    log.child({token: 'hush', zone: 'example.org.'}).info({}, 'a mistake')
    expect(entry(lines)).toMatchObject({token: '(hidden)', zone: 'example.org.'})
  })

  it('leaves what it was given as it was', () => {
    const {log, lines} = recording()
    const fields = {request: {path: '/zones', headers: {cookie: 'hush'}}, list: [1, {secret: 'hush'}]}
    log.info(fields, 'a mistake')
    expect(fields.request.headers.cookie).toBe('hush')
    expect(entry(lines)).toMatchObject({
      request: {path: '/zones', headers: {cookie: '(hidden)'}},
      list: [1, {secret: '(hidden)'}],
    })
  })

  it('logs an error with its code, next steps, cause and stack', () => {
    const {log, lines} = recording()
    const cause = new Error('connection reset')
    log.error({error: new OutOfOrderError('no', {cause, hints: ['Try again']})}, 'failed')
    expect(entry(lines).error).toMatchObject({
      code: 'PDIST_OUT_OF_ORDER',
      message: 'no',
      hints: ['Try again'],
      cause: 'connection reset',
      stack: expect.stringContaining('logger.test'),
    })
  })

  it('logs what is thrown and is no error as it is', () => {
    const {log, lines} = recording()
    log.error({error: 'thrown'}, 'failed')
    expect(entry(lines).error).toBe('thrown')
  })

  it('writes lines for people on demand', () => {
    const {log, lines} = recording({format: 'text'})
    log.warn({zone: 'example.org.', because: 'a "reason"\nof two lines'}, 'zone refused')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn syncer: zone refused zone=example\.org\. because="a \\"reason\\"\\nof two lines"\n$/,
    )
  })
})

describe('readableLine', () => {
  it('leaves alone what is no JSON object', () => {
    expect(readableLine('plain\n')).toBe('plain')
    expect(readableLine('"text"')).toBe('"text"')
  })
})

describe('silentLogger', () => {
  it('has silent children', () => {
    expect(silentLogger.child({zone: 'example.org.'})).toBe(silentLogger)
    expect(() => silentLogger.fatal({}, 'nobody hears')).not.toThrow()
  })
})
