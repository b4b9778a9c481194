/** Seats that ring: every end it can have. */
import type { Scenario } from '../phone-stage.ts'

export const rings: Scenario[] = [
  {
    name: 'the agent answers, then hangs up',
    run: async (stage) => {
      const seat = await stage.ringing('seat-1', 'leg-1')
      await stage.legs()
      seat.answer()
      await stage.until('leg-1 leg-answered')
      await stage.legs()
      await stage.calm()
      seat.hangUp()
      await stage.until('leg-1 leg-gone normal')
    }
  },
  {
    name: 'the agent is busy',
    run: async (stage) => {
      const seat = await stage.ringing('seat-1', 'leg-1')
      seat.busy()
      await stage.until('leg-1 leg-gone busy')
    }
  },
  {
    name: 'the agent declines',
    run: async (stage) => {
      const seat = await stage.ringing('seat-1', 'leg-1')
      seat.decline()
      await stage.until('leg-1 leg-gone rejected')
    }
  },
  {
    name: 'the agent does not answer',
    run: async (stage) => {
      await stage.ringing('seat-1', 'leg-1', 2_000)
      await stage.calm()
      await stage.until('leg-1 leg-gone no-answer')
    }
  },
  {
    name: 'the seat is not registered',
    run: async (stage) => {
      await stage.seat('seat-1')
      await stage.do('reachable', () => stage.phone.seatReachable('seat-1'))
      await stage.ring('seat-1', 'leg-1')
      await stage.calm()
      await stage.legs()
    }
  },
  {
    name: 'the seat is unknown',
    run: async (stage) => {
      await stage.do('reachable', () => stage.phone.seatReachable('seat-unheard-of'))
      await stage.ring('seat-unheard-of', 'leg-1')
      await stage.calm()
      await stage.legs()
    }
  },
  {
    name: 'we cancel the ring, twice',
    run: async (stage) => {
      await stage.ringing('seat-1', 'leg-1')
      await stage.do('hang up', () => stage.phone.hangUp('leg-1', 'normal'))
      await stage.until('leg-1 leg-gone normal')
      await stage.do('hang up', () => stage.phone.hangUp('leg-1', 'normal'))
    }
  },
  {
    name: 'we cancel the ring because of no answer',
    run: async (stage) => {
      await stage.ringing('seat-1', 'leg-1')
      await stage.do('hang up', () => stage.phone.hangUp('leg-1', 'no-answer'))
      await stage.calm()
    }
  },
  {
    name: 'the citizen leaves while the agent is rung',
    run: async (stage) => {
      const citizen = await stage.answered('citizen')
      await stage.ringing('seat-1', 'leg-1')
      citizen.hangUp()
      await stage.until('citizen leg-gone normal')
      await stage.legs()
      await stage.do('hang up', () => stage.phone.hangUp('leg-1', 'normal'))
      await stage.calm()
      await stage.legs()
    }
  },
  {
    name: 'the browser goes while it rings',
    run: async (stage) => {
      const seat = await stage.ringing('seat-1', 'leg-1', 3_000)
      await seat.vanish()
      await stage.until('seat-1 seat-unreachable')
      await stage.calm()
      await stage.until('leg-1 leg-gone no-answer')
    }
  },
  {
    name: 'the browser goes while we talk',
    run: async (stage) => {
      const seat = await stage.ringing('seat-1', 'leg-1')
      seat.answer()
      await stage.until('leg-1 leg-answered')
      await seat.vanish()
      await stage.until('seat-1 seat-unreachable')
      await stage.legs()
      await stage.do('hang up', () => stage.phone.hangUp('leg-1', 'normal'))
    }
  },
  {
    name: 'the same leg made twice, while it rings and after the answer',
    run: async (stage) => {
      const seat = await stage.ringing('seat-1', 'leg-1')
      await stage.ring('seat-1', 'leg-1')
      await stage.calm()
      seat.answer()
      await stage.until('leg-1 leg-answered')
      await stage.ring('seat-1', 'leg-1')
      await stage.calm()
      await stage.legs()
    }
  },
  {
    name: 'a seat is given another password, and is removed',
    run: async (stage) => {
      const seat = await stage.seat('seat-1')
      await seat.register()
      await stage.until('seat-1 seat-reachable')
      await stage.do('reachable', () => stage.phone.seatReachable('seat-1'))
      await stage.calm()
      await stage.seat('seat-1')
      await stage.do('reachable', () => stage.phone.seatReachable('seat-1'))
      await stage.seat('seat-1', 'second')
      await stage.calm()
      await stage.do('reachable', () => stage.phone.seatReachable('seat-1'))
      await stage.do('remove', () => stage.phone.removeSeat('seat-1'))
      await stage.do('remove', () => stage.phone.removeSeat('seat-1'))
      await stage.do('reachable', () => stage.phone.seatReachable('seat-1'))
    }
  }
]
