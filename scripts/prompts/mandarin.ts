/** The Mandarin front end of the speech synthesiser: text to tone-numbered pinyin, said the way hotlines say it. */
import { customPinyin, pinyin } from 'pinyin-pro'

/** Words that are read wrongly without a hint, or might be with another release of the dictionary. */
const POLYPHONES: Readonly<Record<string, string>> = {
  重听: 'chóng tīng',
  重办: 'chóng bàn',
  重拨: 'chóng bō',
  重新: 'chóng xīn',
  转接: 'zhuǎn jiē',
  转办: 'zhuǎn bàn',
  转给: 'zhuǎn gěi',
  转人工: 'zhuǎn rén gōng',
  还有: 'hái yǒu',
  调休: 'tiáo xiū',
  便民: 'biàn mín',
  服务: 'fú wù',
  不间断: 'bú jiàn duàn',
  还款: 'huán kuǎn',
  银行: 'yín háng',
  行政: 'xíng zhèng',
  尽快: 'jǐn kuài'
}
const DIGITS = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九']
const PAUSES: Readonly<Record<string, string>> = { '，': ',', '、': ',', '；': ';', '：': ',', '。': '.', '？': '?', '！': '!', ',': ',', ';': ';', '.': '.' }

customPinyin({ ...POLYPHONES })

/** Three digits and more are read one by one, 1 as 幺; one or two as a number, which is below one hundred then. */
export function expandDigits (text: string): string {
  return text.replace(/\d+/g, run => {
    if (run.length > 2) return [...run].map(digit => digit === '1' ? '幺' : DIGITS[Number(digit)]).join('')
    const [tens, ones] = [Math.floor(Number(run) / 10), Number(run) % 10]
    if (tens === 0) return DIGITS[ones] as string
    return `${tens === 1 ? '' : DIGITS[tens]}十${ones === 0 ? '' : DIGITS[ones]}`
  })
}

/** For the voice `cmn-latn-pinyin`: `nin2 hao3 , …`; the neutral tone is 5, ü is v. Throws for characters that it cannot read. */
export function toPinyin (text: string): string {
  const syllables = pinyin(expandDigits(text), { type: 'array', toneType: 'num', nonZh: 'spaced', v: true })
  return syllables.map(syllable => {
    const pause = PAUSES[syllable]
    if (pause !== undefined) return pause
    if (!/^[a-z]+[0-5]$/.test(syllable)) throw new Error(`cannot be read in Mandarin: ${syllable} in ${text}`)
    return syllable.replace(/0$/, '5')
  }).join(' ').replace(/ ([,.;?!])/g, '$1')
}
