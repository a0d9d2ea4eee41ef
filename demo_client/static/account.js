/** What is one's own: factors, password, sessions, devices. */

import {
  devices, endSession, forgetDevice, removeFactor, renameFactor, session, sessions,
} from "/identity/static/trifactor.js";
import { demanding, showDemands } from "./demands.js";
import { begin, choose, enrolling, listFactors, named } from "./enrol.js";
import { line, tool } from "./lines.js";
import { $, $$, fill, local, onPress, onSend, say } from "./page.js";
import { newPassword } from "./password.js";
import { withProof } from "./prove.js";

const factorArea = $("#factor-area");

/** A password is changed below, and neither renamed nor removed. */
function factorTools(factor, item) {
  if (factor.method === "password") return [];
  const label = named(factor);
  const wish = { label, replaces: factor.id };
  const replace = tool(say("replace"), say("replace_this", { label }), () =>
    choose(factor.method, wish), factorArea);
  return [
    ...($(`[data-enrol=${factor.method}]`) ? [replace] : []),
    tool(say("rename"), say("rename_this", { label }), () => renaming(factor, item()), factorArea),
    tool(say("remove"), say("remove_this", { label }), async () => {
      await withProof(() => removeFactor(factor.id));
      await factorsChanged(say("removed", { label }));
    }, factorArea),
  ];
}

/** Put a small form in the place of a factor's line. */
function renaming(factor, item) {
  const place = $("#rename-form").content.cloneNode(true).firstElementChild;
  const form = $("form", place);
  form.elements.label.value = named(factor);
  onSend(form, async ({ label }) => {
    await renameFactor(factor.id, label.trim());
    await factorsChanged(say("renamed", { label: label.trim() }));
  });
  $("[data-cancel]", form).addEventListener("click", () => {
    place.replaceWith(item);
    $("button", item).focus();
  });
  item.replaceWith(place);
  form.elements.label.select();
}

/** A change of factors ends the other sessions, so those are looked at again as well. */
async function factorsChanged(text) {
  await Promise.all([listFactors(factorTools), listSessions()]);
  tell(text, "#factors");
}

function tell(text, section) {
  $("#told").textContent = text;
  $(`${section} h2`).focus();
}

async function showSession() {
  const found = await session();
  if (!found) return; // what else is asked says so too
  const facts = { ...found, account: found.account.name };
  for (const time of ["created_at", "expires_at"]) facts[time] = local(found[time]);
  for (const place of $$("[data-session]")) place.textContent = facts[place.dataset.session];
  for (const field of $$("input.unseen[name=account]")) field.value = found.account.name;
  $("#evidence").replaceChildren(...found.evidence.map(proof));
}

const proof = ({ method, classes, at }) =>
  line(say(`method.${method}`) || method, [
    ...classes.map((word) => say(`class.${word}`)), local(at),
  ]);

async function listSessions() {
  const found = await sessions();
  $("#sessions ul").replaceChildren(...found.map(sessionLine));
  $("#end-others").hidden = found.length < 2;
}

function sessionLine({ id, current, prefix, created_at, last_seen_at }) {
  const at = local(created_at);
  const end = tool(say("end"), say("end_this", { at }), async () => {
    await endSession(id);
    await sessionsChanged(say("ended", { at }));
  }, $("#sessions"));
  return line(
    say(current ? "session.this" : "session.other"),
    [say("session.since", { at, prefix }), say("seen_at", { at: local(last_seen_at) })],
    current ? [] : [end],
  );
}

async function sessionsChanged(text) {
  await listSessions();
  tell(text, "#sessions");
}

onPress($("#end-others"), async () => {
  const others = (await sessions()).filter(({ current }) => !current);
  await Promise.all(others.map(({ id }) => endSession(id)));
  await sessionsChanged(say("ended_others"));
}, $("#sessions"));

async function listDevices() {
  $("#devices ul").replaceChildren(...(await devices()).map(deviceLine));
}

function deviceLine({ id, current, created_at, last_seen_at }) {
  const at = local(created_at);
  const forget = tool(say("forget"), say("forget_this", { at }), async () => {
    await forgetDevice(id);
    await Promise.all([listDevices(), listSessions()]);
    tell(say("forgotten", { at }), "#devices");
  }, $("#devices"));
  return line(
    say(current ? "device.this" : "device.other"),
    [say("device.since", { at }), say("seen_at", { at: local(last_seen_at) })],
    [forget],
  );
}

newPassword($("#change"), async () => {
  await Promise.all([showSession(), listFactors(factorTools), listSessions()]);
  tell(say("password_changed"), "#password");
}, withProof);

enrolling(
  (...asked) => withProof(() => begin(...asked)),
  (factor) => factorsChanged(say("added", { label: named(factor) })),
);

demanding(async () => {
  await listSessions();
  tell(say("demands_set"), "#demands");
});

await fill(() => Promise.all([
  showSession(), listFactors(factorTools), listSessions(), listDevices(), showDemands(),
]));
