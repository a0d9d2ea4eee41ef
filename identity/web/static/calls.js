/** Calls to the service, and what is thrown where one is refused. */

const API = new URL("../v1/", import.meta.url);

/** What the service refused, or what the browser could not do. */
export class TrifactorError extends Error {
  /**
   * @param {string} code the service's own, or one of `offline`, `cancelled`, `already_bound`,
   *     `unsupported`, `wrong_site`, `no_device` (no key of this browser will do)
   * @param {Record<string, any>} [problem] the service's answer (RFC 9457)
   * @param {number | null} [retryAfter] seconds, where waiting helps
   */
  constructor(code, problem = {}, retryAfter = null) {
    super(problem.title ?? code);
    this.name = "TrifactorError";
    this.code = code;
    this.problem = problem;
    this.status = problem.status ?? 0;
    this.reason = problem.reason ?? null;
    this.retryAfter = retryAfter;
  }
}

/**
 * One call to the service: for what has no function of its own here, such as operators' work.
 * @param {string} method
 * @param {string} path under `…/v1/`, its query included
 * @param {object} [body]
 */
export async function call(method, path, body) {
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (body) headers["Content-Type"] = "application/json";
  const options = { method, headers, body: body && JSON.stringify(body), cache: "no-store" };
  const response = await fetch(new URL(path, API), options).catch(() => {
    throw new TrifactorError("offline");
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  throw new TrifactorError(answer.code ?? "other", answer, Number.isNaN(wait) ? null : wait);
}

const SECOND = 1000; // milliseconds
const LOOKS = 30; // a gateway that took longer is no use to somebody who waits

/**
 * Look once a second until a message has left or failed, or looking helps no more.
 * @param {() => Promise<DeliveryState>} look
 * @param {AbortSignal} [signal]
 * @returns {Promise<DeliveryState>}
 */
export async function settled(look, signal) {
  let state = await look();
  for (let looks = 1; state === "queued" && looks < LOOKS; looks += 1) {
    await new Promise((resolve) => { setTimeout(resolve, SECOND); });
    if (signal?.aborted) break;
    state = await look();
  }
  return state;
}
