import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'

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
export const page = signal(pageInAddress())

window.addEventListener('hashchange', () => {
  page.value = pageInAddress()
})

export function Navigation() {
  const list = useRef<HTMLUListElement>(null)
  const shown = page.value
  // On a phone the list is wider than the screen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is `shown` that moves the mark.
  useEffect(() => {
    list.current
      ?.querySelector('[aria-current]')
      ?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [shown])
  return (
    <nav aria-label="Screens">
      <ul ref={list}>
        {PAGES.map(([name, label]) => (
          <li key={name}>
            <a href={`#${name}`} aria-current={name === shown ? 'page' : undefined}>
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
