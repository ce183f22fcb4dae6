const LINE_FEED = 10
const ZERO = 48
const NINE = 57

/** Counts the ends of meta replies in a stream: reads each first line, skips each value. */
export class ReplyCounter {
  // Bytes of a value, its line's end included, still to skip.
  #skip = 0
  // Of the line under way: how much was read, whether a value follows, and how long that is.
  #column = 0
  #isValue = false
  #size = 0

  /** How many replies end in `chunk`; -1 where one is neither `VA` nor `HD`. */
  count(chunk) {
    const { length } = chunk
    let ends = 0
    let i = 0
    while (i < length) {
      if (this.#skip > 0) {
        const taken = Math.min(this.#skip, length - i)
        this.#skip -= taken
        i += taken
        if (this.#skip === 0) ends++
        continue
      }
      let column = this.#column
      let size = this.#size
      for (; i < length; i++, column++) {
        const byte = chunk[i]
        if (byte === LINE_FEED) break
        if (column === 0) {
          if (byte !== 0x56 && byte !== 0x48) return -1
          this.#isValue = byte === 0x56
        } else if (column > 2 && byte >= ZERO && byte <= NINE) {
          // The floor asks for no flags, so the only number of a line is the value's size.
          size = size * 10 + byte - ZERO
        }
      }
      this.#column = column
      this.#size = size
      if (i === length) break
      i++
      if (this.#isValue) this.#skip = size + 2
      else ends++
      this.#column = 0
      this.#size = 0
    }
    return ends
  }
}
