// Small things that every page does.

// `中文 / English` into an element, the English marked as such. Text only: nothing here becomes markup.
export function say(element, text, tone = "") {
  const [chinese, english] = text.split(" / ");
  element.textContent = chinese;
  if (english) {
    const small = document.createElement("span");
    small.lang = "en";
    small.textContent = english;
    element.append(" ", small);
  }
  element.dataset.tone = tone;
  element.hidden = false;
}

export function made(name, text, className = "") {
  const element = document.createElement(name);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

// Rows of a <dl>.
export function rows(list, pairs) {
  list.replaceChildren(
    ...pairs.map(([term, value, className]) => {
      const row = document.createElement("div");
      row.append(made("dt", term), made("dd", value, className ?? ""));
      return row;
    }),
  );
}

// While it runs, its button cannot be pressed again.
export async function once(button, act) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    return await act();
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}
