/** The form in which a new password is chosen, typed twice. */

import { Enrolment } from "/identity/static/trifactor.js";
import { alertIn, onSend, say } from "./page.js";

/**
 * Wire the form; `done` follows when the password is set. `asked` runs what begins it, and may ask
 * for a proof first.
 */
export function newPassword(form, done, asked = (work) => work()) {
  let open = null;
  onSend(form, async ({ password, again }) => {
    if (password !== again) {
      alertIn(form, say("not_same"), form.elements.again);
      return;
    }
    open ??= await asked(() => Enrolment.begin("password"));
    await open.confirm({ password }).catch((error) => {
      // What was refused may be corrected in the same enrolment; after anything else begin anew.
      if (error.code !== "enrolment_refused") open = null;
      throw error;
    });
    open = null;
    form.reset();
    await done();
  });
}
