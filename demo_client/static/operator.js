/** The operator's corner: applications, proposals, accounts, personal data, operators. */

import { session } from "/identity/static/trifactor.js";
import { ask } from "./asking.js";
import * as desk from "./desk.js";
import { line, tool } from "./lines.js";
import { $, $$, fill, local, onSend, say } from "./page.js";

/** What may be done to an application, and to an account in each state, as the service has it. */
const DECISIONS = ["approve", "reject"];
const OPEN_TO = {
  registered: ["reissue", "close"],
  active: ["suspend", "reissue", "close"],
  suspended: ["resume", "close"],
};

let me = null;
let accounts = [];
let names = new Map();

/** Look at everything again: what another operator did meanwhile shows too. */
async function look() {
  const [customers, operators, proposals] = await Promise.all([
    permitted(desk.accounts), permitted(desk.operators), permitted(desk.proposals),
  ]);
  accounts = customers ?? [];
  const known = [...accounts, ...(operators ?? [])];
  names = new Map(known.map(({ id, name }) => [id, name]));
  if (me) names.set(me.id, me.name);
  const waiting = accounts.filter(({ state }) => state === "applied");
  show("#applications", customers && waiting.map(application(proposals ?? [])));
  show("#proposals", proposals?.map(proposalLine));
  show("#operators", operators?.map(operatorLine));
  showAccounts(customers);
}

/** What this operator's roles do not show is null; everything else that fails is an error. */
const permitted = (work) =>
  work().catch((error) => {
    if (error.code === "forbidden") return null;
    throw error;
  });

function show(section, lines) {
  $(`${section} ul`).replaceChildren(...(lines ?? []));
  const note = $(`${section} .note`);
  note.hidden = Boolean(lines?.length);
  note.textContent = say(lines ? "nothing_here" : "not_shown");
}

const application = (proposals) => (account) => {
  const open = proposals.filter((one) => one.account === account.id);
  const tools = DECISIONS
    .filter((verb) => !open.some(({ action }) => action === `account.${verb}`))
    .map((verb) => acting(verb, account));
  const facts = [say("applied_at", { at: local(account.created_at) })];
  if (open.length) facts.push(say("is_proposed"));
  return line(account.name, facts, [...tools, reading(account)]);
};

function proposalLine(proposal) {
  const account = who(proposal.account);
  const title = say("proposal", { action: say(`action.${proposal.action}`), account });
  const own = proposal.proposed_by === me.id;
  const facts = [
    say("proposed_by", { by: who(proposal.proposed_by), at: local(proposal.created_at) }),
    proposal.roles.map((role) => say(`role.${role}`) || role).join(", "),
    say("reason_was", { reason: proposal.reason }),
    own ? say("own_proposal") : "",
  ];
  const tools = own ? [] : DECISIONS.map((word) => deciding(word, proposal, title));
  return line(title, facts, tools);
}

/** An id says something to nobody; it is there where the operator's roles show no names. */
const who = (id) => names.get(id) ?? id.slice(0, 8);

const operatorLine = ({ id, name, state, roles }) =>
  line(name, [
    say(`state.${state}`),
    roles.map((role) => say(`role.${role}`) || role).join(", "),
    id === me.id ? say("yourself") : "",
  ]);

function showAccounts(customers) {
  const { name, state } = $("#find").elements;
  const wanted = accounts.filter((account) =>
    account.name.includes(name.value.trim().toLowerCase())
    && (!state.value || account.state === state.value));
  show("#accounts", customers && wanted.map(accountLine));
}

const accountLine = (account) =>
  line(
    account.name,
    [say(`state.${account.state}`), say("applied_at", { at: local(account.created_at) })],
    [...(OPEN_TO[account.state] ?? []).map((verb) => acting(verb, account)), reading(account)],
  );

function acting(verb, account) {
  const name = say("verb_on", { verb: say(`verb.${verb}`), account: account.name });
  return tool(say(`verb.${verb}`), name, () => ask({
    title: name,
    text: say(`about.${verb}`),
    label: say("reason"),
    submit: say(`verb.${verb}`),
  }, async (reason) => {
    const { state } = await desk.act(verb, account.id, reason);
    return told(say(state === "waiting" ? "waits" : "was_done", { what: name }));
  }), $("#desk-area"));
}

function deciding(word, proposal, title) {
  const name = say(`decide.${word}`, { what: title });
  return tool(say(`verb.${word}`), name, () => ask({
    title: name,
    text: say("about.decision"),
    label: say("reason"),
    submit: say(`verb.${word}`),
  }, async (reason) => {
    await desk.decide(proposal.id, word, reason);
    return told(say("was_done", { what: name }));
  }), $("#desk-area"));
}

function reading(account) {
  const name = say("read_of", { account: account.name });
  return tool(say("read"), name, () => ask({
    title: name,
    text: say("about.read"),
    label: say("purpose"),
    submit: say("read"),
  }, async (purpose) => {
    const shown = await desk.read(account.id, purpose);
    return () => showPerson(shown, purpose);
  }), $("#desk-area"));
}

function showPerson(shown, purpose) {
  const dialog = $("#person");
  const facts = { ...shown, account: shown.account.name, phone: shown.phone || "–", purpose };
  for (const place of $$("[data-person]", dialog)) place.textContent = facts[place.dataset.person];
  // Nothing of it stays in the page once it was looked at.
  dialog.addEventListener("close", () => {
    for (const place of $$("[data-person]", dialog)) place.textContent = "";
  }, { once: true });
  dialog.showModal();
}

/** Look again, and say what came of it once the dialog is closed. */
async function told(text) {
  await look();
  return () => {
    const place = $("#told");
    place.textContent = text;
    place.hidden = false;
    place.focus();
  };
}

onSend($("#find"), () => showAccounts(accounts));

onSend($("#add"), async (details) => {
  const form = $("#add");
  const roles = new FormData(form).getAll("roles");
  const { account, display_name, email, reason } = details;
  const locale = document.documentElement.lang;
  await desk.addOperator({ account, display_name, email, locale, roles, reason });
  form.reset();
  (await told(say("waits", { what: say("proposal", { action: say("action.operator.add"), account }) })))();
});

await fill(async () => {
  me = (await session())?.account;
  await look();
});
