/** What the database knows of a caller. Every look-up goes over an index by the keyed hash of the number. */
import { areaName } from '../work-orders/core/catalogue.ts'
import { cursorAfter, HISTORY_START, type HistoryPosition } from './core/cursor.ts'
import type { HistoryItem, HistoryPage } from './contract.ts'
import type { CallerRecord } from './service.ts'
import type { Clock } from '../kernel/clock.ts'
import type { CallId } from '../kernel/ids.ts'
import type { Query, Sql } from '../platform/database/sql.ts'
import { idBound } from '../platform/ids.ts'
import { maskName } from '../platform/masking.ts'
import type { PersonalData } from '../platform/personal-data.ts'

/** Repeat calls are counted over so many days. */
const REPEAT_DAYS = 7
/** Nobody needs to know more exactly how often a caller called that often. */
const MOST_REPEATS = 999
/** Name and agent are sought among so many of the latest, so that no caller's history is read through. */
const LOOK_BACK = 50
const FIRST_PAGE = 10
const DAY_MS = 86_400_000

interface HistoryRow {
  kind: HistoryItem['kind'] | null
  id: string
  at: number
  number: string
  /** Sealed where it is an order's. */
  title: string
  state: string
  open: boolean
  confidential: boolean
  agent: string | null
  talk: number | null
}

interface RecordRow extends HistoryRow {
  repeats: number
  lastId: string | null
  lastName: string | null
  nameSealed: string | null
  nameOf: string | null
  areaCode: string | null
}

export interface HistoryRequest {
  /** The caller's number under each key: more than one while keys change. */
  aniHashes: readonly string[]
  excludeCallId: CallId
  position: HistoryPosition
  limit: number
}

export interface ScreenPopRepositoryDependencies {
  sql: Sql
  personalData: Pick<PersonalData, 'numberHashes' | 'open'>
  clock: Clock
}

export type ScreenPopRepository = ReturnType<typeof createScreenPopRepository>

