/** From the initial password to an account with factors of two classes. */

import { Transaction, activate, factors, session } from "/identity/static/trifactor.js";
import { begin, enrolling, listFactors, named } from "./enrol.js";
import { $, $$, onSend, say, step } from "./page.js";
import { newPassword } from "./password.js";

onSend($("#initial"), async ({ account, password }) => {
  const transaction = await Transaction.open({ account, purpose: "activation" });
  await transaction.password(password);
  await carryOn();
});

newPassword($("#own"), secondFactor);

enrolling(begin, async (factor) => {
  await listFactors();
  $("#told").textContent = say("added", { label: named(factor) });
  $("#finish button").focus();
});

onSend($("#finish"), async () => {
  await activate();
  step(3);
}, $("#finish-area"));

/** Go to where this activation was left: a reload must not send anybody back to the start. */
async function carryOn() {
  const signedIn = await session();
  if (signedIn?.purpose !== "activation") return;
  for (const field of $$("input.unseen[name=account]")) field.value = signedIn.account.name;
  const hasOwn = (await factors()).some((factor) => factor.method === "password");
  await (hasOwn ? secondFactor() : step(1));
}

async function secondFactor() {
  await listFactors();
  step(2);
}

$("#initial [name=account]").value = new URLSearchParams(location.search).get("account") ?? "";
await carryOn();
