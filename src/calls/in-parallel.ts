/** Does `work` for each item, at most `limit` at a time; rejects with the first error, after which no further item is begun. */
export async function inParallel<T> (items: Iterable<T>, limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items[Symbol.iterator]()
  let failed = false
  async function worker (): Promise<void> {
    for (let next = left.next(); next.done !== true && !failed; next = left.next()) {
      try {
        await work(next.value)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
}
