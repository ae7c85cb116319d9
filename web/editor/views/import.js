// Import: files are dropped, what they would do is shown, what is wanted is
// chosen and loaded; the report can be kept.
import { html, nothing } from "/web/vendor/lit-html/lit-html.js";
import { ask } from "/web/shared/api.js";
import { kindName } from "/web/shared/words.js";
import { csv, download, entryLink, fieldName, foreign, head, table, withReason } from "../parts.js";

const SHOWN = 50;
const BY = { same_title: "标题相同", same_number: "文号相同", near_text: "内容相近" };
const KINDS_OF_FILES = ".xlsx,.csv,.docx,.html,.htm,.pdf,.md,.jsonl,.json,.txt";

export function open({ session, settings, redraw }) {
  const state = { uploads: [], isOver: false };

  /** One upload after the other: the server writes a plan for each. */
  async function take(files) {
    const fresh = [...files].map((file) => ({ file, name: file.name, status: "queued", left: new Set(), open: new Set() }));
    state.uploads.push(...fresh);
    redraw();
    for (const upload of fresh) await send(upload);
  }

  async function send(upload) {
    upload.status = "sending";
    redraw();
    try {
      const { data } = await ask("/v1/imports", { method: "POST", query: { name: upload.name }, body: upload.file, headers: { "Content-Type": "application/octet-stream" } });
      Object.assign(upload, { status: "planned", id: data.id, plan: data.plan });
      upload.twinned = new Set(data.plan.twins.map((twin) => twin.id));
    } catch (error) {
      Object.assign(upload, { status: "failed", error: error.message });
    }
    redraw();
  }

  const all = (upload) => [...upload.plan.added, ...upload.plan.changed].map(({ id }) => id);
  const chosen = (upload) => all(upload).filter((id) => !upload.left.has(id));

  async function apply(upload) {
    const ids = chosen(upload);
    const about = html`<p>从“${foreign(upload.name)}”导入 ${ids.length} 条，一次全部写入；写到一半出错就一条也不写。</p>`;
    const done = await withReason("导入", { send: "导入", about, suggestions: ["首次导入", "部门更新", "政策更新"] }, async (reason) => {
      upload.status = "applying";
      redraw();
      try {
        const json = upload.left.size ? { reason, only: ids } : { reason };
        return (await ask(`/v1/imports/${upload.id}`, { method: "POST", json })).data;
      } catch (error) {
        upload.status = "planned";
        redraw();
        throw error;
      }
    });
    if (!done) return;
    Object.assign(upload, { status: "done", report: done.report, applied: ids });
    redraw();
  }

  function report(upload) {
    const { plan } = upload;
    const wasApplied = (id) => (upload.applied ? (upload.applied.includes(id) ? "已导入" : "没有选") : "还没导入");
    const rows = [["文件", "行", "结果", "编号", "标题", "字段", "说明"]];
    for (const row of plan.added) rows.push([row.file, row.line || "", `新增，${wasApplied(row.id)}`, row.id, row.title, "", ""]);
    for (const row of plan.changed) for (const field of row.fields) rows.push([row.file, row.line || "", `修改，${wasApplied(row.id)}`, row.id, row.title, fieldName(field.field), field.difference]);
    for (const one of plan.findings) rows.push([one.file, one.line || "", one.severity === "error" ? "拒收" : "提醒", "", "", one.field, one.message]);
    for (const twin of plan.twins) rows.push(["", "", "可能重复", twin.id, "", "", `${BY[twin.by] ?? twin.by}：${twin.other_id}`]);
    download(`导入报告-${upload.name}.csv`, csv(rows));
  }

  function draw() {
    const drop = {
      over(event) { event.preventDefault(); state.isOver = true; redraw(); },
      leave() { state.isOver = false; redraw(); },
      drop(event) { event.preventDefault(); state.isOver = false; take(event.dataTransfer.files); },
    };
    return html`
      ${head("导入", "先试运行，看清会新增什么、改什么、拒收什么，再选要的导入。导入不会撤下任何条目。")}
      <label class="drop card ${state.isOver ? "over" : ""}" @dragover=${drop.over} @dragleave=${drop.leave} @drop=${drop.drop}>
        <strong>把文件拖到这里，或点这里选文件</strong>
        <span class="muted">Excel、CSV、Word（.docx）、网页、PDF、Markdown、JSONL，每个最多 50 MB</span>
        <input class="visually-hidden" type="file" multiple accept=${KINDS_OF_FILES} @change=${(event) => { take(event.target.files); event.target.value = ""; }} />
      </label>
      ${settings.four_eyes ? html`<p class="notice">已开启双人审核：导入要由“审核”来做，而且不能是上传文件的人。${session.role === "editor" ? "你可以先上传看试运行的结果。" : ""}</p>` : nothing}
      ${state.uploads.map(shown).reverse()}`;
  }

  function shown(upload) {
    return html`<section class="card upload" aria-label=${upload.name}>
      <div class="row"><h2 class="grow foreign">${upload.name}</h2>${actions(upload)}</div>
      ${upload.status === "queued" ? html`<p class="muted">排队中</p>` : nothing}
      ${upload.status === "sending" ? html`<p role="status">正在上传和试运行…</p><progress aria-label="上传和试运行"></progress>` : nothing}
      ${upload.status === "applying" ? html`<p role="status">正在导入 ${chosen(upload).length} 条…</p><progress aria-label="导入"></progress>` : nothing}
      ${upload.status === "failed" ? html`<p class="error" role="alert">${upload.error}</p>` : nothing}
      ${upload.status === "done" ? html`<p class="badge good verdict" role="status">已导入：新增 ${upload.report.added}，修改 ${upload.report.changed}${upload.report.conflicts ? `，冲突 ${upload.report.conflicts}` : ""}。一秒内就能查到。</p>` : nothing}
      ${upload.plan ? plan(upload) : nothing}
    </section>`;
  }

  function actions(upload) {
    if (!upload.plan) return nothing;
    const count = chosen(upload).length;
    return html`<button type="button" @click=${() => report(upload)}>下载报告</button>
      ${["planned", "applying"].includes(upload.status) ? html`<button type="button" class="primary" ?disabled=${count === 0 || upload.status === "applying"} @click=${() => apply(upload)}>导入 ${count} 条</button>` : nothing}`;
  }

  function plan(upload) {
    const { plan } = upload;
    const refused = plan.findings.filter(({ severity }) => severity === "error");
    const warned = plan.findings.filter(({ severity }) => severity !== "error");
    const sum = (words, count, tone) => html`<span class="badge ${count ? tone : ""}">${words} ${count}</span>`;
    return html`
      <p class="row sums" role="status">${sum("新增", plan.added.length, "good")}${sum("修改", plan.changed.length, "accent")}${sum("不变", plan.unchanged, "")}${sum("拒收", refused.length, "bad")}${plan.conflicts?.length ? sum("这里改过", plan.conflicts.length, "warn") : nothing}${sum("可能重复", plan.twins.length, "warn")}${sum("提醒", warned.length, "warn")}</p>
      ${part(upload, "refused", "拒收的", refused, (rows) => table(["位置", "原因"], rows, { caption: "拒收的行", key: (_, at) => at, cells: (row) => [place(row), html`${row.field ? html`<span class="muted">${fieldName(row.field)}：</span>` : nothing}${foreign(row.message)}`] }), true)}
      ${part(upload, "twins", "可能重复的", plan.twins, (rows) => html`<p class="muted">同一件事说了两遍，话务员会看到两条。不要的在下面取消勾选。</p>${table(["这次的", "和谁", "依据"], rows, { caption: "可能重复", cells: (twin) => [foreign(titled(upload, twin.id)), twin.other_in === "library" ? html`知识库里的 ${entryLink(twin.other_id, twin.other_title)}` : html`同一文件里的 ${foreign(titled(upload, twin.other_id))}`, html`${BY[twin.by] ?? twin.by}${twin.by === "near_text" ? `（${Math.round(twin.share * 100)}%）` : ""}`] })}`, true)}
      ${part(upload, "conflicts", "这里改过的", plan.conflicts ?? [], (rows) => html`<p class="muted">这些条目在这里改过，文件里又是另一个内容：现在的不会被盖掉。</p>${table(["标题", "文件里不同的"], rows, { caption: "这里改过的条目", cells: (row) => [entryLink(row.id, row.title), html`<ul class="changes-of">${row.fields.map((field) => html`<li><span class="muted">${fieldName(field.field)}</span> ${foreign(field.difference)}</li>`)}</ul>`] })}`, false)}
      ${part(upload, "changed", "修改的", plan.changed, (rows) => table(["", "标题", "改什么"], rows, { caption: "会修改的条目", shape: "chooses", cells: (row) => [box(upload, row), html`${entryLink(row.id, row.title)}<div class="small muted">${place(row)}</div>`, html`<ul class="changes-of">${row.fields.map((field) => html`<li><span class="muted">${fieldName(field.field)}</span> ${foreign(field.difference)}</li>`)}</ul>`] }), true)}
      ${part(upload, "added", "新增的", plan.added, (rows) => table(["", "标题", "类型", "位置"], rows, { caption: "会新增的条目", shape: "chooses", cells: (row) => [box(upload, row), html`${foreign(row.title)}${upload.twinned.has(row.id) ? html` <span class="badge warn">可能重复</span>` : nothing}`, kindName(row.kind), place(row)] }), plan.added.length <= SHOWN)}
      ${part(upload, "warned", "提醒", warned, (rows) => table(["位置", "提醒"], rows, { caption: "提醒", key: (_, at) => at, cells: (row) => [place(row), foreign(row.message)] }), false)}`;
  }

  const titled = (upload, id) => [...upload.plan.added, ...upload.plan.changed].find((row) => row.id === id)?.title ?? id;
  const place = ({ file, line }) => html`<span class="foreign small">${file}${line ? ` 第 ${line} 行` : ""}</span>`;

  function box(upload, row) {
    const isLocked = upload.status !== "planned";
    const change = (event) => {
      if (event.target.checked) upload.left.delete(row.id);
      else upload.left.add(row.id);
      redraw();
    };
    return html`<input type="checkbox" aria-label="导入“${row.title}”" .checked=${!upload.left.has(row.id)} ?disabled=${isLocked} @change=${change} />`;
  }

  function part(upload, name, title, rows, content, isOpen) {
    if (rows.length === 0) return nothing;
    const isWhole = upload.open.has(name);
    const shownRows = isWhole ? rows : rows.slice(0, SHOWN);
    const canChoose = ["added", "changed"].includes(name) && upload.status === "planned";
    const choose = (takes) => (event) => {
      event.preventDefault();
      for (const { id } of rows) takes ? upload.left.delete(id) : upload.left.add(id);
      redraw();
    };
    return html`<details ?open=${isOpen} class="part"><summary>${title} ${rows.length}</summary>
      ${canChoose ? html`<p class="row"><button type="button" class="quiet" @click=${choose(true)}>全选</button><button type="button" class="quiet" @click=${choose(false)}>全不选</button></p>` : nothing}
      ${content(shownRows)}
      ${shownRows.length < rows.length ? html`<button type="button" class="quiet" @click=${() => { upload.open.add(name); redraw(); }}>还有 ${rows.length - shownRows.length} 行，全部显示</button>` : nothing}
    </details>`;
  }

  return { draw, isDirty: () => state.uploads.some(({ status }) => status === "applying") };
}
