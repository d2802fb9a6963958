// Writing down a letter, a visit or a call: the whole content is sealed here, its receipt is made here.

import { Refused, command, told } from "./asking.js";
import { seal } from "./jwe.js";
import { once, say } from "./page.js";
import { receipt } from "./receipt.js";

const form = document.querySelector("#letter");
const vault = JSON.parse(form.dataset.vault);
const value = (name) => form.elements[name].value.trim();
let key = null;

const some = (given) => Object.fromEntries(Object.entries(given).filter(([, one]) => one !== ""));

async function entry() {
  const accused = some({
    name: value("accused"),
    organisation: value("organisation"),
    post: value("post"),
    rank: value("rank"),
  });
  const reporter = some({ name: value("reporter"), contact: value("contact") });
  const code = receipt();
  const content = { text: value("text"), receipt: code };
  if (Object.keys(accused).length) content.accused = [accused];
  if (Object.keys(reporter).length) content.reporter = reporter;
  const body = { channel: value("channel"), received_on: value("received"), content: await seal(JSON.stringify(content), vault) };
  return { body, code };
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = form.querySelector(".said");
  const missing = value("text") === "";
  document.querySelector("#text-wrong").hidden = !missing;
  form.elements.text.setAttribute("aria-invalid", String(missing));
  if (missing) {
    form.elements.text.focus();
    return;
  }
  once(form.querySelector("button"), async () => {
    try {
      // Sent again after a broken line it is the same petition, with the same receipt.
      key ??= { id: crypto.randomUUID(), ...(await entry()) };
      const heard = await command("intake", "submit_petition", key.body, key.id);
      const number = (told(heard, "petition_registered") ?? told(heard, "petition_sealed")).petition;
      document.querySelector("#done-number").textContent = number;
      document.querySelector("#done-receipt").textContent = key.code;
      document.querySelector("#done-open").href = `/desk/cases/${number}`;
      form.hidden = true;
      const done = document.querySelector("#done");
      done.hidden = false;
      done.focus();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status !== 0 && error.status !== 503) key = null;
      say(said, error.message, "wrong");
    }
  });
});

form.addEventListener("input", () => {
  key = null;
});
