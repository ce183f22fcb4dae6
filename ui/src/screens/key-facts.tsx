import type { KeyReply, ValuePreview } from '../../../src/admin/api/keys.ts'
import { formatBytes, formatDuration, NOTHING } from '../../../src/admin/format.ts'

/** What is known of one key, and the start of what is under it. */
export function KeyFacts({ reply: { key, found, server, item, preview } }: { reply: KeyReply }) {
  return (
    <>
      <dl class="facts">
        <dt>Key</dt>
        <dd>
          <code>{key}</code>
        </dd>
        <dt>Where</dt>
        <dd>{server ?? 'in this process'}</dd>
        <dt>Found</dt>
        <dd>{found ? 'yes' : 'no'}</dd>
        {item !== null && (
          <>
            <dt>Expires in</dt>
            <dd>{item.expires ? formatDuration(item.ttl) : 'never'}</dd>
            <dt>Unused for</dt>
            <dd>{formatDuration(item.idle)}</dd>
            <dt>Read</dt>
            <dd>{item.fetched === null ? NOTHING : item.fetched ? 'yes' : 'never'}</dd>
            <dt>Size</dt>
            <dd>{formatBytes(item.sizeBytes)}</dd>
          </>
        )}
      </dl>
      {preview !== null && <Preview preview={preview} />}
    </>
  )
}

function Preview({ preview }: { preview: ValuePreview }) {
  const { form, text, truncated, redacted, state, tags } = preview
  return (
    <>
      <p class="quiet">
        {form}, {state}
        {truncated && ', cut'}
        {redacted && ', parts are hidden'}
        {tags.length > 0 && `, tags: ${tags.join(', ')}`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long value is scrolled by keyboard. */}
      <pre tabIndex={0}>{text}</pre>
    </>
  )
}
