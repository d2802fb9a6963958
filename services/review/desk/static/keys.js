// The page of keys: make, offer, and show what has become of each.

import { command } from "./asking.js";
import { all, forget, make } from "./own.js";
import { made, once, rows, say } from "./page.js";

const page = document.querySelector("#keys");
const { signer, person } = page.dataset;
const known = JSON.parse(page.dataset.known);
const said = page.querySelector(".said");
const button = document.querySelector("#make");

// In groups, to be read out over the telephone.
const spelt = (key) => key.match(/.{1,6}/g).join(" ");

function standing(one) {
  if (!one) return ["没有提交", "later"];
  if (one.revoked) return [`已停用 ${one.revoked.slice(0, 10)}`, "warn"];
  if (one.enrolled) return [`已启用 ${one.enrolled.slice(0, 10)}`, "good"];
  return ["待管理员核对启用", "now"];
}

function card(key, one, act) {
  const element = made("article", "", "key");
  const [text, tone] = standing(one);
  const list = document.createElement("dl");
  list.className = "facts";
  rows(list, [
    ["状态", text, `standing ${tone}`],
    ["身份", signer],
    ["人员编号", person],
    ["指纹，请念给管理员核对", spelt(key), "thumbprint"],
  ]);
  element.append(list);
  if (act) element.append(act);
  return element;
}

const offer = (one) => command("review", "offer_key", { person: one.person, ...one.shown }, `offer_${one.key}`.slice(0, 64));

async function offered(one) {
  try {
    await offer(one);
    location.reload();
  } catch (refused) {
    say(said, refused.message, "wrong");
  }
}

async function show() {
  const own = await all(signer, person);
  const by = new Map(known.map((one) => [one.key, one]));
  const here = own.map((one) => {
    const found = by.get(one.key);
    if (found && !found.revoked) return card(one.key, found);
    const again = made("button", found ? "从这台设备移除" : "提交公钥", "button second");
    again.type = "button";
    again.addEventListener("click", () =>
      once(again, async () => {
        if (!found) return offered(one);
        await forget(one.key);
        location.reload();
      }),
    );
    return card(one.key, found, again);
  });
  const mine = new Set(own.map((one) => one.key));
  const elsewhere = known.filter((one) => !mine.has(one.key)).map((one) => card(one.key, one));
  if (here.length) document.querySelector("#mine").replaceChildren(...here);
  if (elsewhere.length) document.querySelector("#others").replaceChildren(...elsewhere);
  button.hidden = own.some((one) => !by.get(one.key)?.revoked);
}

button.addEventListener("click", () =>
  once(button, async () => {
    let one;
    try {
      one = await make(signer, person);
    } catch {
      say(said, "这个浏览器不能生成密钥，请更新浏览器 / this browser cannot make the keys; please update it", "wrong");
      return;
    }
    await offered(one);
  }),
);

show();
