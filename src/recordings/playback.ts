/** Hearing a recording: may it be, then it is written down, then it is heard. */
import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { can } from '../accounts/core/can.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Clock } from '../kernel/clock.ts'
import type { AgentId, CallId } from '../kernel/ids.ts'
import type { Json } from '../kernel/json.ts'
import type { PersonalData } from '../platform/personal-data.ts'
import type { Listening, ListenRequest } from './contract.ts'
import { mutesOf } from './core/mutes.ts'
import { rangeOf } from './core/range.ts'
import type { RecordingFiles } from './files.ts'
import type { RecordingRepository } from './repository.ts'
import { noteProblem } from './core/listen-reason.ts'

export interface PlaybackDependencies {
  repository: Pick<RecordingRepository, 'find' | 'mutes' | 'present'>
  files: Pick<RecordingFiles, 'read' | 'size'>
  personalData: Pick<PersonalData, 'open'>
  findCall: (callId: CallId) => Promise<{ agentId: AgentId | null, areaCode: string, unitId: string } | undefined>
  /** Whether a work order was made of the call. */
  hasWorkOrder: (callId: CallId) => Promise<boolean>
  /** Writes into the access log; rejects when that cannot be. */
  audit: (entry: { id: string, at: number, actorId: string, action: string, subject: string, detail: Readonly<Record<string, Json>>, address: string, areaCode: string, unitId: string }) => Promise<void>
  clock: Clock
  newId: () => string
}

export type ListenAnswer =
  | { ok: true, value: Listening }
  | { ok: false, code: 'not-found' | 'forbidden' | 'deleted' }
  | { ok: false, code: 'invalid-input', message: string }

export interface Sound { stream: Readable, from: number, to: number, bytes: number, partial: boolean }

/** How long the sound can be asked for after the reason was given. */
const GRANT_MS = 15 * 60_000
const MOST_GRANTS = 5000

export type Playback = ReturnType<typeof createPlayback>

export function createPlayback ({ repository, files, personalData, findCall, hasWorkOrder, audit, clock, newId }: PlaybackDependencies) {
  const grants = new Map<string, { actorId: string, callId: CallId, file: string, key: Buffer, until: number }>()

  async function mayListen (actor: Actor, callId: CallId): Promise<{ areaCode: string, unitId: string } | 'not-found' | 'forbidden'> {
    const call = await findCall(callId)
    if (call === undefined) return 'not-found'
    const subject = { areaCode: call.areaCode, unitId: call.unitId, ownerId: call.agentId }
    if (can(actor, 'recording.listen', subject)) return subject
    // Whoever works on orders hears what belongs to an order (domain rules, section 2).
    if (can(actor, 'recording.listen-linked', subject)) return await hasWorkOrder(callId) ? subject : 'forbidden'
    return can(actor, 'call.list', subject) ? 'forbidden' : 'not-found'
  }

  return {
    async listen (actor: Actor, request: ListenRequest, address: string): Promise<ListenAnswer> {
      const note = request.note?.trim() ?? ''
      const problem = noteProblem(request.reason, note)
      if (problem !== undefined) return { ok: false, code: 'invalid-input', message: problem }
      const allowed = await mayListen(actor, request.callId)
      if (typeof allowed === 'string') return { ok: false, code: allowed }
      const row = await repository.find(request.callId)
      if (row === undefined) return { ok: false, code: 'not-found' }
      if (row.file === null || row.keySealed === null) return { ok: false, code: 'deleted' }
      const muted = mutesOf(await repository.mutes(request.callId), row.startedAt, row.durationMs)
      const now = clock.now()
      await audit({
        id: newId(),
        at: now,
        actorId: actor.id,
        action: 'recording.listen',
        subject: `call:${request.callId}`,
        detail: { reason: request.reason, note },
        address,
        areaCode: allowed.areaCode,
        unitId: allowed.unitId
      })
      const grant = randomBytes(24).toString('base64url')
      for (const [id, { until }] of grants) if (until <= now || grants.size >= MOST_GRANTS) grants.delete(id)
      const key = Buffer.from(personalData.open(row.keySealed, `recordings.key:${row.callId}`), 'base64url')
      grants.set(grant, { actorId: actor.id, callId: row.callId, file: row.file, key, until: now + GRANT_MS })
      return {
        ok: true,
        value: {
          url: `/api/v1/recordings/sound/${grant}`,
          until: now + GRANT_MS,
          startedAt: row.startedAt,
          durationMs: row.durationMs,
          peaks: { citizen: row.peaksCitizen, others: row.peaksOthers },
          muted
        }
      }
    },

    /** A stretch of the sound; undefined for a grant that is not the actor's or over, `unsatisfiable` for a stretch beyond its end. */
    async sound (actor: Actor, grant: string, range: string | undefined): Promise<Sound | 'unsatisfiable' | undefined> {
      const granted = grants.get(grant)
      if (granted === undefined || granted.actorId !== actor.id || granted.until <= clock.now()) return undefined
      const bytes = await files.size(granted.file)
      const wanted = rangeOf(range, bytes)
      if (wanted === 'unsatisfiable') return wanted
      const { from, to } = wanted === 'whole' ? { from: 0, to: bytes - 1 } : wanted
      return { stream: files.read(granted.callId, granted.file, granted.key, from, to), from, to, bytes, partial: wanted !== 'whole' }
    },

    /** Those of the calls whose recording is there and may be heard by the actor. */
    async present (actor: Actor, callIds: readonly CallId[]): Promise<CallId[]> {
      const there = callIds.length === 0 ? [] : await repository.present(callIds)
      const allowed = await Promise.all(there.map(async callId => typeof await mayListen(actor, callId) !== 'string'))
      return there.filter((_, index) => allowed[index])
    }
  }
}
