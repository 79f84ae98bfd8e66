import {expect, it} from 'vitest'
import {pdistCallsIn} from '../../support/shell-words.js'

it.each([
  ['pdist zone list', [['zone', 'list']]],
  ['A=1 pdist zone push \'a b\' "c" d\\ e', [['zone', 'push', 'a b', 'c', 'd e']]],
  [
    "pdist plan list --json | jq -r '.[] | x' | xargs -n 1 pdist plan reject",
    [
      ['plan', 'list', '--json'],
      ['plan', 'reject', 'added'],
    ],
  ],
  ['for n in a b; do pdist resync $n || echo no; done', [['resync', '$n']]],
  ['pdist health >/dev/null 2>&1 && echo "pdist ok"', [['health']]],
  ['mkdir -p x\npdist completion bash >x/pdist', [['completion', 'bash']]],
  ['source <(pdist completion bash)', [['completion', 'bash']]],
  ['pdist zone wait a --serial $(pdist x | cut -f 1)', [['x'], ['zone', 'wait', 'a', '--serial', '1']]],
  ['curl pdist.example', []],
])('%s', (line, calls) => {
  expect(pdistCallsIn(line)).toEqual(calls)
})
