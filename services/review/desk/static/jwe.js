// JWE in compact form, ECDH-ES over X25519 with A256GCM (RFC 7516; RFC 7518, 4.6; RFC 8037): what
// services/runtime/keys.py seals and opens.

import { base64url, joined, textOf, unbase64url, utf8 } from "./bytes.js";

const CURVE = { name: "X25519" };
const ENC = "A256GCM";

const number = (value) => new Uint8Array([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);

// Concat KDF (NIST SP 800-56A, 5.8.1) in the one round that 256 bits need; no party says anything of itself.
async function contentKey(secret, usage) {
  const name = utf8(ENC);
  const input = joined(number(1), new Uint8Array(secret), number(name.length), name, number(0), number(0), number(256));
  const digest = await crypto.subtle.digest("SHA-256", input);
  return crypto.subtle.importKey("raw", digest, "AES-GCM", false, [usage]);
}

const publicKey = (x) => crypto.subtle.importKey("raw", unbase64url(x), CURVE, false, []);

// Encrypt a text for the holder of `reader`, a public JWK with its kid.
export async function seal(text, reader) {
  const own = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const x = base64url(await crypto.subtle.exportKey("raw", own.publicKey));
  const header = { alg: "ECDH-ES", enc: ENC, kid: reader.kid, epk: { kty: "OKP", crv: "X25519", x } };
  const shown = base64url(utf8(JSON.stringify(header)));
  const secret = await crypto.subtle.deriveBits({ ...CURVE, public: await publicKey(reader.x) }, own.privateKey, 256);
  const key = await contentKey(secret, "encrypt");
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const aad = { name: "AES-GCM", iv, additionalData: utf8(shown) };
  const closed = new Uint8Array(await crypto.subtle.encrypt(aad, key, utf8(text)));
  const [body, tag] = [closed.subarray(0, -16), closed.subarray(-16)];
  return [shown, "", base64url(iv), base64url(body), base64url(tag)].join(".");
}

// The bytes of a JWE that was made for this private key; throws when it was not, or was changed on the way.
export async function open(token, privateKey) {
  const [shown, wrapped, iv, body, tag] = token.split(".");
  const header = JSON.parse(textOf(unbase64url(shown)));
  if (header.alg !== "ECDH-ES" || header.enc !== ENC || header.epk?.crv !== "X25519" || wrapped !== "") {
    throw new Error("not the form that is expected");
  }
  const secret = await crypto.subtle.deriveBits({ ...CURVE, public: await publicKey(header.epk.x) }, privateKey, 256);
  const key = await contentKey(secret, "decrypt");
  const aad = { name: "AES-GCM", iv: unbase64url(iv), additionalData: utf8(shown) };
  return new Uint8Array(await crypto.subtle.decrypt(aad, key, joined(unbase64url(body), unbase64url(tag))));
}
