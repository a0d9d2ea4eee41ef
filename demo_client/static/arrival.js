/** Tells how far a code has come that was sent to somebody, while they wait for it. */

import { $, say } from "./page.js";

const SAID = { sent: "code.sent", failed: "code.failed", queued: "code.slow" };

let waiting = new AbortController();

/**
 * Say in `place` where a code is going, and whether it left. `look(signal)` waits for its state.
 * Nobody waits for this: the code may be typed meanwhile.
 */
export function tellArrival(place, { to, expires_in }, look) {
  waiting.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const status = $("[role=status]", place);
  const tell = (id) => {
    if (signal.aborted) return;
    status.textContent = say(id, { to, minutes: Math.round(expires_in / 60) });
    status.classList.toggle("failed", id === "code.failed");
  };
  if (!to) {
    tell("code.nowhere");
    return;
  }
  tell("code.queued");
  look(signal).then(
    (state) => tell(SAID[state] ?? "code.queued"),
    () => {}, // what ended meanwhile is told by whoever asks next
  );
}

/** Wait for no code any more. */
export function stopWaiting() {
  waiting.abort();
}
