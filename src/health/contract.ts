/** What a page must know of this hotline before anybody signs in. */
import { Type, type Static } from 'typebox'

/** `GET /api/v1/about` */
export const About = Type.Object({
  /** True: sample people and calls, and anyone may dial on trial. */
  demo: Type.Boolean(),
  /** IANA name of the zone in which times are shown. */
  timeZone: Type.String()
})
export type About = Static<typeof About>
