/**
 * Trifactor in the browser: sign in, prove a factor, enrol one, look after what is one's own. One
 * module to import, no build step.
 *
 *     import { Transaction } from "/identity/static/trifactor.js";
 *
 *     const login = await Transaction.open({ account: "amy", purpose: "login" });
 *     await login.password("correct horse battery staple 9");
 *     if (!login.succeeded) await login.passkey();
 *
 * The service is found beside this file: `…/static/trifactor.js` speaks to `…/v1/`. Secrets stay
 * in cookies that no script can read, and a bound device's key where none can read it either.
 * Whatever fails is a `TrifactorError` with a stable `code`. Titles and texts come in the language
 * of the page (`<html lang>`). Proof of work is done wherever the service asks for it; `onWork` says
 * how far it is, for a page that shows it.
 */

import { call, settled } from "./calls.js";
import { assertion, passkeysWork, registration } from "./ceremonies.js";
import { deviceKeysWork, forget, keep, keysOf, makeKey, signed } from "./device_keys.js";
import { TrifactorError } from "./errors.js";
import { Effort, onWork } from "./work.js";

export { TrifactorError, call, deviceKeysWork, onWork, passkeysWork };

/**
 * @typedef {"password" | "pattern" | "totp" | "hotp" | "sms_otp" | "mail_otp" | "grid_card"
 *     | "device" | "webauthn" | "recovery_codes"} Method
 * @typedef {{ method: Method, classes: string[], at: string }} Satisfied
 * @typedef {{ code: string, classes: string[], methods: Method[], max_age: number,
 *     text: string }} Missing what is still asked; `text` is for people
 * @typedef {{ method: Method, class: string | null }} Offered
 * @typedef {{ code: string, methods: Method[], text: string }} Remark `text` is for people
 * @typedef {"" | "queued" | "sent" | "failed"} DeliveryState "failed" will be tried again, but
 *     another factor is quicker
 * @typedef {{ method: Method, state: DeliveryState }} Delivery
 * @typedef {"phishing_resistant" | "device_bound" | "unrestricted"} Demand
 * @typedef {object} Session
 * @property {string} id
 * @property {"login" | "operator" | "activation" | "recovery"} purpose
 * @property {{ id: string, name: string, state: string, display_name: string }} account
 * @property {{ method: Method, classes: string[], at: string }[]} evidence
 * @property {number} aal
 * @property {string} created_at RFC 3339, like every time here
 * @property {string} idle_expires_at
 * @property {string} expires_at
 * @typedef {object} Login
 * @property {string} id
 * @property {"open" | "succeeded"} state
 * @property {string} purpose
 * @property {string} [binding] the hash of what is approved
 * @property {string} expires_at
 * @property {string[]} clauses which clauses of the rule ask it
 * @property {Satisfied[]} satisfied
 * @property {Missing[]} missing
 * @property {Offered[]} methods what may be answered now
 * @property {Remark[]} remarks what is to be known of the evidence, and what was not counted
 * @property {Delivery[]} deliveries how far codes have come: in `Transaction.look` alone
 * @property {string} [note] for people: what to do where no method here will do
 * @property {import("./work.js").Asked} [work] at opening, where the first answer needs it
 * @property {{ id: string, purpose: string, expires_at: string }} [session] on success
 * @typedef {object} BoundFactor
 * @property {string} id
 * @property {Method} method
 * @property {string} label
 * @property {string} bound_at
 * @property {string | null} last_used_at
 * @property {string | null} fresh_until until when it is too new to change other factors
 * @typedef {object} OwnSession
 * @property {string} id
 * @property {string} purpose
 * @property {boolean} current
 * @property {string | null} device the id of the device it was opened on
 * @property {string} prefix the network it was opened from
 * @property {string} created_at
 * @property {string} last_seen_at
 * @property {string} expires_at
 * @typedef {{ id: string, current: boolean, created_at: string, last_seen_at: string }} OwnDevice
 */

/**
 * A login, an activation or a step-up in progress. The getters say where it stands after the last
 * answer, also after a refused one.
 */
export class Transaction {
  /** @type {Login} */
  #login;
  /** What the first answer will be asked for is begun while the customer still types. */
  #ahead;

  /** @param {Login} login */
  constructor(login) {
    this.#login = login;
    this.#ahead = login.work ? new Effort(login.work) : null;
  }

  /**
   * Open one. A step-up leaves `account` out, because the session says who it is; `binding` is the
   * hash of what is approved by it.
   * @param {{ account?: string, purpose: string, binding?: string }} asked
   * @param {{ signal?: AbortSignal }} [options]
   */
  static async open(asked, options) {
    return new Transaction(await call("POST", "logins", asked, options));
  }

  /** Let go of it, and of the work that was begun for it. */
  leave() {
    this.#ahead?.stop();
  }

