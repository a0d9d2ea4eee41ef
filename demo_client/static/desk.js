/** What operators ask of the service. Whatever needs a second operator answers `waiting`. */

import { call } from "/identity/static/trifactor.js";

const PAGE = 100; // what the service tells at once

/** Every customer's account: a demo has few enough to look through here. */
export const accounts = () => pages("accounts");

/** Every operator's account. */
export const operators = () => pages("operators");

async function pages(kind) {
  const all = [];
  for (;;) {
    const after = encodeURIComponent(all.at(-1)?.name ?? "");
    const { accounts: found } = await call("GET", `${kind}?after=${after}`);
    all.push(...found);
    if (found.length < PAGE) return all;
  }
}

/** What waits for a second pair of eyes. */
export const proposals = async () => (await call("GET", "proposals?state=open")).proposals;

/** Do something to a customer's account: `verb` is one of `VERBS`. */
export const act = (verb, id, reason) =>
  call("POST", `accounts/${encodeURIComponent(id)}/${VERBS[verb]}`, { reason });

export const VERBS = {
  approve: "approvals",
  reject: "rejections",
  suspend: "suspensions",
  resume: "resumptions",
  close: "closures",
  reissue: "reissues",
};

/** Read a customer's personal data; that it was read, and what for, is recorded. */
export const read = (id, purpose) =>
  call("POST", `accounts/${encodeURIComponent(id)}/readings`, { purpose });

/** Decide on what another operator proposed: `decision` is "approve" or "reject". */
export const decide = (id, decision, reason) =>
  call("POST", `proposals/${encodeURIComponent(id)}/decisions`, { decision, reason });

/** Propose an operator. */
export const addOperator = (details) => call("POST", "operators", details);
