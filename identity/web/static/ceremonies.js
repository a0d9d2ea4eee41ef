/** Passkeys: WebAuthn's two ceremonies, and what the browser's exceptions mean here. */

import { TrifactorError } from "./errors.js";

/** Whether this browser can use passkeys here. */
export const passkeysWork = () =>
  typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

/** @param {object} options PublicKeyCredentialCreationOptionsJSON (WebAuthn level 3, 5.1.8) */
export const registration = (options) =>
  ceremony(() =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
    }),
  );

/** @param {object} options PublicKeyCredentialRequestOptionsJSON (WebAuthn level 3, 5.1.9) */
export const assertion = (options) =>
  ceremony(() =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
    }),
  );

/** What the browser's exceptions mean here. */
const CEREMONY_CODES = {
  AbortError: "cancelled",
  InvalidStateError: "already_bound",
  NotAllowedError: "cancelled",
  NotSupportedError: "unsupported",
  SecurityError: "wrong_site",
};

/** @param {() => Promise<Credential | null>} run */
async function ceremony(run) {
  if (!passkeysWork()) throw new TrifactorError("unsupported");
  try {
    const credential = await run();
    return credential.toJSON();
  } catch (error) {
    throw new TrifactorError(CEREMONY_CODES[error.name] ?? "cancelled", { title: error.message });
  }
}
