// What a person takes along: files made in the page.

/** Saves bytes as a file of the person's. */
export function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Saves a text as a file of the person's. */
export function download(name, text, type = "text/csv") {
  // A mark at the beginning, so that Excel reads UTF-8.
  save(name, new Blob(["\uFEFF", text], { type: `${type};charset=utf-8` }));
}

/** Rows as CSV; a cell that a table program would calculate stays a text. */
export function csv(rows) {
  const cell = (value) => {
    const text = String(value ?? "");
    const safe = typeof value !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
