import type { Page } from '../../../src/platform/http-contract.ts'
import { request } from './api.ts'

/** A short list in whole, page after page; at most 20 pages. The server may answer with a bare array too. */
export async function loadList<T> (path: string): Promise<T[]> {
  const all: T[] = []
  let cursor: string | null = null
  for (let page = 0; page < 20; page++) {
    const answer: Page<T> | T[] = await request<Page<T> | T[]>('GET', cursor === null ? path : `${path}?cursor=${encodeURIComponent(cursor)}`)
    if (Array.isArray(answer)) return answer
    all.push(...answer.items)
    if (answer.next === null) return all
    cursor = answer.next
  }
  return all
}
