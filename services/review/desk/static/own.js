// A person's own keys on this device: made here, kept by the browser, never to be taken out of it.

import { base64url, utf8 } from "./bytes.js";

const DATABASE = "xinfang-desk";
const STORE = "keys";

function database() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function done(mode, act) {
  const opened = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = opened.transaction(STORE, mode);
      const asked = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    opened.close();
  }
}

async function publicJwk(crv, key) {
  return { kty: "OKP", crv, x: base64url(await crypto.subtle.exportKey("raw", key)) };
}

// RFC 7638, over the members that RFC 8037 names.
export async function thumbprint(jwk) {
  const text = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x });
  return base64url(await crypto.subtle.digest("SHA-256", utf8(text)));
}

// New keys of this person as this signer (`990001.office_trial`), kept on this device.
export async function make(signer, person) {
  const sign = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const read = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
  const shown = {
    sign: await publicJwk("Ed25519", sign.publicKey),
    read: await publicJwk("X25519", read.publicKey),
  };
  const one = { key: await thumbprint(shown.sign), signer, person, shown, sign: sign.privateKey, read: read.privateKey };
  await done("readwrite", (store) => store.put(one));
  return one;
}

// The keys of this person as this signer on this device, whatever has become of them.
export async function all(signer, person) {
  const found = await done("readonly", (store) => store.getAll());
  return found.filter((one) => one.signer === signer && one.person === person);
}

export const forget = (key) => done("readwrite", (store) => store.delete(key));
