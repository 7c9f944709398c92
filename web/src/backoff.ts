/** When to connect again. */

const FIRST_MS = 1_000;
const CEILING_MS = 15_000;

/** Milliseconds to wait after so many failures in a row (1 or more); `chance` in [0, 1) spreads callers apart. */
export function waitAfter(failures: number, chance: number): number {
  const whole = Math.min(CEILING_MS, FIRST_MS * 2 ** (failures - 1));
  return Math.round(whole * (0.75 + chance / 2));
}

/** Resolves after so long, or at once when aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
