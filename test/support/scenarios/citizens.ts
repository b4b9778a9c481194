/** Citizens come and go. */
import type { Scenario } from '../phone-stage.ts'

const CALL = '01900000-0000-7000-8000-000000000001'

export const citizens: Scenario[] = [
  {
    name: 'the citizen leaves before the answer',
    run: async (stage) => {
      const citizen = await stage.arrive('citizen')
      await stage.legs()
      citizen.hangUp()
      await stage.until('citizen leg-gone other')
      await stage.legs()
    }
  },
  {
    name: 'the citizen leaves after the answer',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      await stage.legs()
      citizen.hangUp()
      await stage.until('citizen leg-gone normal')
    }
  },
  {
    name: 'we hang up after the answer, twice',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.do('hang up', () => stage.phone.hangUp(legId, 'normal'))
      await stage.until('citizen leg-gone normal')
      await stage.do('hang up', () => stage.phone.hangUp(legId, 'normal'))
    }
  },
  {
    name: 'we refuse the citizen: congestion',
    run: async (stage) => {
      const { legId } = await stage.arrive('citizen')
      await stage.do('hang up', () => stage.phone.hangUp(legId, 'congestion'))
    }
  },
  {
    name: 'we refuse the citizen: busy',
    run: async (stage) => {
      const { legId } = await stage.arrive('citizen')
      await stage.do('hang up', () => stage.phone.hangUp(legId, 'busy'))
    }
  },
  {
    name: 'ring and answer, each twice',
    run: async (stage) => {
      const { legId } = await stage.arrive('citizen')
      for (const round of [1, 2]) await stage.do(`ring ${round}`, () => stage.phone.ring(legId))
      await stage.calm()
      for (const round of [1, 2]) await stage.do(`answer ${round}`, () => stage.phone.answer(legId))
      await stage.calm()
      await stage.legs()
    }
  },
  {
    name: 'commands on a leg that is gone',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      citizen.hangUp()
      await stage.until('citizen leg-gone normal')
      await stage.calm()
      const { legId } = citizen
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('answer', () => stage.phone.answer(legId))
      await stage.do('ring', () => stage.phone.ring(legId))
      await stage.play('late', { legId }, 'half')
      await stage.do('music', () => stage.phone.startMusic(legId, 'default'))
      await stage.do('no music', () => stage.phone.stopMusic(legId))
      await stage.do('keys', () => stage.phone.sendKeys(legId, '1'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [legId]))
      await stage.do('remove', () => stage.phone.removeFromBridge('bridge', [legId]))
      await stage.do('mark', () => stage.phone.mark(legId, { callId: CALL }))
      await stage.do('read mark', () => stage.phone.readMark(legId))
      await stage.do('hang up', () => stage.phone.hangUp(legId, 'normal'))
    }
  },
  {
    name: 'two citizens at once',
    run: async (stage) => {
      const first = await stage.answered('first', '13800000001')
      const second = await stage.answered('second', '13800000002')
      second.press('2')
      first.press('1')
      await stage.until('first key-pressed 1')
      await stage.until('second key-pressed 2')
      first.hangUp()
      await stage.until('first leg-gone normal')
      await stage.legs()
      second.hangUp()
      await stage.until('second leg-gone normal')
    }
  }
]
