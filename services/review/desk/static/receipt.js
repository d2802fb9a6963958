// A receipt: 80 bits by chance and a check symbol, as services/intake/returns/receipt.py writes them.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

function timesA(value) {
  const doubled = value << 1;
  return doubled & 32 ? doubled ^ 0b100101 : doubled;
}

export function written(bytes) {
  let bits = bytes.reduce((sum, one) => (sum << 8n) | BigInt(one), 0n);
  const values = [];
  for (let place = 0; place < 16; place += 1) {
    values.unshift(Number(bits & 31n));
    bits >>= 5n;
  }
  values.push([...values, 0].reduce((total, value) => timesA(total) ^ value, 0));
  const symbols = values.map((value) => ALPHABET[value]).join("");
  return [symbols.slice(0, 4), symbols.slice(4, 8), symbols.slice(8, 12), symbols.slice(12)].join("-");
}

export const receipt = () => written(crypto.getRandomValues(new Uint8Array(10)));
