//! Errors over HTTP as RFC 9457 problems: one table of codes, Chinese texts
//! for people, internal causes for the log only.

use std::any::Any;

use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::entry::Finding;
use crate::index::IndexError;
use crate::library::LibraryError;

/// Every problem this server answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    InvalidRequest,
    Unauthorized,
    Forbidden,
    EntryNotFound,
    KeyNotFound,
    ConflictNotFound,
    CuratedNotFound,
    ImportNotFound,
    JobNotFound,
    GenerationNotFound,
    GapNotFound,
    CorrectionNotFound,
    DispatchNotFound,
    WarningNotFound,
    RouteNotFound,
    MethodNotAllowed,
    Conflict,
    GapStillOpen,
    HistoryChanged,
    PreconditionFailed,
    PreconditionRequired,
    PayloadTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    TooManyRequests,
    RequestTimeout,
    Internal,
    IndexNotReady,
    Overloaded,
    DiskFull,
}

impl Code {
    const ALL: [Code; 30] = [
        Code::InvalidRequest,
        Code::Unauthorized,
        Code::Forbidden,
        Code::EntryNotFound,
        Code::KeyNotFound,
        Code::ConflictNotFound,
        Code::CuratedNotFound,
        Code::ImportNotFound,
        Code::JobNotFound,
        Code::GenerationNotFound,
        Code::GapNotFound,
        Code::CorrectionNotFound,
        Code::DispatchNotFound,
        Code::WarningNotFound,
        Code::RouteNotFound,
        Code::MethodNotAllowed,
        Code::Conflict,
        Code::GapStillOpen,
        Code::HistoryChanged,
        Code::PreconditionFailed,
        Code::PreconditionRequired,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::ValidationFailed,
        Code::TooManyRequests,
        Code::RequestTimeout,
        Code::Internal,
        Code::IndexNotReady,
        Code::Overloaded,
        Code::DiskFull,
    ];

    /// Code, status and title.
    fn row(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Code::InvalidRequest => ("invalid_request", StatusCode::BAD_REQUEST, "请求不正确"),
            Code::Unauthorized => ("unauthorized", StatusCode::UNAUTHORIZED, "要有密钥"),
            Code::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "这个密钥不能做这件事"),
            Code::KeyNotFound => ("key_not_found", StatusCode::NOT_FOUND, "没有这个密钥"),
            Code::ConflictNotFound => ("conflict_not_found", StatusCode::NOT_FOUND, "没有这个冲突"),
            Code::CuratedNotFound => {
                ("curated_not_found", StatusCode::NOT_FOUND, "没有这条规则、通知或语境库")
            }
            Code::ImportNotFound => ("import_not_found", StatusCode::NOT_FOUND, "没有这个导入"),
            Code::JobNotFound => ("job_not_found", StatusCode::NOT_FOUND, "没有这个任务"),
            Code::GenerationNotFound => ("generation_not_found", StatusCode::NOT_FOUND, "没有这个索引代"),
            Code::GapNotFound => ("gap_not_found", StatusCode::NOT_FOUND, "没有这个缺口"),
            Code::CorrectionNotFound => ("correction_not_found", StatusCode::NOT_FOUND, "没有这条纠错"),
            Code::DispatchNotFound => ("dispatch_not_found", StatusCode::NOT_FOUND, "没有这次转交"),
            Code::WarningNotFound => ("warning_not_found", StatusCode::NOT_FOUND, "没有这条预警"),
            Code::GapStillOpen => ("gap_still_open", StatusCode::CONFLICT, "缺口里的问题还找不到答案"),
            Code::Conflict => ("conflict", StatusCode::CONFLICT, "与现有的内容冲突"),
            Code::HistoryChanged => ("history_changed", StatusCode::CONFLICT, "变更历史接不上"),
            Code::PreconditionFailed => {
                ("precondition_failed", StatusCode::PRECONDITION_FAILED, "内容已被别人改过")
            }
            Code::PreconditionRequired => {
                ("precondition_required", StatusCode::PRECONDITION_REQUIRED, "要说明改的是哪一版")
            }
            Code::ValidationFailed => ("validation_failed", StatusCode::UNPROCESSABLE_ENTITY, "内容不合要求"),
            Code::EntryNotFound => ("entry_not_found", StatusCode::NOT_FOUND, "没有这个条目"),
            Code::RouteNotFound => ("route_not_found", StatusCode::NOT_FOUND, "没有这个地址"),
            Code::MethodNotAllowed => {
                ("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "这个地址不支持这种方法")
            }
            Code::PayloadTooLarge => ("payload_too_large", StatusCode::PAYLOAD_TOO_LARGE, "请求内容太大"),
            Code::UnsupportedMediaType => {
                ("unsupported_media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "请求内容的类型不支持")
            }
            Code::TooManyRequests => {
                ("too_many_requests", StatusCode::TOO_MANY_REQUESTS, "请求太频繁，请稍后再试")
            }
            Code::RequestTimeout => ("request_timeout", StatusCode::REQUEST_TIMEOUT, "请求用时太长"),
            Code::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "服务内部出错"),
            Code::IndexNotReady => ("index_not_ready", StatusCode::SERVICE_UNAVAILABLE, "索引还没准备好"),
            Code::Overloaded => ("overloaded", StatusCode::SERVICE_UNAVAILABLE, "请求太多，请稍后再试"),
            Code::DiskFull => ("disk_full", StatusCode::INSUFFICIENT_STORAGE, "磁盘满了，没有写下"),
        }
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize)]
pub struct FieldProblem {
    /// `/limit`
    pub pointer: String,
    pub detail: String,
}

