/** Legs together. */
import type { Scenario } from '../phone-stage.ts'

const legIds = (legs: { legIds: string[] } | undefined): string[] | 'none' => legs === undefined ? 'none' : [...legs.legIds].sort()

export const bridges: Scenario[] = [
  {
    name: 'a bridge whose citizen leaves',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      const seat = await stage.ringing('seat-1', 'leg-1')
      seat.answer()
      await stage.until('leg-1 leg-answered')
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [citizen.legId, 'leg-1']))
      await stage.do('who', async () => legIds(await stage.phone.bridge('bridge')))
      await stage.calm()
      citizen.hangUp()
      await stage.until('citizen leg-gone normal')
      await stage.calm()
      await stage.do('who', async () => legIds(await stage.phone.bridge('bridge')))
      await stage.legs()
    }
  },
  {
    name: 'a bridge whose agent leaves',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      const seat = await stage.ringing('seat-1', 'leg-1')
      seat.answer()
      await stage.until('leg-1 leg-answered')
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [citizen.legId, 'leg-1']))
      await stage.calm()
      seat.hangUp()
      await stage.until('leg-1 leg-gone normal')
      await stage.calm()
      await stage.do('who', async () => legIds(await stage.phone.bridge('bridge')))
      await stage.legs()
    }
  },
  {
    name: 'a bridge ended with legs in it: they stay ours',
    run: async (stage) => {
      const first = await stage.answered('first', '13800000001')
      const second = await stage.answered('second', '13800000002')
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [first.legId, second.legId]))
      await stage.do('bridges', () => stage.phone.bridgeIds())
      await stage.calm()
      for (const round of [1, 2]) await stage.do(`destroy ${round}`, () => stage.phone.destroyBridge('bridge'))
      await stage.calm()
      await stage.legs()
      await stage.do('bridges', () => stage.phone.bridgeIds())
      await stage.do('who', () => stage.phone.bridge('bridge'))
      first.press('3')
      await stage.until('first key-pressed 3')
    }
  },
  {
    name: 'each command of a bridge twice',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      for (const round of [1, 2]) await stage.do(`bridge ${round}`, () => stage.phone.createBridge('bridge'))
      for (const round of [1, 2]) await stage.do(`add ${round}`, () => stage.phone.addToBridge('bridge', [legId]))
      await stage.do('who', async () => legIds(await stage.phone.bridge('bridge')))
      for (const round of [1, 2]) await stage.do(`remove ${round}`, () => stage.phone.removeFromBridge('bridge', [legId]))
      await stage.do('who', async () => legIds(await stage.phone.bridge('bridge')))
      for (const round of [1, 2]) await stage.do(`destroy ${round}`, () => stage.phone.destroyBridge('bridge'))
    }
  },
  {
    name: 'bridges and legs that do not exist',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.do('add to none', () => stage.phone.addToBridge('no-bridge', [legId]))
      await stage.do('remove from none', () => stage.phone.removeFromBridge('no-bridge', [legId]))
      await stage.play('p1', { bridgeId: 'no-bridge' }, 'half')
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add both', () => stage.phone.addToBridge('bridge', [legId, 'no-leg']))
      await stage.do('who', async () => legIds(await stage.phone.bridge('bridge')))
    }
  },
  {
    name: 'a leg goes from one bridge into another',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      for (const id of ['bridge-1', 'bridge-2']) {
        await stage.do(id, () => stage.phone.createBridge(id))
        await stage.do(`add to ${id}`, () => stage.phone.addToBridge(id, [legId]))
      }
      await stage.calm()
      for (const id of ['bridge-1', 'bridge-2']) await stage.do(`who in ${id}`, async () => legIds(await stage.phone.bridge(id)))
    }
  },
  {
    name: 'a leg is bridged while it rings, and answers',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      const seat = await stage.ringing('seat-1', 'leg-1')
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [citizen.legId, 'leg-1']))
      await stage.calm()
      seat.answer()
      await stage.until('leg-1 leg-answered')
      await stage.do('who', async () => legIds(await stage.phone.bridge('bridge')))
    }
  },
  ...[['p1'], ['p1', 'p2']].flatMap((prompts): Scenario[] => [0, 1, 2].map(legs => ({
    name: `a bridge with ${legs} legs and ${prompts.length} prompts ended in the first`,
    run: async (stage) => {
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      for (const as of ['first', 'second'].slice(0, legs)) {
        const { legId } = await stage.answered(as)
        await stage.do(`add ${as}`, () => stage.phone.addToBridge('bridge', [legId]))
      }
      for (const prompt of prompts) await stage.play(prompt, { bridgeId: 'bridge' }, 'two')
      await stage.wait(500)
      await stage.do('destroy', () => stage.phone.destroyBridge('bridge'))
      await stage.calm()
      for (const prompt of prompts) await stage.do(`playing ${prompt}`, () => stage.phone.playing(prompt))
      await stage.legs()
    }
  }))),
  {
    name: 'a prompt into a bridge, another, the first stopped, the bridge ended in the second',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [legId]))
      await stage.play('p1', { bridgeId: 'bridge' }, 'two')
      await stage.play('p2', { bridgeId: 'bridge' }, 'two')
      await stage.wait(300)
      await stage.do('stop', () => stage.phone.stopPlayback('p1'))
      await stage.wait(300)
      await stage.do('destroy', () => stage.phone.destroyBridge('bridge'))
      await stage.calm()
      await stage.legs()
    }
  },
  {
    name: 'prompts in a bridge that its only leg leaves, which is then ended',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [citizen.legId]))
      await stage.play('p1', { bridgeId: 'bridge' }, 'two')
      await stage.play('p2', { bridgeId: 'bridge' }, 'two')
      await stage.wait(300)
      citizen.hangUp()
      await stage.until('citizen leg-gone normal')
      await stage.do('destroy', () => stage.phone.destroyBridge('bridge'))
      await stage.calm()
      for (const prompt of ['p1', 'p2']) await stage.do(`playing ${prompt}`, () => stage.phone.playing(prompt))
    }
  },
  {
    name: 'a prompt to one leg in a bridge, keys meanwhile',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [citizen.legId]))
      await stage.play('p1', { legId: citizen.legId }, 'two')
      citizen.press('7')
      await stage.until('citizen key-pressed 7')
      await stage.until('citizen playback-ended p1 completed')
    }
  },
  {
    name: 'music, then a bridge, then music again',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      const seat = await stage.ringing('seat-1', 'leg-1')
      await stage.do('music', () => stage.phone.startMusic(citizen.legId, 'default'))
      seat.answer()
      await stage.until('leg-1 leg-answered')
      await stage.do('no music', () => stage.phone.stopMusic(citizen.legId))
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [citizen.legId, 'leg-1']))
      await stage.do('remove', () => stage.phone.removeFromBridge('bridge', [citizen.legId]))
      await stage.do('music', () => stage.phone.startMusic(citizen.legId, 'default'))
      await stage.do('destroy', () => stage.phone.destroyBridge('bridge'))
      await stage.calm()
      await stage.legs()
    }
  },
  {
    name: 'the prompt of a bridge in which nobody is',
    run: async (stage) => {
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.play('p1', { bridgeId: 'bridge' }, 'half')
      await stage.do('playing', () => stage.phone.playing('p1'))
      await stage.wait(1_500)
      await stage.do('playing', () => stage.phone.playing('p1'))
      await stage.calm()
      await stage.do('destroy', () => stage.phone.destroyBridge('bridge'))
    }
  },
  {
    name: 'the prompt of a bridge in which nobody is, stopped',
    run: async (stage) => {
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.play('p1', { bridgeId: 'bridge' }, 'two')
      await stage.wait(300)
      await stage.do('stop', () => stage.phone.stopPlayback('p1'))
      await stage.calm()
      await stage.do('playing', () => stage.phone.playing('p1'))
      await stage.do('destroy', () => stage.phone.destroyBridge('bridge'))
    }
  },
  {
    name: 'a prompt into a bridge that there is not, and its end',
    run: async (stage) => {
      await stage.play('p1', { bridgeId: 'bridge' }, 'half')
      await stage.do('destroy', () => stage.phone.destroyBridge('bridge'))
      await stage.calm()
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('destroy', () => stage.phone.destroyBridge('bridge'))
    }
  }
]
