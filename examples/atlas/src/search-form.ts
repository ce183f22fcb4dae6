/** How names are compared: without case and accents, so that "zurich" finds Zürich. */
export function searchForm(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .trim()
}
