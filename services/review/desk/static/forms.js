// A form is a command: its words are sealed for the vault first, its signature is made last, over what is shown.

import { Refused, command, told } from "./asking.js";
import { chance } from "./bytes.js";
import { seal } from "./jwe.js";
import { made, once, rows, say } from "./page.js";
import { signatureOf, signedText } from "./signing.js";

const MISSING = "请填写这一项 / please fill this in";
const NO_KEY = "这台设备上没有您启用的密钥，请先到“我的密钥” / no enrolled key of yours on this device";
const CANCELLED = "没有签名，什么也没有提交 / not signed; nothing was sent";
const DONE = "已提交 / done";

// `decision.category` into {decision: {category}}.
function put(target, name, value) {
  const steps = name.split(".");
  const last = steps.pop();
  let place = target;
  for (const step of steps) place = place[step] ??= {};
  place[last] = value;
}

function valueOf(input) {
  if (input.dataset.kind === "yes") return input.checked;
  const text = input.value.trim();
  if (text === "") return undefined;
  return input.dataset.kind === "number" ? Number.parseInt(text, 10) : text;
}

function check(form) {
  let first = null;
  for (const input of form.querySelectorAll("[data-kind]")) {
    const wrong = document.querySelector(`#${input.id}-wrong`);
    const isMissing = input.required && input.value.trim() === "";
    const isWrong = isMissing || !input.checkValidity();
    if (isWrong) say(wrong, isMissing ? MISSING : "写法不对 / not written as it should be", "wrong");
    wrong.hidden = !isWrong;
    input.setAttribute("aria-invalid", String(isWrong));
    if (isWrong) input.setAttribute("aria-describedby", wrong.id);
    if (isWrong && !first) first = input;
  }
  for (const group of form.querySelectorAll("[data-many][data-required]")) {
    const wrong = document.querySelector(`#${group.id}-wrong`);
    wrong.hidden = ticked(group).length > 0;
    if (!wrong.hidden) {
      say(wrong, MISSING, "wrong");
      first ??= group.querySelector("input");
    }
  }
  first?.focus();
  return first === null;
}

const ticked = (group) => [...group.querySelectorAll("input:checked")].map((one) => one.value);

// Each text once: sent again after a refusal or a broken line, it is the document that is there already.
async function deposited(input, petition, vault, kept) {
  const text = input.value.trim();
  const before = kept.get(input.name);
  if (before?.text === text && before.ref) return before.ref;
  const one = before?.text === text ? before : { text, key: chance(24), content: await seal(JSON.stringify({ text }), vault) };
  kept.set(input.name, one);
  const body = { petition, kind: input.dataset.document, content: one.content };
  const heard = await command("intake", "deposit_document", body, one.key);
  one.ref = told(heard, "document_deposited").document;
  return one.ref;
}

async function built(form, about, kept) {
  const body = {};
  for (const [name, value] of Object.entries(JSON.parse(form.dataset.fixed))) put(body, name, value);
  for (const input of form.querySelectorAll("[data-kind]:not([data-kind=words])")) {
    const value = valueOf(input);
    if (value !== undefined) put(body, input.name, value);
  }
  for (const group of form.querySelectorAll("[data-many]")) {
    if (ticked(group).length) put(body, group.dataset.many, ticked(group));
  }
  for (const input of form.querySelectorAll("[data-kind=words]")) {
    if (input.value.trim() !== "") put(body, input.name, await deposited(input, about.petition, JSON.parse(about.vault), kept));
  }
  return body;
}

// What is about to be signed, as it will be read by whoever checks it; true when the person has said yes.
function confirmed(form, about, body, text) {
  const dialog = document.querySelector("#signing");
  const chosen = [...form.querySelectorAll("select[data-kind=choice]")].filter((one) => one.value !== "");
  const said = [form.dataset.says, ...chosen.map((one) => one.selectedOptions[0].textContent)].join("：");
  const words = form.querySelector("[data-kind=words]");
  rows(document.querySelector("#signing-facts"), [
    ["决定", said, "strong"],
    ["信访件", body.petition],
    ...(body.version ? [["报告版本", `第 ${body.version} 版`]] : []),
    ...(body.number ? [["序号", `第 ${body.number} 项`]] : []),
    ["所签材料的摘要", form.dataset.over ? form.dataset.over.match(/.{1,8}/g).join(" ") : "没有附材料", "mono"],
    ["附意见", words && words.value.trim() !== "" ? "有（已加密）" : "无"],
    ["签名身份", `${about.name}（${about.actor}）`],
    ["人员编号", about.person],
  ]);
  document.querySelector("#signing-text").textContent = text;
  return new Promise((resolve) => {
    const answer = (is) => {
      dialog.close();
      resolve(is);
    };
    document.querySelector("#signing-yes").onclick = () => answer(true);
    document.querySelector("#signing-no").onclick = () => answer(false);
    dialog.oncancel = () => resolve(false);
    dialog.showModal();
  });
}

// The command with its signature; null when the person would rather not.
async function signed(form, about, body, key) {
  const signature = { person: about.person, key: key.key, alg: "EdDSA" };
  if (form.dataset.over) signature.over = form.dataset.over;
  if (form.dataset.seen) signature.seen = form.dataset.seen;
  const text = signedText(`${about.district}.${about.actor}`, form.dataset.type, { ...body, signature });
  if (!(await confirmed(form, about, body, text))) return null;
  return { ...body, signature: { ...signature, value: await signatureOf(text, key.sign) } };
}

async function handedIn(form, about, own, kept) {
  const needsKey = form.dataset.signed && (about.required === "required" || own.length > 0);
  if (needsKey && own.length === 0) throw new Refused(0, { reason: "no_key", text: NO_KEY });
  const body = await built(form, about, kept);
  const whole = needsKey ? await signed(form, about, body, own.at(-1)) : body;
  if (whole === null) return false;
  const said = JSON.stringify(whole);
  // Two clicks, or a click after a broken line, are one command.
  const before = kept.get("");
  const key = before?.said === said ? before.key : chance(24);
  kept.set("", { said, key });
  await command(form.dataset.service, form.dataset.command, whole, key);
  return true;
}

// What was refused did nothing. Under its old keys it would be refused for ever, even when its turn has come.
function forgotten(kept) {
  for (const [name, one] of kept) if (!one.ref) kept.delete(name);
}

export function wire(form, about, own) {
  const said = form.querySelector(".said");
  const kept = new Map();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!check(form)) return;
    once(form.querySelector("button[type=submit]"), async () => {
      try {
        if (!(await handedIn(form, about, own, kept))) {
          say(said, CANCELLED);
          return;
        }
        say(said, DONE, "good");
        location.reload();
      } catch (error) {
        if (!(error instanceof Refused)) {
          say(said, "浏览器出错，没有提交 / the browser failed; nothing was sent", "wrong");
          throw error;
        }
        if (error.status >= 400 && error.status < 500) forgotten(kept);
        say(said, error.message, "wrong");
        if (error.reason === "signed_out") said.append(" ", linkTo("/desk/sign-in", "登录"));
      }
    });
  });
}

function linkTo(address, text) {
  const link = made("a", text);
  link.href = address;
  return link;
}
