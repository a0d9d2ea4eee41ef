/** A forgotten password: as much proof as a login asks, without it, then a new one. */

import { Transaction, session } from "/identity/static/trifactor.js";
import { $, $$, onSend, step } from "./page.js";
import { newPassword } from "./password.js";
import { prove } from "./prove.js";

onSend($("#recover"), async ({ account }) => {
  const transaction = await Transaction.open({ account, purpose: "recovery" });
  step(1, $('[data-step="1"]'));
  await prove(transaction, { account }).catch((error) => {
    step(0);
    throw error;
  });
  await carryOn();
});

newPassword($("#own"), () => step(3));

/** Go to where this was left: a reload must not send anybody back to the start. */
async function carryOn() {
  const found = await session();
  if (found?.purpose !== "recovery") return;
  for (const field of $$("input.unseen[name=account]")) field.value = found.account.name;
  step(2);
}

await carryOn();
