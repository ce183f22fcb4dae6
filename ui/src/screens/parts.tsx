import { type Signal, signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { Answer } from '../use-api.ts'

interface SectionProps {
  readonly id: string
  readonly title: string
  readonly note?: ComponentChildren
  readonly children: ComponentChildren
}

export function Section({ id, title, note, children }: SectionProps) {
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>
        {title} <small>{note}</small>
      </h2>
      {children}
    </section>
  )
}

/** What was answered, as `children` show it, and why there is nothing, or nothing newer. */
export function Answered<T>({
  answer: { reply, error },
  children,
}: {
  answer: Answer<T>
  children: (reply: T) => ComponentChildren
}) {
  return (
    <>
      {error !== undefined && (
        <p class="notice" role="alert">
          {error}
        </p>
      )}
      {reply !== undefined && children(reply)}
      {reply === undefined && error === undefined && <p class="quiet">Loading …</p>}
    </>
  )
}

/** One of `options`, which `value` holds. */
export function Choice({
  label,
  options,
  value,
}: {
  label: string
  options: readonly string[]
  value: Signal<string>
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={value.value}
        onChange={({ currentTarget }) => {
          value.value = currentTarget.value
        }}
      >
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  )
}

export function Field({
  label,
  value,
  hint,
}: {
  label: string
  value: Signal<string>
  hint?: string
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        autocomplete="off"
        spellcheck={false}
        placeholder={hint}
        value={value.value}
        onInput={({ currentTarget }) => {
          value.value = currentTarget.value
        }}
      />
    </label>
  )
}

export function NoServers() {
  return (
    <p class="nothing">
      No Memcached server is in use: every alias keeps its values in this process. What they hold is
      under <a href="#aliases">Aliases</a>.
    </p>
  )
}

const chosen = signal('')

/** The server that is looked at, the same on every screen; the first, until one is chosen. */
export function serverChosen(servers: readonly string[]): Signal<string> {
  if (!servers.includes(chosen.peek())) chosen.value = servers[0] ?? ''
  return chosen
}

/** How many of each, as bars that need no style of their own. */
export function Bars({
  title,
  bars,
}: {
  title: string
  bars: readonly { readonly label: string; readonly count: number }[]
}) {
  const most = Math.max(1, ...bars.map(({ count }) => count))
  return (
    <figure class="bars">
      <figcaption>{title}</figcaption>
      <ul>
        {bars.map(({ label, count }) => (
          <li key={label}>
            <span>{label}</span>
            <meter min={0} max={most} value={count} aria-label={`${label}: ${count}`} />
            <span>{count}</span>
          </li>
        ))}
      </ul>
    </figure>
  )
}
