/** What of a person may stand where the whole must not: in lists, in logs, on screens that others see. */

/** `138****0000`; short codes such as 12345 belong to nobody and stay. */
export function maskNumber (number: string): string {
  if (number.length <= 5) return number
  if (number.length <= 7) return `${number.slice(0, 1)}****${number.slice(-2)}`
  return `${number.slice(0, 3)}****${number.slice(-4)}`
}

/** The first character and one asterisk, whatever the length: `张*`; '' stays. */
export function maskName (name: string): string {
  const [first] = name.trim()
  return first === undefined ? '' : `${first}*`
}

/** Districts, townships and roads; a 小区 or 社区 is nearer to a door than that. */
const PLACE = /(?<![小社园])[省市区县旗盟州镇乡村路街道巷]/g
const DOOR = /[\d０-９]|[一二三四五六七八九十百]+[号栋幢座单弄组]/
const HIDDEN = '***'

/** Up to the last district or road before the house number: `兴庆区文化街***`; '' stays. */
export function maskAddress (address: string): string {
  const text = address.trim()
  if (text === '') return ''
  const named = text.slice(0, DOOR.exec(text)?.index ?? text.length)
  const last = [...named.matchAll(PLACE)].at(-1)
  return `${last === undefined ? '' : named.slice(0, last.index + 1)}${HIDDEN}`
}
