// What came from outside, shown safely: marked passages, links that may be
// followed, Markdown. Nothing here ever makes HTML of a string.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";

/**
 * A text with its marks. The server counts characters, scripts count halves of
 * them, so the text is taken apart by characters first.
 * @param {string} text
 * @param {{start: number, end: number}[]} marks in order, not overlapping
 */
export function marked(text, marks = []) {
  if (marks.length === 0) return text;
  const characters = Array.from(text);
  const pieces = [];
  let from = 0;
  for (const { start, end } of marks) {
    if (start > from) pieces.push(characters.slice(from, start).join(""));
    pieces.push(html`<mark>${characters.slice(start, end).join("")}</mark>`);
    from = end;
  }
  pieces.push(characters.slice(from).join(""));
  return pieces;
}

/**
 * A passage of Markdown without its signs; the marks stay on their characters.
 * @returns {ReturnType<typeof marked>}
 */
export function passage(text, marks = []) {
  const characters = Array.from(text);
  const isLeftOut = new Array(characters.length).fill(false);
  // Positions of a match count halves of characters, as scripts do.
  const at = [];
  for (const [index, character] of characters.entries()) for (let half = 0; half < character.length; half += 1) at.push(index);
  for (const { index, 0: signs } of text.matchAll(/\*\*|^#{1,6} +|^> ?|(?<=\n)\n+/gm)) {
    for (let half = index; half < index + signs.length; half += 1) isLeftOut[at[half]] = true;
  }
  const left = [0];
  for (const out of isLeftOut) left.push(left.at(-1) + (out ? 0 : 1));
  const kept = characters.filter((_, index) => !isLeftOut[index]).join("");
  const moved = marks.map(({ start, end }) => ({ start: left[start], end: left[end] })).filter(({ start, end }) => end > start);
  return marked(kept, moved);
}

/** The address, where following it runs nothing and leaves for the web; else null. */
export function safeAddress(text) {
  const url = URL.parse ? URL.parse(String(text).trim()) : parsed(String(text).trim());
  return url && ["http:", "https:"].includes(url.protocol) ? url.href : null;
}

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** A link where the address is safe, else only its words. */
export function link(address, words) {
  const safe = address ? safeAddress(address) : null;
  return safe ? html`<a href=${safe} target="_blank" rel="noopener noreferrer">${words}</a>` : words;
}

/** Telephone numbers of a text as links a softphone takes. */
export function withPhones(text) {
  // 0512-12345678, 010 12345678, 12345, 13812345678; not the middle of a longer number.
  const pieces = String(text).split(/((?<!\d)(?:0\d{2,3}[-— ]?\d{7,8}|1\d{10}|400-?\d{3}-?\d{4}|12\d{3}|1\d{2})(?!\d))/);
  return pieces.map((piece, at) => (at % 2 ? html`<a class="phone" href="tel:${piece.replace(/\D/g, "")}">${piece}</a>` : piece));
}

let lexer = null;

/** Loads what cuts Markdown; `markdown` shows plain text until then. */
export async function prepareMarkdown() {
  lexer ??= await import("/web/vendor/marked/marked.esm.js");
}

/** Markdown as nodes; HTML in it is shown as the text it is. */
export function markdown(text) {
  if (!lexer) return html`<p class="plain">${text}</p>`;
  return blocks(lexer.lexer(text, { gfm: true, breaks: true }));
}

/** The same for one line: no paragraphs. */
export function inlineMarkdown(text) {
  return lexer ? spans(lexer.Lexer.lexInline(text, { gfm: true, breaks: true })) : text;
}

/** Markdown without its signs, for the clipboard. */
export function plain(text) {
  return text
    .replace(/^#{1,6}\s+/gm, "")
    .replace(/\*\*(.+?)\*\*/g, "$1")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function blocks(tokens) {
  return tokens.map(block);
}

/** Headings of an entry stand below the page's own. */
function heading(token) {
  return token.depth <= 2 ? html`<h3>${spans(token.tokens)}</h3>` : html`<h4>${spans(token.tokens)}</h4>`;
}

function block(token) {
  switch (token.type) {
    case "heading":
      return heading(token);
    case "paragraph":
      return html`<p>${spans(token.tokens)}</p>`;
    case "text":
      return token.tokens ? spans(token.tokens) : token.text;
    case "list":
      return token.ordered
        ? html`<ol start=${token.start || 1}>${token.items.map((item) => html`<li>${blocks(item.tokens)}</li>`)}</ol>`
        : html`<ul>${token.items.map((item) => html`<li>${blocks(item.tokens)}</li>`)}</ul>`;
    case "blockquote":
      return html`<blockquote>${blocks(token.tokens)}</blockquote>`;
    case "table":
      return html`<div class="table" role="group" aria-label="表格" tabindex="0"><table>
        <thead><tr>${token.header.map((cell) => html`<th>${spans(cell.tokens)}</th>`)}</tr></thead>
        <tbody>${token.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${spans(cell.tokens)}</td>`)}</tr>`)}</tbody>
      </table></div>`;
    case "code":
      return html`<p class="plain">${token.text}</p>`;
    case "hr":
      return html`<hr />`;
    case "html":
      return html`<p class="plain">${token.text}</p>`;
    case "checkbox":
      return token.checked ? "☑ " : "☐ ";
    case "space":
    case "def":
      return nothing;
    default:
      return token.raw;
  }
}

function spans(tokens) {
  return tokens.map(span);
}

function span(token) {
  switch (token.type) {
    case "strong":
      return html`<strong>${spans(token.tokens)}</strong>`;
    case "em":
      return html`<em>${spans(token.tokens)}</em>`;
    case "del":
      return html`<del>${spans(token.tokens)}</del>`;
    case "codespan":
      return html`<code>${token.text}</code>`;
    case "br":
      return html`<br />`;
    case "link":
      return link(token.href, spans(token.tokens));
    case "image":
      return link(token.href, token.text || "图片");
    case "checkbox":
      return token.checked ? "☑ " : "☐ ";
    default:
      return token.text ?? token.raw;
  }
}
