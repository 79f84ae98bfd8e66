import {PassThrough} from 'node:stream'
import {text} from 'node:stream/consumers'
import {describe, expect, it} from 'vitest'
import {ask} from '../../../src/lib/ui/ask.js'

const question = {
  text: 'Name',
  usual: 'ns1',
  mistakeIn: (answer: string) => (/^[a-z0-9]+$/.test(answer) ? undefined : 'expected a name'),
}

function terminal(typed: string) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.end(typed)
  return {input, output}
}

describe('asking for a text', () => {
  it('takes what is right, and what is usual for an empty answer', async () => {
    const {signal} = new AbortController()
    expect(await ask(question, terminal('b\n'), signal)).toBe('b')
    expect(await ask(question, terminal('\n'), signal)).toBe('ns1')
  })

  it('asks again, and says why', async () => {
    const both = terminal('NO WAY\nok\n')
    expect(await ask(question, both, new AbortController().signal)).toBe('ok')
    both.output.end()
    expect(await text(both.output)).toBe('Name [ns1]:   expected a name\nName [ns1]: ')
  })

  it('ends with its input, and with its signal', async () => {
    expect(await ask(question, terminal(''), new AbortController().signal)).toBeUndefined()
    const ending = new AbortController()
    const asked = ask(question, {input: new PassThrough(), output: new PassThrough()}, ending.signal)
    ending.abort(new Error('enough'))
    await expect(asked).rejects.toThrow('enough')
  })
})
