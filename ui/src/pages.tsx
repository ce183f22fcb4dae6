import { useEffect, useState } from 'preact/hooks'

/** The screens, by the name in the address behind `#`. */
export const PAGES = [
  ['overview', 'Overview'],
  ['health', 'Health'],
  ['history', 'History'],
  ['aliases', 'Aliases'],
  ['rendered', 'Pages'],
  ['keys', 'Keys'],
  ['servers', 'Servers'],
  ['memory', 'Memory'],
  ['live', 'Live'],
  ['connections', 'Connections'],
  ['actions', 'Actions'],
  ['requests', 'Requests'],
] as const

export type PageName = (typeof PAGES)[number][0]

/** Which screen the address asks for. */
export function usePage(): PageName {
  const [page, setPage] = useState(pageInAddress)
  useEffect(() => {
    const follow = () => setPage(pageInAddress())
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  return page
}

export function Navigation({ page }: { page: PageName }) {
  return (
    <nav aria-label="Screens">
      <ul>
        {PAGES.map(([name, label]) => (
          <li key={name}>
            <a href={`#${name}`} aria-current={name === page ? 'page' : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function pageInAddress(): PageName {
  const asked = location.hash.slice(1)
  return PAGES.find(([name]) => name === asked)?.[0] ?? 'overview'
}