export function createScreenPopRepository ({ sql, personalData, clock }: ScreenPopRepositoryDependencies) {
  /** The parts for each hash, so that each goes over the index in its order. */
  const forEach = (hashes: readonly string[], part: (hash: string) => Query<unknown>): Query<unknown> =>
    hashes.map(part).reduce((all, next) => sql`${all} union all ${next}`)

  /** Each part is cut before they are joined, so that a caller with a long history costs no more than one with a short one. */
  const found = ({ aniHashes, excludeCallId, position, limit }: HistoryRequest) => sql`
    select parts.*, users.name as agent from (
      ${forEach(aniHashes, hash => sql`
      (select 'work-order' as kind, id, created_at as at, number, title_sealed as title, state, true as open, confidential, created_by as agent_id, null::integer as talk
        from work_orders where caller_hash = ${hash} and closed_at is null and id < ${position.open} order by id desc limit ${limit + 1})
      union all
      (select 'work-order', id, created_at, number, title_sealed, state, false, confidential, created_by, null
        from work_orders where caller_hash = ${hash} and closed_at is not null and id < ${position.rest} order by id desc limit ${limit + 1})
      union all
      (select 'call', id, started_at, '', coalesce(array_to_string(choices, '、'), ''), coalesce(outcome, ''), false, false, agent_id, talk_ms
        from calls where ani_hash = ${hash} and id <> ${excludeCallId} and id < ${position.rest} order by id desc limit ${limit + 1})`)}
      order by open desc, id desc limit ${limit + 1}
    ) parts left join users on users.id = parts.agent_id`

  /** One statement, so that it costs one way to the database and back. */
  const known = (request: HistoryRequest) => sql<RecordRow[]>`
    select facts.*, history.* from (
      select
        (select count(*)::integer from (
          select from (${forEach(request.aniHashes, hash => sql`
            (select id from calls where ani_hash = ${hash} and id <> ${request.excludeCallId}
              and id >= ${idBound(clock.now() - REPEAT_DAYS * DAY_MS)} limit ${MOST_REPEATS})`)}) each_hash limit ${MOST_REPEATS}
        ) recent) as repeats,
        last.agent_id as last_id, coalesce(users.name, last.agent_id) as last_name,
        latest.caller_name_sealed as name_sealed, latest.id as name_of, latest.area_code
      from (values (1)) one
        left join lateral (
          select agent_id from (${forEach(request.aniHashes, hash => sql`
            (select id, agent_id, answered_at from calls where ani_hash = ${hash} and id <> ${request.excludeCallId} order by id desc limit ${LOOK_BACK})`)}
          ) latest_calls where agent_id is not null and answered_at is not null order by id desc limit 1
        ) last on true
        left join users on users.id = last.agent_id
        left join lateral (
          select id, caller_name_sealed, area_code from (${forEach(request.aniHashes, hash => sql`
            (select id, caller_name_sealed, area_code, anonymous or confidential as hidden from work_orders
              where caller_hash = ${hash} and closed_at is null order by id desc limit ${LOOK_BACK})
            union all
            (select id, caller_name_sealed, area_code, anonymous or confidential from work_orders
              where caller_hash = ${hash} and closed_at is not null order by id desc limit ${LOOK_BACK})`)}
          ) latest_orders where caller_name_sealed <> '' and not hidden order by id desc limit 1
        ) latest on true
    ) facts left join (${found(request)}) history on true
    order by history.open desc, history.id desc`

  function pageOf (rows: readonly HistoryRow[], limit: number): HistoryPage {
    const items = rows.slice(0, limit).map(itemOf)
    const last = items.at(-1)
    return { items, next: rows.length > limit && last !== undefined ? cursorAfter(last) : null }
  }

  /** Of a confidential order a later call shows that there is one, not what it is about (domain rules, section 3). */
  function itemOf ({ kind, id, at, number, title, state, open, confidential, agent, talk }: HistoryRow): HistoryItem {
    const shown = kind === 'work-order' && title !== '' && !confidential ? personalData.open(title, `work-orders.title:${id}`) : title
    return {
      kind: kind ?? 'call',
      id,
      at,
      number,
      title: confidential ? '保密工单' : shown,
      state,
      open,
      ...(agent === null ? {} : { agentName: agent }),
      ...(talk === null ? {} : { talkMs: talk })
    }
  }

  return {
    /** A page of the caller's calls and work orders, from `position` on. */
    async history (request: HistoryRequest): Promise<HistoryPage> {
      const rows = await sql<HistoryRow[]>`select * from (${found(request)}) history order by open desc, id desc`
      return pageOf(rows, request.limit)
    },
    /** All that a screen-pop shows of a caller; nothing of a caller who withholds the number. */
    async record (ani: string, exceptCall: CallId): Promise<CallerRecord> {
      const aniHashes = personalData.numberHashes(ani)
      if (aniHashes.length === 0) return { repeat: { days: REPEAT_DAYS, calls: 0 }, history: { items: [], next: null } }
      const rows = await known({ aniHashes, excludeCallId: exceptCall, position: HISTORY_START, limit: FIRST_PAGE })
      const [facts] = rows
      const name = facts?.nameSealed == null ? undefined : maskName(personalData.open(facts.nameSealed, `work-orders.caller-name:${facts.nameOf ?? ''}`))
      return {
        ...(name === undefined ? {} : { caller: { name, place: areaName(facts?.areaCode ?? '') } }),
        repeat: { days: REPEAT_DAYS, calls: facts?.repeats ?? 0 },
        ...(facts?.lastId == null ? {} : { lastAgent: { id: facts.lastId, name: facts.lastName ?? facts.lastId } }),
        history: pageOf(rows.filter(row => row.kind !== null), FIRST_PAGE)
      }
    }
  }
}
