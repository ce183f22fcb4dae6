import { formatDuration } from '../../src/admin/format.ts'
import { type FeedStatus, feed, windowSeconds } from './feed.ts'

const WINDOWS = [1, 10, 60, 600]

const STATUS: Record<FeedStatus, string> = {
  loading: 'Loading',
  live: 'Live',
  polling: 'Polling',
  lost: 'Lost',
  refused: 'Refused',
}

export function Header() {
  const { overview, status } = feed.value
  const environment = overview?.environment ?? ''
  return (
    <header>
      <h1>
        <Mark />
        <span class="title">{overview?.title ?? 'Cache'}</span>{' '}
        {environment !== '' && (
          <span class={environment === 'production' ? 'badge production' : 'badge'}>
            {environment}
          </span>
        )}
      </h1>
      <fieldset class="windows">
        <legend class="heard">What the figures cover</legend>
        {WINDOWS.map((seconds) => (
          <label key={seconds}>
            <input
              type="radio"
              name="window"
              checked={seconds === windowSeconds.value}
              onChange={() => {
                windowSeconds.value = seconds
              }}
            />
            <span>{formatDuration(seconds)}</span>
          </label>
        ))}
      </fieldset>
      <p class={`status ${status}`} role="status">
        {STATUS[status]}
      </p>
    </header>
  )
}

/** The sign that closes a passage to be played again. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="mark-ground" width="32" height="32" rx="8" />
      <rect x="21" y="7" width="4" height="18" rx="1" />
      <rect x="16.5" y="7" width="1.8" height="18" rx=".9" />
      <circle cx="10.5" cy="12.5" r="2.2" />
      <circle cx="10.5" cy="19.5" r="2.2" />
    </svg>
  )
}
