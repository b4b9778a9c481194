/** The benches that need no phone run, in a size that says nothing about speed: so they still work when they are wanted. */
import t from 'tap'
import { bench as acd } from '../../bench/acd.ts'
import { holdsBar, inTurns, median, percentile, row, runBench, type Row } from '../../bench/frame.ts'
import { bench as ivr } from '../../bench/ivr.ts'
import { bench as journal } from '../../bench/journal.ts'
import { table } from '../../bench/table.ts'

function whole (t: Tap, rows: readonly Row[]): void {
  t.ok(rows.length > 0)
  for (const { name, ours, theirs, ratio } of rows) t.ok([ours, theirs, ratio].every(value => Number.isFinite(value) && value > 0), name)
}
type Tap = Pick<typeof t, 'ok'>

for (const bench of [acd, ivr, journal]) {
  t.test(bench.title, async t => {
    const said: string[] = []
    whole(t, await runBench(bench, 'tiny', line => said.push(line)))
    t.notMatch(said.join('\n'), /not cleaned up/)
  })
}

t.test('figures', async t => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 99), 10)
  const turns: string[] = []
  const told = await inTurns(3, { ours: () => turns.push('o'), theirs: () => turns.push('t') })
  t.equal(turns.join(''), 'ototot')
  t.same(told, { ours: 3, theirs: 4 })
  t.equal(holdsBar(row('a', 3, 2, 's', 'x', { bar: { atMost: 1.5 } })), true)
  t.equal(holdsBar(row('a', 3, 2, 's', 'x', { bar: { atLeast: 1.6 } })), false)
  t.match(table([row('a claim', 3, 2, 's', 'x', { bar: { atLeast: 1.6 } })]), /\| a claim \| 3 \| 2 \| x \| s \| 1\.5 \| ≥ 1\.6 MISSED \|/)
})

t.test('what a bench set up is undone, also when it fails', async t => {
  const undone: string[] = []
  await t.rejects(runBench({
    name: 'x',
    title: 'x',
    async run ({ undo }) {
      undo(() => { undone.push('first') })
      undo(() => { undone.push('second') })
      throw new Error('no luck')
    }
  }, 'tiny', () => {}), /no luck/)
  t.same(undone, ['second', 'first'])
})