/// A problem on its way to the caller.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldProblem>,
    more: Map<String, Value>,
}

#[derive(Serialize)]
struct ProblemView {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>) -> Problem {
        Problem { code, detail: detail.into(), errors: Vec::new(), more: Map::new() }
    }

    /// The same with something more for programs: a member of the reply.
    pub fn with(mut self, name: &str, value: Value) -> Problem {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// An entry that breaks rules.
    pub fn invalid(findings: &[Finding]) -> Problem {
        let errors: Vec<FieldProblem> = findings
            .iter()
            .filter(|finding| finding.is_error())
            .map(|finding| FieldProblem {
                pointer: format!("/{}", finding.field),
                detail: finding.message.clone(),
            })
            .collect();
        let detail = errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join("；");
        Problem { errors, ..Problem::new(Code::ValidationFailed, detail) }
    }

    /// A field of the request that cannot be used.
    pub fn field(name: &str, detail: impl Into<String>) -> Problem {
        let detail = detail.into();
        let errors = vec![FieldProblem { pointer: format!("/{name}"), detail: detail.clone() }];
        Problem { errors, ..Problem::new(Code::InvalidRequest, detail) }
    }

    /// A request whose fields cannot be read, from the reader's own words, which
    /// put the field's name in backticks; `field` where they name none.
    pub fn unreadable(field: &str, reason: &str) -> Problem {
        let named = reason.split('`').nth(1);
        let name = named.unwrap_or(field);
        Problem::field(
            name,
            match reason {
                _ if reason.contains("unknown field") => format!("不认得“{name}”，请核对名称"),
                _ if reason.contains("duplicate field") => format!("“{name}”给了两次，请只给一次"),
                _ if reason.contains("missing field") => format!("缺少“{name}”，请补上"),
                _ => "请求内容读不出来，请核对格式和编码".to_owned(),
            },
        )
    }

    /// What is wrong in this case, for a person.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    pub fn index_not_ready() -> Problem {
        Problem::new(Code::IndexNotReady, "索引正在建立，请稍后再试")
    }

    pub fn overloaded() -> Problem {
        Problem::new(Code::Overloaded, "同时查询的人太多，请一秒后再试")
    }

    /// The cause goes to the log, not to the caller.
    pub fn internal(cause: &str) -> Problem {
        tracing::error!(%cause, "request failed: {cause}");
        Problem::new(Code::Internal, "请把请求编号告诉管理员")
    }
}

impl From<IndexError> for Problem {
    fn from(error: IndexError) -> Problem {
        Problem::internal(&error.to_string())
    }
}

impl From<LibraryError> for Problem {
    fn from(error: LibraryError) -> Problem {
        if matches!(error, LibraryError::DiskFull) {
            return Problem::new(Code::DiskFull, error.to_string());
        }
        Problem::internal(&error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (code, status, title) = self.code.row();
        let view = ProblemView {
            r#type: format!("/problems/{code}"),
            title,
            status: status.as_u16(),
            detail: self.detail,
            code,
            errors: self.errors,
            more: self.more,
        };
        let mut response = (status, Json(view)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// No such address.
pub async fn route_not_found() -> Problem {
    Problem::new(Code::RouteNotFound, "请核对地址")
}

/// The address exists, the method does not.
pub async fn method_not_allowed() -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        "请核对方法：查看用 GET，答复和新建用 POST，修改用 PUT 或 PATCH，停用用 DELETE",
    )
}

/// A panic ends its own request only.
pub fn from_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown");
    Problem::internal(&format!("panic: {text}")).into_response()
}

/// Adds the request's id to a problem.
pub async fn with_request_id(response: Response, id: &str) -> Response {
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    if !is_problem {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, 1 << 20).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Ok(mut view) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    view["request_id"] = id.into();
    let mut response = Response::from_parts(parts, Body::from(view.to_string()));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

/// What a problem's `type` leads to: a page a person can read.
pub async fn page(Path(code): Path<String>) -> Response {
    match Code::ALL.into_iter().map(Code::row).find(|row| row.0 == code) {
        Some((code, status, title)) => Html(format!(
            "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>{title}</title>\
             <h1>{title}</h1><p>代码 <code>{code}</code>，HTTP 状态 {}。</p></html>",
            status.as_u16()
        ))
        .into_response(),
        None => route_not_found().await.into_response(),
    }
}