  get id() { return this.#login.id; }
  get purpose() { return this.#login.purpose; }
  get succeeded() { return this.#login.state === "succeeded"; }
  get satisfied() { return this.#login.satisfied; }
  get missing() { return this.#login.missing; }
  get remarks() { return this.#login.remarks; }
  get note() { return this.#login.note ?? ""; }
  /** @returns {Method[]} */
  get methods() { return this.#login.methods.map((offered) => offered.method); }

  /** Ask the service where this stands: something may have happened elsewhere, or be on its way. */
  async look() {
    this.#login = await call("GET", `logins/${this.id}`);
    return this;
  }

  /** @param {string} password */
  password(password) { return this.answer("password", { password }); }

  /** @param {number[]} pattern the nodes in their order, numbered row by row from 0 */
  pattern(pattern) { return this.answer("pattern", { pattern }); }

  /** @param {string} code the digits; spaces are left out */
  totp(code) { return this.answer("totp", { code: digits(code) }); }

  /**
   * @param {string} code
   * @param {string} [next] the code after it: two in a row bring a generator back in step
   */
  hotp(code, next = "") {
    const response = { code: digits(code) };
    return this.answer("hotp", next ? { ...response, next: digits(next) } : response);
  }

  /**
   * Have a code sent; `arriving` tells how far it has come, and `code` takes it.
   * @param {"sms_otp" | "mail_otp"} method
   * @returns {Promise<{ channel: "sms" | "mail", to: string, digits: number, expires_in: number }>}
   */
  send(method) { return this.ask(method); }

  /**
   * Wait until a code has left, or could not: looks once a second, for half a minute.
   * @param {"sms_otp" | "mail_otp"} method
   * @param {AbortSignal} [signal] to wait no longer
   * @returns {Promise<DeliveryState>}
   */
  arriving(method, signal) {
    return settled(async () => {
      const { deliveries } = await call("GET", `logins/${this.id}`);
      return deliveries.find((delivery) => delivery.method === method)?.state ?? "";
    }, signal);
  }

  /**
   * @param {"sms_otp" | "mail_otp"} method
   * @param {string} code
   */
  code(method, code) { return this.answer(method, { code: digits(code) }); }

  /** @param {Record<string, string>} cells what stands in each cell that `ask` named */
  card(cells) { return this.answer("grid_card", { cells }); }

  /** @param {string} code one of the set; it is used up by this */
  recoveryCode(code) { return this.answer("recovery_codes", { code }); }

  /** Ask for a passkey and answer with it. */
  async passkey() {
    const { publicKey } = await this.ask("webauthn");
    return this.answer("webauthn", { credential: await assertion(publicKey) });
  }

  /**
   * Answer by the key that this browser has for an account; nobody is asked anything.
   * @param {string} account the login name
   */
  async device(account) {
    const asked = await this.ask("device");
    // Before a first proof nothing is told of the account's keys: then the newest here is tried.
    const keys = (await boundKeys(account)).filter(
      ({ key }) => asked.keys.length === 0 || asked.keys.includes(key),
    );
    if (keys.length === 0) throw new TrifactorError("no_device");
    const [{ key, privateKey }] = keys;
    const proof = await signed(privateKey, "trifactor.device.prove", asked);
    return this.answer("device", { key, ...proof });
  }

  /**
   * Ask by a method: what must be answered comes back, and what has to be sent is sent.
   * @param {Method} method
   * @returns {Promise<Record<string, any>>}
   */
  async ask(method) {
    return (await call("POST", `logins/${this.id}/challenges`, { method })).challenge;
  }

  /**
   * Answer by any method. A wrong answer throws `refused`; `methods` and `missing` are the new ones
   * all the same.
   * @param {Method} method
   * @param {object} response
   * @param {{ signal?: AbortSignal }} [options]
   */
  async answer(method, response, { signal } = {}) {
    const payment = await this.#paid(signal);
    const path = `logins/${this.id}/answers`;
    try {
      this.#login = await call("POST", path, { method, response }, { signal, payment });
    } catch (error) {
      if (error.problem?.methods) this.#login = { ...this.#login, ...error.problem };
      throw error;
    }
    return this;
  }

  /** The work that was begun at opening, once: it buys one answer. */
  #paid(signal) {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead?.payload(signal) ?? "";
  }
}

/** A factor being added to the signed-in account. A wrong answer may be corrected until it expires. */
export class Enrolment {
  /** @param {{ id: string, method: Method, expires_at: string, offer: Record<string, any> }} begun */
  constructor(begun) {
    this.id = begun.id;
    this.method = begun.method;
    this.offer = begun.offer;
  }

  /**
   * @param {Method} method
   * @param {string} [label]
   * @param {{ address?: string, replaces?: string }} [wish] where codes are to go, if not to the
   *     address on file; the id of the factor that goes when this one is there
   */
  static async begin(method, label = "", wish = {}) {
    const asked = Object.entries({ method, label, ...wish }).filter(([, value]) => value);
    const begun = await call("POST", ENROLMENTS, Object.fromEntries(asked));
    return new Enrolment(begun);
  }

  /**
   * @param {object} response
   * @returns {Promise<BoundFactor>}
   */
  confirm(response) {
    return call("POST", `${ENROLMENTS}/${this.id}/confirmations`, { response });
  }

  /**
   * Wait until this enrolment's code has left, or could not.
   * @param {AbortSignal} [signal] to wait no longer
   * @returns {Promise<DeliveryState>}
   */
  arriving(signal) {
    const look = () => call("GET", `${ENROLMENTS}/${this.id}/delivery`);
    return settled(async () => (await look()).state, signal);
  }

  /** Have the browser make a passkey for this enrolment, and confirm with it. */
  async passkey() {
    return this.confirm({ credential: await registration(this.offer.publicKey) });
  }

  /**
   * Make a key in this browser, and bind it. It is kept before it is bound: a browser that cannot
   * keep it (some private windows) must not be called a bound device.
   * @param {string} account the login name
   * @param {{ phone?: boolean }} [facts] `phone`: the account's text messages arrive on this device
   */
  async device(account, { phone = false } = {}) {
    if (!deviceKeysWork()) throw new TrifactorError("unsupported");
    const { privateKey, publicKey, key } = await makeKey();
    const kept = { account, key, privateKey, factor: "", since: Date.now() };
    await keep(kept).catch(() => { throw new TrifactorError("unsupported"); });
    try {
      const proof = await signed(privateKey, "trifactor.device.bind", this.offer);
      const said = phone ? { phone } : {};
      const bound = await this.confirm({ public_key: publicKey, ...proof, ...said });
      await keep({ ...kept, factor: bound.id });
      navigator.storage?.persist?.(); // or a browser short of room may forget the key
      return bound;
    } catch (error) {
      await forget({ account, key });
      throw error;
    }
  }
}

const ENROLMENTS = "accounts/me/factors/enrolments";

/**
 * Apply for an account. The answer never says whether the name was free.
 * @param {{ account: string, display_name: string, email: string, phone?: string,
 *     locale?: "zh-TW" | "en", review?: boolean }} details `review` asks that an operator looks at it
 */
export const register = (details) => call("POST", "accounts", details);

/** Turn the account live; the activation session ends with it. */
export const activate = () => call("POST", "accounts/me/activation", {});

/**
 * Say who is signed in, or null.
 * @returns {Promise<Session | null>}
 */
export async function session() {
  try {
    return await call("GET", "session");
  } catch (error) {
    if (error.code === "not_signed_in") return null;
    throw error;
  }
}

/** End the session. */
export const signOut = () => call("DELETE", "session");

/** @returns {Promise<BoundFactor[]>} */
export const factors = async () => (await call("GET", "accounts/me/factors")).factors;

/** @param {string} id */
export const removeFactor = (id) => call("DELETE", `accounts/me/factors/${encodeURIComponent(id)}`);

/**
 * @param {string} id
 * @param {string} label
 */
export const renameFactor = (id, label) =>
  call("PATCH", `accounts/me/factors/${encodeURIComponent(id)}`, { label });

/**
 * The ids of the device factors whose key is in this browser. Keys of factors that are gone are
 * forgotten.
 * @param {string} account the login name
 * @param {BoundFactor[]} bound the account's factors
 */
export async function devicesHere(account, bound) {
  const ids = bound.map(({ id }) => id);
  const keys = await keysOf(account);
  await Promise.all(keys.filter(({ factor }) => !ids.includes(factor)).map(forget));
  return keys.map(({ factor }) => factor).filter((factor) => ids.includes(factor));
}

/** Whether this browser has a key for an account. @param {string} account the login name */
export const hasDevice = (account) =>
  boundKeys(account).then((keys) => keys.length > 0, () => false); // no store, no key

/** What the account asks beyond the policy. @returns {Promise<Demand[]>} */
export const demands = async () => (await call("GET", "accounts/me/demands")).demands;

/** Ask these from now on, and nothing else. @param {Demand[]} asked */
export const demand = (asked) => call("PUT", "accounts/me/demands", { demands: asked });

/** @returns {Promise<OwnSession[]>} */
export const sessions = async () => (await call("GET", "sessions")).sessions;

/** @param {string} id */
export const endSession = (id) => call("DELETE", `sessions/${encodeURIComponent(id)}`);

/** @returns {Promise<OwnDevice[]>} */
export const devices = async () => (await call("GET", "devices")).devices;

/** @param {string} id */
export const forgetDevice = (id) => call("DELETE", `devices/${encodeURIComponent(id)}`);

/** What was typed without its spaces. @param {string} code */
const digits = (code) => code.replace(/\s/g, "");

/** The keys whose binding was finished. @param {string} account */
const boundKeys = async (account) => (await keysOf(account)).filter(({ factor }) => factor);
