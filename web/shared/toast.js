// Short words at the edge of the page, read out by screen readers.

const SHOWN_MS = 4000;

/** Says something for some seconds. */
export function toast(text) {
  let all = document.querySelector(".toasts");
  if (!all) {
    all = document.createElement("div");
    all.className = "toasts";
    all.setAttribute("role", "status");
    document.body.append(all);
  }
  const one = document.createElement("div");
  one.className = "toast";
  one.textContent = text;
  all.append(one);
  setTimeout(() => one.remove(), SHOWN_MS);
}
