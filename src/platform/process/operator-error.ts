/** A fault that the person who starts the program can mend: the message is one clear sentence, in Chinese and English. */
export class OperatorError extends Error {
  constructor (english: string, chinese: string, options?: ErrorOptions) {
    super(`${english} ${chinese}`, options)
    this.name = 'OperatorError'
  }
}

/** The operator's sentence for a full or forbidden disk; undefined when the error is another. */
export function diskError (error: unknown, path: string): OperatorError | undefined {
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OperatorError(`No space is left on the disk for ${path}.`, `磁盘空间不足:${path}。`, { cause: error })
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new OperatorError(`This user may not write ${path}.`, `当前用户无权写入 ${path}。`, { cause: error })
  }
  return undefined
}
