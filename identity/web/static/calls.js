/** Calls to the service, with proof of work where it asks for that first. */

import { TrifactorError } from "./errors.js";
import { Effort } from "./work.js";

const API = new URL("../v1/", import.meta.url);

const WORK = "Trifactor-Work";
const EFFORTS = 2; // the first may come too late, or be asked anew from another address

/**
 * @typedef {object} Options
 * @property {AbortSignal} [signal] to give up; then `stopped` is thrown
 * @property {string} [payment] a proof of work that was done before it was asked for
 */

/**
 * One call to the service: for what has no function of its own here, such as operators' work.
 * Where it asks for work, that is done (see `onWork`), and the call made again.
 * @param {string} method
 * @param {string} path under `…/v1/`, its query included
 * @param {object} [body]
 * @param {Options} [options]
 */
export async function call(method, path, body, { signal, payment = "" } = {}) {
  for (let efforts = 0; ; efforts += 1) {
    try {
      return await sent(method, path, body, { signal, payment });
    } catch (error) {
      if (error.code !== "work_needed" || efforts === EFFORTS) throw error;
      payment = await new Effort(error.problem.work).payload(signal);
    }
  }
}

async function sent(method, path, body, { signal, payment }) {
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (body) headers["Content-Type"] = "application/json";
  if (payment) headers[WORK] = payment;
  const options = { method, headers, body: body && JSON.stringify(body), cache: "no-store", signal };
  const response = await fetch(new URL(path, API), options).catch(() => {
    throw new TrifactorError(signal?.aborted ? "stopped" : "offline");
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
