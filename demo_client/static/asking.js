/** The dialog that asks an operator for words before something is done. */

import { $, calm, onSend } from "./page.js";

const dialog = $("#ask");
const form = $("form", dialog);
let done = null;

/** Ask; `work` gets what was written, and the dialog closes when it has succeeded. */
export function ask({ title, text, label, submit }, work) {
  $("h2", dialog).textContent = title;
  $("p", dialog).textContent = text;
  form.elements.reason.labels[0].textContent = label;
  $("[type=submit]", form).textContent = submit;
  form.reset();
  calm(form);
  done = work;
  dialog.showModal();
  form.elements.reason.focus();
}

onSend(form, async ({ reason }) => {
  const after = await done(reason);
  dialog.close();
  after?.();
});

for (const button of document.querySelectorAll("dialog [data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
