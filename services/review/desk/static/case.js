// The page of a case: reading from the vault, and the forms by which one acts.

import { all } from "./own.js";
import { wire } from "./forms.js";
import { read } from "./reading.js";

const page = document.querySelector("#case");
const { district, actor, person } = page.dataset;
const signer = `${district}.${actor}`;

const enrolled = new Set(page.dataset.keys.split(" "));
const own = (await all(signer, person)).filter((one) => enrolled.has(one.key));

for (const form of page.querySelectorAll("form.does")) wire(form, page.dataset, own);
for (const button of page.querySelectorAll("button.read")) {
  button.addEventListener("click", () => read(button, page, own));
}
page.dataset.ready = "true";
const warning = page.querySelector(".no-key");
if (warning && own.length === 0) warning.hidden = false;
