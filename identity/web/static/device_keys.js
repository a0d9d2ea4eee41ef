/**
 * Keys of this browser that sign and cannot be read, not even by this page: ECDSA on P-256, made
 * by WebCrypto as non-extractable and kept in IndexedDB, which belongs to this origin alone.
 *
 * A key is kept under its account's name and its thumbprint (RFC 7638), with the id of the factor
 * it was bound as. What is kept here proves nothing by itself: the service knows which keys are
 * bound. `trifactor.js` is the way to use them.
 */

/**
 * @typedef {object} DeviceKey
 * @property {string} account as `nameOf` spells it
 * @property {string} key the thumbprint, base64url
 * @property {string} factor the id of the bound factor, "" before it is
 * @property {number} since when it was made, in milliseconds
 * @property {CryptoKey} privateKey
 */

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
const DATABASE = "trifactor";
const STORE = "device-keys";

/** Whether this browser can hold such keys here: it needs a secure context, and a store. */
export const deviceKeysWork = () =>
  Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);

/** One spelling of a login name, as the service has it. @param {string} account */
export const nameOf = (account) => account.normalize("NFKC").toLowerCase().trim();

/** Make a pair. Its private half never leaves the browser's own code. */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const publicKey = { kty, crv, x, y };
  return { privateKey: pair.privateKey, publicKey, key: await thumbprint(publicKey) };
}

/**
 * Sign for one transaction. The bytes signed are those that are sent: nobody has to write the same
 * JSON twice.
 * @param {CryptoKey} privateKey
 * @param {"trifactor.device.bind" | "trifactor.device.prove"} type
 * @param {{ challenge: string, transaction: string, purpose: string }} asked
 */
export async function signed(privateKey, type, { challenge, transaction, purpose }) {
  const { origin } = globalThis.location;
  const clientData = JSON.stringify({ type, challenge, transaction, purpose, origin });
  const bytes = new TextEncoder().encode(clientData);
  const signature = await crypto.subtle.sign(SIGNATURE, privateKey, bytes);
  return { client_data: base64url(bytes), signature: base64url(new Uint8Array(signature)) };
}

/**
 * The keys this browser has for an account, newest first.
 * @param {string} account
 * @returns {Promise<DeviceKey[]>}
 */
export async function keysOf(account) {
  if (!deviceKeysWork()) return [];
  const name = nameOf(account);
  const of = IDBKeyRange.bound([name], [name, []]);
  const found = await stored("readonly", (store) => store.getAll(of));
  return found.sort((one, other) => other.since - one.since);
}

/** Keep a key, in the place of what was kept of it before. @param {DeviceKey} made */
export const keep = (made) =>
  stored("readwrite", (store) => store.put({ ...made, account: nameOf(made.account) }));

/** Forget a key. @param {{ account: string, key: string }} kept */
export const forget = ({ account, key }) =>
  stored("readwrite", (store) => store.delete([nameOf(account), key]));

/** RFC 7638: SHA-256 over the members that make the key, in order of their names. */
async function thumbprint({ crv, kty, x, y }) {
  const bytes = new TextEncoder().encode(JSON.stringify({ crv, kty, x, y }));
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Do one thing in the store; resolves once it is on disk.
 * @param {"readonly" | "readwrite"} mode
 * @param {(store: IDBObjectStore) => IDBRequest} work
 */
async function stored(mode, work) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore(STORE, { keyPath: ["account", "key"] });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
