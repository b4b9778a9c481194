/** `138****0012`; short and foreign numbers keep two digits at each end; up to four digits stand as they are. */
export function maskNumber (number: string): string {
  if (number.length <= 4) return number
  if (number.length >= 11) return `${number.slice(0, number.length - 8)}****${number.slice(-4)}`
  return `${number.slice(0, 2)}${'*'.repeat(number.length - 4)}${number.slice(-2)}`
}
