/** What the customer asks beyond what the firm does: whoever enters must meet both. */

import { demand, demands } from "/identity/static/trifactor.js";
import { $, $$, onSend } from "./page.js";
import { withProof } from "./prove.js";

const form = $("#demands form"); // operators have none

/** Wire the form; `set` follows when the service has taken what was asked. */
export function demanding(set) {
  if (!form) return;
  onSend(form, async () => {
    const asked = boxes().filter(({ checked }) => checked).map(({ value }) => value);
    await withProof(() => demand(asked)).catch((error) => {
      throw Object.assign(error, { about: "demands" });
    });
    await set();
  });
}

/** Show what is asked now. */
export async function showDemands() {
  if (!form) return;
  const asked = await demands();
  for (const box of boxes()) box.checked = asked.includes(box.value);
}

const boxes = () => $$("[name=demand]", form);
