/** Worlds in which the simulation once found something, and what it was. They are played again in every run. */
export const REGRESSIONS: ReadonlyArray<{ world: number, found: string }> = [
  { world: 1923946474, found: 'a caller whose arrival met one failed command was left ringing' },
  { world: 1538729639, found: 'a caller who left while the call began was never missed' },
  { world: 2121834854, found: 'a leg made after the list of legs was asked for counted as gone, and rang for nobody' },
  { world: 1240056446, found: 'an agent free again at once was given a later caller' },
  { world: 1760795340, found: 'a reconnect took an agent from the call that had just reserved the agent' },
  { world: 1438074497, found: 'a repeated attempt to ring made a declined leg again' },
  { world: 1971504563, found: 'an ended call was kept when the connection was lost in that moment' },
  { world: 1200536381, found: 'a caller back from the fallback queue was ignored while the old call ended' },
  { world: 1239168070, found: 'a call found late took an agent who had another call by then' },
  { world: 698892290, found: 'a call found late rang an agent who had another call by then' },
  { world: 1373828325, found: 'a call found late took its agent’s leg for gone, and left it standing' },
  { world: 1887505120, found: 'a caller back from the fallback queue was refused by the full queue, without a word' },
  { world: 2139292810, found: 'a caller back from the fallback queue met the snapshot of an ended call, and was forgotten' },
  { world: 624771273, found: 'an agent was freed for having rung too long in the moment in which the resumed call connected' },
  { world: 795820448, found: 'a resumed call was about to free its agent, who was freed before it had hung up' },
  { world: 53780297, found: 'after a restart an offer was given up before its call was looked for' },
  { world: 657816699, found: 'one refused snapshot and a death made two ends of one call' },
  { world: 105274387, found: 'a resumed caller without an agent any more heard no music' },
  { world: 1210475916, found: 'a bridge whose end failed once was left' }
]
