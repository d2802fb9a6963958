// Reading: asked of the vault with a reason, answered for this person's key, opened here and nowhere else.

import { Refused, reading } from "./asking.js";
import { joined, textOf } from "./bytes.js";
import { open } from "./jwe.js";
import { made, once, say } from "./page.js";

const KINDS = {
  petition: "信访件原文",
  report: "核查报告",
  remarks: "审阅意见",
  objection: "异议",
  file: "附件",
  material: "补充材料",
  question: "向举报人的询问",
  answer: "举报人的答复",
};
const NO_KEY = "这台设备上没有您启用的密钥，请先到“我的密钥” / no enrolled key of yours on this device";
const UNOPENED = "不能解密：材料不是为这台设备上的密钥加密的 / it was not encrypted for the key on this device";

async function whole(body, key) {
  const parts = [];
  let answer;
  do {
    answer = await reading({ ...body, key: key.key, part: parts.length + 1 });
    parts.push(await open(answer.content, key.read));
  } while (parts.length < answer.of);
  return { answer, bytes: joined(...parts) };
}

// With the first key of this device that the vault knows.
async function opened(body, own) {
  let last = new Refused(403, { reason: "no_key", text: NO_KEY });
  for (const key of own) {
    try {
      return await whole(body, key);
    } catch (error) {
      if (!(error instanceof Refused) || error.reason !== "no_key") throw error;
      last = error;
    }
  }
  throw last;
}

function lines(content) {
  const found = [made("p", content.text, "shown-words")];
  const facts = [];
  for (const one of content.accused ?? []) {
    facts.push(["被反映人", [one.name, one.organisation, one.post].filter(Boolean).join("，")]);
  }
  if (content.reporter) facts.push(["举报人", [content.reporter.name, content.reporter.contact].filter(Boolean).join("，")]);
  if (facts.length) {
    const list = document.createElement("dl");
    list.className = "facts";
    for (const [term, value] of facts) {
      const row = document.createElement("div");
      row.append(made("dt", term), made("dd", value));
      list.append(row);
    }
    found.push(list);
  }
  return found;
}

// A file is a JSON head, a line feed, and its bytes; it is offered under its name, never run or shown.
function file(bytes) {
  const at = bytes.indexOf(10);
  const head = JSON.parse(textOf(bytes.subarray(0, at)));
  const link = made("a", `下载 ${head.name}`, "button second");
  link.href = URL.createObjectURL(new Blob([bytes.subarray(at + 1)], { type: "application/octet-stream" }));
  link.download = head.name;
  return [link];
}

function contents(kind, bytes) {
  if (kind === "file") return file(bytes);
  const text = textOf(bytes);
  try {
    const content = JSON.parse(text);
    if (typeof content?.text === "string") return lines(content);
  } catch {
    // Plain words, as a question to the reporter is kept.
  }
  return [made("p", text, "shown-words")];
}

function others(answer, page, own) {
  const found = (answer.others ?? []).map((one) => {
    const button = made("button", `查阅${KINDS[one.kind] ?? one.kind}`, "quiet read");
    button.type = "button";
    button.dataset.document = one.document;
    button.addEventListener("click", () => read(button, page, own));
    return button;
  });
  if (!found.length) return [];
  const list = made("div", "", "others");
  list.append(made("p", "保管库中该件的其他材料", "hint"), ...found);
  return [list];
}

export function read(button, page, own) {
  const place = page.querySelector(".reading");
  const title = place.querySelector(".reading-kind");
  const text = place.querySelector(".reading-text");
  const body = { petition: page.dataset.petition, reason: page.dataset.reading };
  if (button.dataset.document) body.document = button.dataset.document;
  return once(button, async () => {
    place.hidden = false;
    text.replaceChildren();
    try {
      const { answer, bytes } = await opened(body, own);
      say(title, `${KINDS[answer.kind] ?? answer.kind}`);
      text.replaceChildren(...contents(answer.kind, bytes), ...others(answer, page, own));
    } catch (error) {
      say(title, error instanceof Refused ? error.message : UNOPENED, "wrong");
    }
    place.focus();
  });
}
