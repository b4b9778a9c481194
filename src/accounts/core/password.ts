/** Which passwords are accepted (domain rules, section 7: at least eight characters of three kinds). */

/** What is wrong with a new password, in words for its owner; undefined when it is good. */
export function passwordProblem (password: string, username: string): string | undefined {
  if (password.length < 8) return '密码至少 8 位'
  if (password.length > 256) return '密码最多 256 位'
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter(kind => kind.test(password)).length
  if (kinds < 3) return '密码须包含大写字母、小写字母、数字、符号中的三类'
  if (password.toLowerCase().includes(username.toLowerCase())) return '密码不能包含用户名'
  return undefined
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
const SMALL = 'abcdefghijkmnpqrstuvwxyz'
const DIGITS = '23456789'

/** A password of 16 characters of three kinds, without look-alikes, from at least 16 random bytes. */
export function passwordFrom (random: Uint8Array): string {
  const kinds = [LETTERS, SMALL, DIGITS]
  // The first three fix the kinds; 24, 24 and 8 letters of 56 keep well over 80 bits together.
  return Array.from({ length: 16 }, (_, index) => {
    const alphabet = index < 3 ? kinds[index] as string : LETTERS + SMALL + DIGITS
    return alphabet[(random[index] ?? 0) % alphabet.length] as string
  }).join('')
}
