/** Recordings lie by the day on which they began (UTC): `2026/03/05`. */
export function calendarFolder (startedAt: number): string {
  return new Date(startedAt).toISOString().slice(0, 10).replaceAll('-', '/')
}
