/** Signing in: account and a first factor, then whatever the service still asks for. */

import { Transaction, hasDevice } from "/identity/static/trifactor.js";
import { $, $$, alertIn, calm, next, onPress, onSend, say } from "./page.js";
import { patternPad } from "./pattern.js";
import { passwordWaits, prove } from "./prove.js";

const { purpose } = document.body.dataset;
const form = $("#login");
const { account: name, password: secret } = form.elements;
const FRESH = 5 * 60 * 1000; // milliseconds: half of what the service allows for a login
let open = null;

onSend(form, async ({ account, password }) => {
  const transaction = await opened(account);
  if (passwordWaits(transaction)) {
    await further(transaction, account, password);
    return;
  }
  await transaction.password(password).catch((error) => {
    if (!passwordWaits(transaction)) throw spent(error);
  });
  await further(transaction, account);
});

// Opened as soon as the name is known: if work is asked, it is done while the password is typed.
secret.addEventListener("focus", () => {
  if (name.value.trim()) opened(name.value, { ahead: true }).catch(() => {}); // tried again if sent
});

onPress($("#passkey-first"), () => first((transaction) => transaction.passkey()), form);

const deviceFirst = $("#device-first");
if (deviceFirst) {
  onPress(deviceFirst, () => first((transaction) => transaction.device(name.value)), form);
  name.addEventListener("input", showDevice);
  showDevice();
}

const patternFirst = $("#pattern-first");
if (patternFirst) {
  const drawing = $("#drawing");
  const pad = patternPad($(".pad", drawing));
  onPress(patternFirst, () => first(async (transaction) => {
    pad.show(await transaction.ask("pattern"));
    turn(drawing, form);
    pad.focus();
  }, { more: true }), form);
  onSend(drawing, () => first(async (transaction) => {
    await transaction.pattern(pad.nodes).finally(pad.clear);
  }), drawing);
  $("[data-back]", drawing).addEventListener("click", () => {
    turn(form, drawing);
    (name.value ? secret : name).focus();
  });
}

/** Begin by something else than the password; `more`: that is not answered yet. */
async function first(work, { more = false } = {}) {
  if (!name.value.trim()) {
    alertIn(form, say("fill_in", { label: name.labels[0].textContent }), name);
    return;
  }
  const transaction = await opened(name.value);
  await work(transaction).catch((error) => { throw spent(error); });
  if (!more) await further(transaction, name.value, secret.value);
}

/** The key of this browser is offered to the account it is for, and to no other. */
async function showDevice() {
  const typed = name.value;
  const has = await hasDevice(typed);
  if (typed === name.value) deviceFirst.hidden = !has;
}

/** Show one form in the place of another. */
function turn(shown, hidden) {
  for (const area of [shown, hidden]) calm(area);
  shown.hidden = false;
  hidden.hidden = true;
}

/** One transaction for one account name: a wrong password is corrected in the same one. */
async function opened(account, { ahead = false } = {}) {
  const stale = performance.now() > (open?.until ?? 0);
  if (open?.account !== account || stale) begin(account);
  if (!ahead) open.until = Infinity;
  return open.transaction;
}

/** One that was opened ahead and left for long is not used any more: it might run out midway. */
function begin(account) {
  open?.transaction.then((left) => left.leave(), () => {});
  const transaction = Transaction.open({ account, purpose });
  const mine = { account, transaction, until: performance.now() + FRESH };
  open = mine;
  transaction.catch(() => { if (open === mine) open = null; });
}

/** After anything but a wrong answer the next try begins anew. */
function spent(error) {
  if (!["refused", "cancelled", "stopped"].includes(error.code)) open = null;
  return error;
}

/** Ask for what is still missing, then go on to where the customer wanted to be. */
async function further(transaction, account, password = "") {
  if (!transaction.succeeded) {
    const warning = transaction.satisfied.length === 0 ? say("hold") : "";
    phase("second");
    await prove(transaction, { account, password, warning }).catch((error) => {
      phase("first");
      throw spent(error);
    });
  }
  location.assign(next());
}

/** Show the first or the second of the two steps. */
function phase(name) {
  const second = name === "second";
  $("#first").hidden = second;
  const steps = $$(".steps li");
  steps[0].classList.toggle("past", second);
  steps[Number(!second)].removeAttribute("aria-current");
  steps[Number(second)].setAttribute("aria-current", "step");
}
