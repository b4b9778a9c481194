/** The board of a running hotline, told over its sockets. */
import type { Exchange } from '../exchange.ts'
import type { createDirectory } from '../agents/directory.ts'
import { createBoard, type BoardDependencies } from './service.ts'
import { addBoardSockets, type BoardRealtime, type BoardSocketDependencies } from './sockets.ts'
import { createBoardSource, type SourceDependencies } from './source.ts'

export type { ServerToBoard } from './contract.ts'
export { renewBoardPages } from './sockets.ts'

export interface LiveBoardDependencies extends Omit<BoardDependencies, 'source'>, Pick<SourceDependencies, 'mask' | 'home'>, Pick<BoardSocketDependencies, 'sessionCounts'> {
  io: BoardRealtime
  exchange: Exchange
  directory: ReturnType<typeof createDirectory>
}

export function createLiveBoard ({ io, exchange, directory, mask, home, sessionCounts, ...rest }: LiveBoardDependencies) {
  const { agents, calls } = exchange
  const source = createBoardSource({ agents, calls, groups: directory.groups, group: directory.group, reasons: directory.reasonNames, mask, home })
  const board = createBoard({ source, ...rest })
  directory.onChange(board.allChanged)
  addBoardSockets(io, { board, clock: rest.clock, sessionCounts })
  return board
}
