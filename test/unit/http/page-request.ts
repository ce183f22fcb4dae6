import type { PageRequest } from '../../../src/http/message.ts'

interface Parts extends Partial<Omit<PageRequest, 'header' | 'snapshot'>> {
  readonly headers?: Record<string, string>
}

/** A request for `https://site.example/`, unless told otherwise. */
export function pageRequest({ headers = {}, ...parts }: Parts = {}): PageRequest {
  const seen: PageRequest = {
    method: 'GET',
    scheme: 'https',
    host: 'site.example',
    target: '/',
    ...parts,
    header: (name) => headers[name],
    snapshot: () => pageRequest({ ...parts, headers: { ...headers } }),
  }
  return seen
}
