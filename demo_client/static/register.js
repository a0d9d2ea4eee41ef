/** Applying for an account. */

import { register } from "/identity/static/trifactor.js";
import { $, addressed, onSend, step } from "./page.js";

onSend($("#register"), async ({ review, phone, ...details }) => {
  const reviewed = review !== undefined;
  const reached = { ...details, phone: addressed(phone) };
  await register({ ...reached, review: reviewed, locale: document.documentElement.lang });
  $("#sent").hidden = reviewed;
  $("#reviewed").hidden = !reviewed;
  $("#to-activate").href = `/activate?account=${encodeURIComponent(details.account)}`;
  step(1);
});
