/**
 * The puzzle of a proof of work (ALTCHA version 2), tried one counter after the other. Nothing here
 * needs a page, so that it runs in a worker and beside one alike.
 */

const ALGORITHM = "PBKDF2/SHA-256";
const TOLD_EVERY = 100; // milliseconds between two words on how far it is
const DIGIT = 16; // values of one hexadecimal digit

/**
 * @typedef {object} Parameters what the service signed; it goes back untouched
 * @property {string} algorithm
 * @property {string} nonce hexadecimal, like the salt
 * @property {string} salt
 * @property {number} cost iterations of one derivation
 * @property {number} keyLength bytes
 * @property {string} keyPrefix what the derived key's hexadecimal form begins with when it is solved
 * @typedef {{ counter: number, derivedKey: string }} Solution
 * @typedef {{ start: number, step: number }} Share which counters to try: start, start + step …
 */

/** Whether this code knows how. @param {Parameters} parameters */
export const isKnown = ({ algorithm }) => algorithm === ALGORITHM;

/**
 * How many counters it takes on average. Each may be the one, whatever was tried before it: who has
 * tried so many is not nearly done, but has had bad luck.
 * @param {Parameters} parameters
 */
export const usualTries = ({ keyPrefix }) => DIGIT ** keyPrefix.length;

/**
 * Try counters until one solves it.
 * @param {Parameters} parameters
 * @param {Share} share
 * @param {(tries: number) => void} told how many were tried since it was last told
 * @param {AbortSignal} [signal] to give up; then null is returned
 * @returns {Promise<Solution | null>}
 */
export async function search(parameters, { start, step }, told, signal) {
  const prefix = parameters.keyPrefix.toLowerCase();
  const derive = deriving(parameters);
  let [untold, last] = [0, performance.now()];
  for (let counter = start; !signal?.aborted; counter += step) {
    const derivedKey = await derive(counter);
    untold += 1;
    const solved = derivedKey.startsWith(prefix);
    const now = performance.now();
    if (solved || now - last >= TOLD_EVERY) {
      told(untold);
      [untold, last] = [0, now];
    }
    if (solved) return { counter, derivedKey };
  }
  return null;
}

/** What derives the key of a counter: its password is the nonce and the counter, big-endian. */
function deriving({ nonce, salt, cost, keyLength }) {
  const first = bytes(nonce);
  const kdf = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
  return async (counter) => {
    const password = new Uint8Array(first.length + 4);
    password.set(first);
    new DataView(password.buffer).setUint32(first.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    return hex(await crypto.subtle.deriveBits(kdf, key, keyLength * 8));
  };
}

const bytes = (digits) =>
  Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, DIGIT));

const hex = (buffer) =>
  Array.from(new Uint8Array(buffer), (byte) => byte.toString(DIGIT).padStart(2, "0")).join("");
