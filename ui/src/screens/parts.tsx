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

/** What a choice of one server is made with. */
export function Choice({
  label,
  options,
  value,
  onChange,
}: {
  label: string
  options: readonly string[]
  value: string
  onChange: (value: string) => void
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
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
  onInput,
  hint,
}: {
  label: string
  value: string
  onInput: (value: string) => void
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
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </label>
  )
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
