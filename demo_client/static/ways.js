/**
 * How each method is asked and answered in the panel. Of every method:
 *
 *     wire(form, run)                        once; `run(work)` does work with the transaction
 *     asked(form, transaction)               it was chosen: get what has to be shown
 *     answer(transaction, values, context)   answer with what the form holds
 *     refused(form, transaction)             it was wrong: make ready for another try
 */

import { tellArrival } from "./arrival.js";
import { askCells, typedCells } from "./cells.js";
import { $ } from "./page.js";
import { patternPad } from "./pattern.js";

let pad = null;

const pattern = {
  wire(form) {
    pad = patternPad($(".pad", form));
  },
  async asked(_form, transaction) {
    pad.show(await transaction.ask("pattern"));
  },
  answer: (transaction) => transaction.pattern(pad.nodes),
  refused: () => pad.clear(),
};

const card = {
  async asked(form, transaction) {
    askCells($(".cells", form), await transaction.ask("grid_card"));
  },
  answer: (transaction, _values, { form }) => transaction.card(typedCells($(".cells", form))),
  refused: (form, transaction) => card.asked(form, transaction),
};

/** Nothing is sent before it is asked for: to look at a choice must cost nobody a message. */
const sentCode = (method) => ({
  wire(form, run) {
    const send = () => run(async (transaction) => {
      const sent = await transaction.send(method);
      unsent(form, false);
      tellArrival(form, sent, (signal) => transaction.arriving(method, signal));
      $("[data-sent] input", form).focus();
    });
    $("[data-send]", form).addEventListener("click", send);
    $("[data-again]", form).addEventListener("click", send);
  },
  async asked(form) {
    unsent(form, true);
  },
  answer: (transaction, { code }) => transaction.code(method, code),
});

function unsent(form, not) {
  $("[data-unsent]", form).hidden = !not;
  $("[data-sent]", form).hidden = not;
  const status = $("[role=status]", form);
  if (not) status.textContent = "";
}

export const WAYS = {
  password: { answer: (transaction, { password }) => transaction.password(password) },
  pattern,
  totp: { answer: (transaction, { code }) => transaction.totp(code) },
  hotp: { answer: (transaction, { code, next }) => transaction.hotp(code, next) },
  sms_otp: sentCode("sms_otp"),
  mail_otp: sentCode("mail_otp"),
  grid_card: card,
  device: { answer: (transaction, _values, { account }) => transaction.device(account) },
  webauthn: { answer: (transaction) => transaction.passkey() },
  recovery_codes: { answer: (transaction, { code }) => transaction.recoveryCode(code) },
};
