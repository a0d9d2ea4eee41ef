/** The panel that asks for one more factor until the service is satisfied. */

import { Transaction, hasDevice, passkeysWork } from "/identity/static/trifactor.js";
import { stopWaiting } from "./arrival.js";
import { $, $$, alertIn, busily, calm, explain, onSend, say } from "./page.js";
import { WAYS } from "./ways.js";

const panel = $("#prove");
const forms = $$("form[data-method]", panel);
let current = null;

/**
 * Show the panel for an open transaction; resolves when it has succeeded, and rejects when it is
 * over otherwise. `account` is for password managers and for the key of this browser, `password`
 * what was typed before and not judged yet, `warning` what has to be said first.
 */
export function prove(transaction, { account = "", password = "", warning = "" } = {}) {
  setAside();
  const name = account || document.body.dataset.account;
  return new Promise((resolve, reject) => {
    current = { transaction, account: name, without: new Set(), resolve, reject };
    for (const form of forms) form.reset();
    $("input[name=account]", panel).value = name;
    $("input[name=password]", panel).value = password;
    calm(panel);
    begin(warning);
  });
}

async function begin(warning) {
  const { account, without } = current;
  if (!passkeysWork()) without.add("webauthn");
  if (!(await hasDevice(account))) without.add("device");
  panel.hidden = false;
  offer();
  if (warning) alertIn(panel, warning);
  else $("h2", panel).focus();
}

/** Let go of what was asked: whoever waits for it may do something else. */
function setAside() {
  if (panel.hidden) return;
  over();
  current.reject(Object.assign(new Error("set aside"), { code: "set_aside" }));
}

function over() {
  panel.hidden = true;
  stopWaiting();
}

$("[data-cancel]", panel)?.addEventListener("click", setAside);

/** Do it; where the service asks for fresh proofs first, get them and do it again. */
export async function withProof(work) {
  for (const proved = new Set(); ;) {
    try {
      return await work();
    } catch (error) {
      const { purpose } = error.problem ?? {};
      if (error.code !== "step_up_required" || proved.has(purpose)) throw error;
      proved.add(purpose);
      const transaction = await Transaction.open({ purpose });
      if (!transaction.succeeded) await prove(transaction);
    }
  }
}

/** Show what may be answered now, as the service says, the page's first choice open. */
function offer(accepted = false) {
  const { transaction, without } = current;
  const methods = forms
    .map((form) => form.dataset.method)
    .filter((method) => transaction.methods.includes(method) && !without.has(method));
  for (const label of $$("[data-choice]", panel)) {
    label.hidden = !methods.includes(label.dataset.choice);
  }
  $(".choices", panel).hidden = methods.length < 2;
  $(".needs", panel).textContent = needs(transaction, methods, accepted);
  choose(methods[0] ?? null);
}

/** Whether the password has to wait: three wrong ones, and another factor comes first. */
export const passwordWaits = (transaction) => !transaction.methods.includes("password");

function needs(transaction, methods, accepted) {
  if (methods.length === 0) return transaction.note || say("no_more");
  const ignored = transaction.remarks.filter(({ code }) => IGNORED.includes(code));
  const said = [...ignored, ...transaction.missing].map(({ text }) => text);
  return [accepted ? say("accepted_more") : "", ...said].join(" ").trim();
}

/** Remarks for whoever wonders why what was just accepted brought them no further. */
const IGNORED = ["fresh_ignored", "synced_alone", "restricted_ignored", "not_here", "no_class"];

/** Show the form of one method. What it has to ask the service for is asked now. */
function choose(method) {
  stopWaiting();
  for (const form of forms) form.hidden = form.dataset.method !== method;
  if (!method) return;
  $(`[value=${method}]`, panel).checked = true;
  if (WAYS[method].asked) ask(formOf(method), current.transaction);
}

async function ask(form, transaction) {
  form.inert = true; // there is nothing to answer yet
  try {
    await WAYS[form.dataset.method].asked(form, transaction);
  } catch (error) {
    if (current.transaction !== transaction || form.hidden) return; // nobody waits for it now
    if (OVER.includes(error.code)) failed(error);
    else alertIn(panel, explain(error));
  } finally {
    form.inert = false;
  }
}

const formOf = (method) => forms.find((form) => form.dataset.method === method);

async function answered(form, values) {
  const { transaction, account } = current;
  const { method } = form.dataset;
  const before = transaction.methods.join();
  try {
    await WAYS[method].answer(transaction, values, { form, account });
  } catch (error) {
    if (OVER.includes(error.code)) {
      failed(error);
      return;
    }
    refused(form, error, transaction.methods.join() !== before);
    throw error;
  }
  if (transaction.succeeded) {
    over();
    current.resolve(transaction);
    return;
  }
  form.reset();
  offer(true);
  $("h2", panel).focus();
}

/** Make ready for another try; `moved`: other methods are offered than before. */
function refused(form, error, moved) {
  const { method } = form.dataset;
  if (error.code === "no_device") current.without.add("device");
  if (moved || error.code === "no_device") {
    offer();
    return;
  }
  if (error.code !== "refused") return;
  WAYS[method].refused?.(form, current.transaction);
  error.field = $$("input:not([readonly])", form).find((entry) => entry.checkVisibility());
}

function failed(error) {
  over();
  current.reject(error);
}

/** Codes after which a transaction is of no more use. */
const OVER = ["expired", "unknown", "conflict", "not_signed_in"];

for (const form of forms) {
  WAYS[form.dataset.method].wire?.(form, (work) => busily(form, panel, () => work(current.transaction)));
  onSend(form, (values) => answered(form, values), panel);
}

for (const radio of $$("[name=method]", panel)) {
  radio.addEventListener("change", () => {
    calm(panel);
    choose(radio.value);
  });
}
