//! The OpenAPI document as a page a person can read and print.

use serde_json::Value;

/// Methods in the order they are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The page.
pub(super) fn html(document: &Value) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>即答接口</title>\
         <link rel=\"stylesheet\" href=\"/web/shared/docs.css\"></head><body><main><h1>即答接口</h1>",
    );
    for paragraph in text(&document["info"]["description"]).split("\n\n") {
        page.push_str(&format!("<p>{}</p>", escaped(paragraph)));
    }
    page.push_str(
        "<p>给程序看的：<a href=\"/openapi.json\">openapi.json</a>。怎样接各种平台：docs/integrations。</p>",
    );
    for tag in list(&document["tags"]) {
        let name = text(&tag["name"]);
        page.push_str(&format!("<h2>{}</h2>", escaped(name)));
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                let operation = &item[method];
                if list(&operation["tags"]).first().is_some_and(|own| text(own) == name) {
                    page.push_str(&operation_html(method, path, operation));
                }
            }
        }
    }
    page.push_str("<h2>各种对象</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        page.push_str(&format!("<details id=\"{name}\"><summary>{name}</summary>{}</details>", json(schema)));
    }
    page.push_str("</main></body></html>");
    page
}

fn operation_html(method: &str, path: &str, operation: &Value) -> String {
    let summary = escaped(text(&operation["summary"]));
    let address =
        format!("<code class=\"{method}\">{}</code> <code>{}</code>", method.to_uppercase(), escaped(path));
    let mut html = format!("<details><summary>{address} {summary}</summary>");
    for paragraph in text(&operation["description"]).split("\n\n") {
        html.push_str(&format!("<p>{}</p>", escaped(paragraph)));
    }
    let parameters = list(&operation["parameters"]);
    if !parameters.is_empty() {
        html.push_str("<table><tr><th>参数</th><th>在哪里</th><th>必要</th><th>是什么</th></tr>");
        for parameter in parameters {
            let is_required = if parameter["required"] == true { "是" } else { "" };
            let description = match text(&parameter["description"]) {
                "" => text(&parameter["schema"]["description"]),
                description => description,
            };
            html.push_str(&format!(
                "<tr><td><code>{}</code></td><td>{}</td><td>{is_required}</td><td>{}</td></tr>",
                escaped(text(&parameter["name"])),
                escaped(text(&parameter["in"])),
                escaped(description),
            ));
        }
        html.push_str("</table>");
    }
    for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        html.push_str(&format!("<h3>请求 {}</h3>", escaped(kind)));
        let example = &content["example"];
        html.push_str(&json(if example.is_null() { &content["schema"] } else { example }));
    }
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        for (kind, content) in response["content"].as_object().into_iter().flatten() {
            html.push_str(&format!("<h3>{status} {}</h3>{}", escaped(kind), json(&content["schema"])));
        }
    }
    html.push_str("</details>");
    html
}

fn json(value: &Value) -> String {
    let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    format!("<pre>{}</pre>", escaped(&pretty))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
