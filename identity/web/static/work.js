/**
 * Proof of work: where too many come at once, the service asks a browser for a short calculation
 * before it looks at an answer. It is done in workers, while the page goes on.
 */

import { TrifactorError } from "./errors.js";
import { isKnown, search, usualTries } from "./work_puzzle.js";

const SOLVER = new URL("./work_solver.js", import.meta.url);
const MOST = 4; // workers: more would slow down what else the customer does
const LEFT_FREE = 1; // cores

/**
 * @typedef {{ parameters: import("./work_puzzle.js").Parameters, signature: string }} Asked
 * @typedef {object} Progress
 * @property {"begun" | "going" | "done" | "stopped"} state
 * @property {number} tries so far
 * @property {number} usual tries that it takes on average; it may well take more
 * @property {number} part how many of a hundred such calculations would be done by now, as a part
 *     of 1: it grows all the time, ever more slowly, and is 1 only when this one is done
 * @property {() => void} cancel always the same one for one calculation
 */

/** @type {(progress: Progress) => void} */
let listener = () => {};

/**
 * Be told while somebody has to wait for work: once "begun", then "going" about ten times a second,
 * then "done" or "stopped". One listener for the page; what is solved ahead is not told.
 * @param {(progress: Progress) => void} heard
 */
export const onWork = (heard) => { listener = heard; };

/** One proof of work in the making: it begins at once. */
export class Effort {
  tries = 0;
  #over = false;
  #signature;
  #parameters;
  #ended = new AbortController();
  #heard = () => {};

  /** @param {Asked} asked what the service sent, as it came */
  constructor({ parameters, signature }) {
    this.#parameters = parameters;
    this.#signature = signature;
    this.usual = usualTries(parameters);
    this.solved = this.#solve().finally(() => { this.#over = true; });
    this.solved.catch(() => {}); // told to whoever waits for it, who may be nobody yet
  }

  /** Give up. Whoever waits gets a `TrifactorError` "stopped". */
  stop = () => this.#ended.abort();

  /**
   * Wait for the payload (for the header `Trifactor-Work`), and have the page's listener told if it
   * takes a while.
   * @param {AbortSignal} [signal] to give up
   * @returns {Promise<string>}
   */
  async payload(signal) {
    const tell = (state) => listener(this.#progress(state));
    if (this.#over) return this.solved; // nobody has to wait
    signal?.addEventListener("abort", this.stop);
    if (signal?.aborted) this.stop();
    tell("begun");
    this.#heard = () => tell("going");
    try {
      const payload = await this.solved;
      tell("done");
      return payload;
    } catch (error) {
      tell("stopped");
      throw error;
    } finally {
      this.#heard = () => {};
      signal?.removeEventListener("abort", this.stop);
    }
  }

  #progress(state) {
    const part = state === "done" ? 1 : 1 - Math.exp(-this.tries / this.usual);
    return { state, tries: this.tries, usual: this.usual, part, cancel: this.stop };
  }

  async #solve() {
    if (!globalThis.crypto?.subtle) throw new TrifactorError("insecure");
    if (!isKnown(this.#parameters)) throw new TrifactorError("work_unknown");
    const told = (tries) => { this.tries += tries; this.#heard(); };
    const { signal } = this.#ended;
    const solution =
      (await byWorkers(this.#parameters, told, signal).catch(() => null))
      ?? (await search(this.#parameters, { start: 0, step: 1 }, told, signal));
    if (!solution) throw new TrifactorError("stopped");
    const challenge = { parameters: this.#parameters, signature: this.#signature };
    return btoa(JSON.stringify({ challenge, solution }));
  }
}

/**
 * Solve it by several workers, each with its share of the counters; null where it was ended.
 * Rejects where a worker cannot be had, as under another origin or a strict policy.
 */
function byWorkers(parameters, told, signal) {
  const workers = [];
  const step = workersHere();
  const ended = new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => resolve(null));
    if (signal.aborted) resolve(null);
    for (let start = 0; start < step; start += 1) {
      const worker = new Worker(SOLVER, { type: "module" });
      workers.push(worker);
      worker.onerror = reject;
      worker.onmessage = ({ data }) => {
        if (data.failed) reject(new Error("a worker failed"));
        else if (data.solution) resolve(data.solution);
        else told(data.tries);
      };
      worker.postMessage({ parameters, share: { start, step } });
    }
  });
  return ended.finally(() => { for (const worker of workers) worker.terminate(); });
}

const workersHere = () =>
  Math.min(MOST, Math.max(1, (navigator.hardwareConcurrency ?? 1) - LEFT_FREE));
