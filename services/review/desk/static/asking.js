// Asking the desk's own doors; they pass it on to the services with the person's token.

import { chance } from "./bytes.js";

export class Refused extends Error {
  constructor(status, wrong) {
    super(wrong.text ?? "未予接受 / was refused");
    this.status = status;
    this.reason = wrong.reason ?? "other";
    this.places = wrong.errors ?? [];
  }
}

const AWAY = { reason: "away", text: "没有连上服务器，请检查网络后再试，不会重复 / no connection; try again, nothing is done twice" };

async function asked(path, body, headers) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", ...headers },
      credentials: "same-origin",
      redirect: "error",
    });
  } catch {
    throw new Refused(0, AWAY);
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

// One command; the same key again is the same command.
export const command = (service, name, body, key = chance(24)) =>
  asked(`/desk/commands/${service}/${name}`, body, { "Idempotency-Key": key });

export const reading = (body) => asked("/desk/readings", body, {});

// What came of a command, by the fact's name.
export const told = (heard, fact) => heard.told.find((one) => one.fact === fact)?.body;
