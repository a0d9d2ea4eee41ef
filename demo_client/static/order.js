/** An order: ticket, check, approval by a fresh factor for exactly this order, confirmation. */

import { Transaction } from "/identity/static/trifactor.js";
import { $, onSend, step } from "./page.js";
import { prove } from "./prove.js";

const form = $("#ticket");
let ticket = null;
let binding = "";

onSend(form, async ({ symbol, side, quantity, price }) => {
  ticket = { symbol, side, quantity: Number(quantity), price };
  const quote = await desk("/orders/quote");
  binding = quote.binding;
  $("#summary").textContent = quote.summary;
  $("#binding").textContent = binding.slice(0, 16).replace(/(.{4})(?=.)/g, "$1 ");
  step(1);
});

onSend($("#approve"), async () => {
  const transaction = await Transaction.open({ purpose: "order", binding });
  if (!transaction.succeeded) {
    $("#approve").hidden = true;
    await prove(transaction).finally(() => { $("#approve").hidden = false; });
  }
  const placed = await desk("/orders");
  $("#accepted").textContent = placed.summary;
  $("#number").textContent = placed.id;
  step(2);
});

$("#back").addEventListener("click", () => {
  step(0);
  form.elements.quantity.focus();
});

/** Send the ticket to the broker; a session that has ended leads to the login. */
async function desk(path) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(ticket),
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (answer.code === "not_signed_in") location.assign("/login?next=/order");
  throw Object.assign(new Error(answer.title), { code: answer.code ?? "other", problem: answer });
}

function priceOfChosen() {
  form.elements.price.value = form.elements.symbol.selectedOptions[0].dataset.price;
}

form.elements.symbol.addEventListener("change", priceOfChosen);
priceOfChosen();
