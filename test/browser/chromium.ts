import { execFileSync } from 'node:child_process'
import { type Browser, chromium } from 'playwright-core'

/** Starts the Chromium that `CHROMIUM_PATH` names, else the one on the `PATH`. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH || findChromium(),
    // Root, as whom containers run, gets no sandbox.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
}

function findChromium(): string {
  try {
    return execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim()
  } catch (cause) {
    const advice = 'Install it (Debian, Ubuntu: apt-get install chromium) or set CHROMIUM_PATH.'
    throw new Error(`There is no chromium on the PATH. ${advice}`, { cause })
  }
}
