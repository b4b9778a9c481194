/** What the phone system keeps for a program that dies. */
import type { Scenario } from '../phone-stage.ts'

const CALL = '01900000-0000-7000-8000-000000000001'
const legIds = (legs: { legIds: string[] } | undefined): string[] | 'none' => legs === undefined ? 'none' : [...legs.legIds].sort()

export const memory: Scenario[] = [
  {
    name: 'a snapshot written, read, replaced, dropped',
    run: async (stage) => {
      const read = () => stage.do('read', async () => await stage.phone.readSnapshot(CALL) ?? 'none')
      await read()
      await stage.do('write', () => stage.phone.writeSnapshot(CALL, `{"v":1,"坐席":"a b,c;d=\\"e\\" $${'{f}'} \\n"}`))
      await read()
      await stage.do('write', () => stage.phone.writeSnapshot(CALL, 'second'))
      await read()
      await stage.do('write 16 KB', () => stage.phone.writeSnapshot(CALL, 'x'.repeat(16_384)))
      await stage.do('length', async () => (await stage.phone.readSnapshot(CALL))?.length)
      for (const round of [1, 2]) await stage.do(`drop ${round}`, () => stage.phone.dropSnapshot(CALL))
      await read()
    }
  },
  {
    name: 'a mark, none, and one on another leg',
    run: async (stage) => {
      const first = await stage.answered('first', '13800000001')
      const second = await stage.answered('second', '13800000002')
      const read = async (): Promise<void> => {
        for (const { legId } of [first, second]) await stage.do('mark?', async () => (await stage.phone.readMark(legId))?.callId ?? 'none')
      }
      await read()
      for (const round of [1, 2]) await stage.do(`mark ${round}`, () => stage.phone.mark(first.legId, { callId: CALL }))
      await read()
    }
  },
  {
    name: 'another program finds the leg, its mark, its playback, its bridge and the snapshot',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      await stage.do('mark', () => stage.phone.mark(citizen.legId, { callId: CALL }))
      await stage.do('write', () => stage.phone.writeSnapshot(CALL, 'kept'))
      await stage.do('bridge', () => stage.phone.createBridge('bridge'))
      await stage.do('add', () => stage.phone.addToBridge('bridge', [citizen.legId]))
      await stage.play('p1', { legId: citizen.legId }, 'two')
      await stage.play('p2', { legId: citizen.legId }, 'two')
      await stage.restart(300)
      await stage.legs()
      await stage.do('mark?', async () => (await stage.phone.readMark(citizen.legId))?.callId)
      await stage.do('read', () => stage.phone.readSnapshot(CALL))
      await stage.do('who', async () => legIds(await stage.phone.bridge('bridge')))
      await stage.do('playing', () => stage.phone.playing('p1'))
      await stage.calm()
      citizen.press('4')
      await stage.until('citizen key-pressed 4')
      await stage.do('stop', () => stage.phone.stopPlayback('p1'))
      await stage.do('stop', () => stage.phone.stopPlayback('p2'))
      await stage.do('drop', () => stage.phone.dropSnapshot(CALL))
    }
  },
  {
    name: 'what happens while no program is there is not told',
    run: async (stage) => {
      const first = await stage.answered('first', '13800000001')
      await stage.answered('second', '13800000002')
      await stage.do('write', () => stage.phone.writeSnapshot(CALL, 'kept'))
      first.hangUp()
      await stage.until('first leg-gone normal')
      const third = await stage.answered('third', '13800000003')
      const leaving = stage.restart(1_000)
      await stage.wait(300)
      third.hangUp()
      await leaving
      await stage.calm()
      await stage.legs()
      await stage.do('read', () => stage.phone.readSnapshot(CALL))
      await stage.do('drop', () => stage.phone.dropSnapshot(CALL))
    }
  },
  {
    name: 'a ring goes on while no program is there, and is answered',
    run: async (stage) => {
      const seat = await stage.ringing('seat-1', 'leg-1')
      const leaving = stage.restart(1_000)
      await stage.wait(300)
      seat.answer()
      await leaving
      await stage.calm()
      await stage.legs()
      seat.hangUp()
      await stage.until('leg-1 leg-gone normal')
    }
  },
  {
    name: 'commands after the end',
    run: async (stage) => {
      const gone = stage.phone
      await stage.restart(0)
      await stage.do('legs', () => gone.legs())
      await stage.do('hang up', () => gone.hangUp('no-leg', 'normal'))
      await stage.do('connected', async () => gone.connected)
    }
  }
]
