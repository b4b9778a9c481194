/** Reasons that people write down for the access log, which is never changed: what got into it stays. */

/** So many digits in a row, with whatever between them, are somebody's number. */
const NUMBER = /(?:\d[\s-]?){5}/

/** Whether a text holds what may be somebody's number, in whichever width of digits. */
export function holdsNumber (text: string): boolean {
  return NUMBER.test(text.normalize('NFKC'))
}
