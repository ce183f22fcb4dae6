/**
 * Why a request that changes something is refused: it may have been made by a foreign page in the
 * browser of somebody who may. `undefined`: it was not.
 *
 * `Sec-Fetch-Site` says so, and no page can forge it (W3C Fetch Metadata, section 2.3). A browser
 * sends it to https and to localhost only; elsewhere `Origin` must name the host that was asked. The
 * type and the header of its own make a browser ask first, which is then not answered.
 */
export function foreignReason({ headers }: Request): string | undefined {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') return 'The body must be application/json.'
  if (headers.get('x-reprise-admin') !== '1') return 'The header x-reprise-admin must be 1.'
  const site = headers.get('sec-fetch-site')
  if (site !== null) {
    return site === 'same-origin'
      ? undefined
      : `The request comes from elsewhere (${JSON.stringify(site.slice(0, 20))}).`
  }
  const origin = headers.get('origin')
  const host = headers.get('host')
  if (origin === null || host === null) return 'The request says not where it comes from.'
  return hostOf(origin) === host.toLowerCase() ? undefined : 'The request comes from elsewhere.'
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase()
}
