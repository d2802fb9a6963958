// What a person signs, and the signature: contracts/xinfang_contracts/signing.py says the same in Python.

import { base64url, utf8 } from "./bytes.js";

// JSON with sorted keys and no spaces. Numbers are whole; keys are ASCII.
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

// signer: `990001.office_trial`; type: `review.give_opinion.v1`; command: its body, with a signature that has no value.
export const signedText = (signer, type, command) => canonical({ actor: signer, data: command, type });

export async function signatureOf(text, privateKey) {
  return base64url(await crypto.subtle.sign({ name: "Ed25519" }, privateKey, utf8(text)));
}
