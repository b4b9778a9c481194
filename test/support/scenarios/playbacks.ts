/** What citizens hear, and the keys they press meanwhile. */
import type { Scenario } from '../phone-stage.ts'

export const playbacks: Scenario[] = [
  {
    name: 'a prompt to its end',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'half')
      await stage.do('playing', () => stage.phone.playing('p1'))
      await stage.until('citizen playback-ended p1 completed')
      await stage.do('playing', () => stage.phone.playing('p1'))
    }
  },
  {
    name: 'several prompts with silence in one playback',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'half', 1_000, 'half')
      await stage.until('citizen playback-ended p1 completed')
    }
  },
  {
    name: 'a prompt stopped, and stopped again',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'two')
      await stage.wait(400)
      await stage.do('stop', () => stage.phone.stopPlayback('p1'))
      await stage.calm()
      await stage.do('stop', () => stage.phone.stopPlayback('p1'))
      await stage.do('stop another', () => stage.phone.stopPlayback('never-played'))
      await stage.do('playing another', () => stage.phone.playing('never-played'))
    }
  },
  {
    name: 'a playback of several prompts stopped in the first',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'two', 'two')
      await stage.wait(400)
      await stage.do('stop', () => stage.phone.stopPlayback('p1'))
      await stage.calm()
      await stage.do('playing', () => stage.phone.playing('p1'))
    }
  },
  {
    name: 'the citizen leaves while a prompt plays',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      await stage.play('p1', { legId: citizen.legId }, 'two')
      await stage.wait(300)
      citizen.hangUp()
      await stage.until('citizen leg-gone normal')
      await stage.do('playing', () => stage.phone.playing('p1'))
    }
  },
  {
    name: 'we hang up while a prompt plays',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.play('p1', { legId }, 'two')
      await stage.wait(300)
      await stage.do('hang up', () => stage.phone.hangUp(legId, 'normal'))
      await stage.until('citizen leg-gone normal')
    }
  },
  {
    name: 'two playbacks: one after the other',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'half')
      await stage.play('p2', { legId }, 'half')
      await stage.until('citizen playback-ended p2 completed')
    }
  },
  {
    name: 'two playbacks, the first is stopped',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'two')
      await stage.play('p2', { legId }, 'half')
      await stage.wait(300)
      await stage.do('stop', () => stage.phone.stopPlayback('p1'))
      await stage.until('citizen playback-ended p2 completed')
    }
  },
  {
    name: 'two playbacks, the citizen leaves in the first',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      await stage.play('p1', { legId: citizen.legId }, 'two')
      await stage.play('p2', { legId: citizen.legId }, 'two')
      await stage.wait(300)
      citizen.hangUp()
      await stage.until('citizen leg-gone normal')
    }
  },
  {
    name: 'the same playback asked for twice',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'half')
      await stage.play('p1', { legId }, 'half')
      await stage.until('citizen playback-ended p1 completed')
      await stage.calm()
    }
  },
  {
    name: 'a prompt that is missing',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'missing')
      await stage.until('citizen playback-ended p1 cut short')
    }
  },
  {
    name: 'a prompt that is missing before one that is not',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'missing', 'half')
      await stage.wait(1_500)
    }
  },
  {
    name: 'a prompt before the answer',
    run: async (stage) => {
      const { legId } = await stage.arrive('citizen')
      await stage.calm()
      await stage.play('p1', { legId }, 'half')
      await stage.until('citizen playback-ended p1 completed')
      await stage.legs()
    }
  },
  {
    name: 'keys while a prompt plays, while music plays, in silence',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      await stage.play('p1', { legId: citizen.legId }, 'two')
      citizen.press('1')
      await stage.until('citizen key-pressed 1')
      await stage.do('stop', () => stage.phone.stopPlayback('p1'))
      citizen.press('*')
      await stage.until('citizen key-pressed *')
      await stage.do('music', () => stage.phone.startMusic(citizen.legId, 'default'))
      citizen.press('#')
      await stage.until('citizen key-pressed #')
    }
  },
  {
    name: 'music, twice, a prompt over it, music off, twice',
    run: async (stage) => {
      const { legId } = await stage.answered('citizen')
      await stage.calm()
      for (const round of [1, 2]) await stage.do(`music ${round}`, () => stage.phone.startMusic(legId, 'default'))
      await stage.play('p1', { legId }, 'half')
      await stage.until('citizen playback-ended p1 completed')
      for (const round of [1, 2]) await stage.do(`no music ${round}`, () => stage.phone.stopMusic(legId))
    }
  }
]
