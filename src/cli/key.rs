//! `jida key`: keys made, listed and revoked by whoever holds the library's
//! folder. A running server follows at once.

use std::num::NonZeroU32;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::{CliError, Folders, region_of};
use crate::access::{DEFAULT_KEEP_DAYS, Key as Stored, MOST_KEEP_DAYS, Role, Scope};
use crate::entry::Region;
use crate::library::{Library, NewKey};

/// How this command signs in the audit log.
const SIGNATURE: &str = "命令行 jida key";

#[derive(Args)]
pub(super) struct Key {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// 建一个密钥，只显示这一次
    Create(Create),
    /// 列出所有密钥（不含密钥本身）
    List(List),
    /// 换一个密钥：新的马上能用，旧的再留几天
    Rotate(Rotate),
    /// 停用一个密钥
    Revoke(Revoke),
}

#[derive(Args)]
struct Create {
    /// 角色：chatbot 机器人、agent 话务员、editor 采编、reviewer 审核、admin 管理员
    #[arg(long, value_parser = role_of, value_name = "角色")]
    role: Role,
    /// 给谁用：人、坐席或程序的名字
    #[arg(long, value_parser = name_of, value_name = "名字")]
    name: String,
    /// 只限这些区域，可给几次
    #[arg(long, value_parser = region_of, value_name = "六位代码")]
    region: Vec<Region>,
    /// 只限这些分类（含下级），可给几次
    #[arg(long, value_name = "分类")]
    category: Vec<String>,
    /// 只能改这个部门的条目
    #[arg(long, value_name = "部门")]
    department: Option<String>,
    /// 没有指明时查这个语境库；机器人的密钥只看得到它
    #[arg(long, value_name = "编号")]
    collection: Option<String>,
    /// 每分钟最多请求几次（不给：机器人 6000 次，其他不限）
    #[arg(long, value_name = "次数")]
    rate: Option<NonZeroU32>,
    /// 最后有效的一天
    #[arg(long, value_parser = day_of, value_name = "日期")]
    expires: Option<Date>,
    #[command(flatten)]
    folders: Folders,
}

#[derive(Args)]
struct List {
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folders: Folders,
}

#[derive(Args)]
struct Rotate {
    /// 密钥的编号（jida key list 里的）
    #[arg(value_name = "编号")]
    id: String,
    /// 旧的密钥再留几天；0 是用到今天
    #[arg(long, default_value_t = DEFAULT_KEEP_DAYS, value_parser = clap::value_parser!(u32).range(..=i64::from(MOST_KEEP_DAYS)), value_name = "天数")]
    keep: u32,
    #[command(flatten)]
    folders: Folders,
}

#[derive(Args)]
struct Revoke {
    /// 密钥的编号（jida key list 里的）
    #[arg(value_name = "编号")]
    id: String,
    /// 为什么停用
    #[arg(long, value_parser = name_of, value_name = "原因")]
    reason: String,
    #[command(flatten)]
    folders: Folders,
}

fn role_of(text: &str) -> Result<Role, String> {
    let names: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    Role::parse(text).ok_or_else(|| format!("角色“{text}”不认得，只能是 {}", names.join("、")))
}

fn day_of(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("日期“{text}”要写成 2027-12-31"))
}

fn name_of(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("名字或原因是空的".to_owned()),
        text => Ok(text.to_owned()),
    }
}

impl Key {
    pub fn run(self) -> Result<ExitCode, CliError> {
        match self.command {
            KeyCommand::Create(command) => command.run(),
            KeyCommand::List(command) => command.run(),
            KeyCommand::Rotate(command) => command.run(),
            KeyCommand::Revoke(command) => command.run(),
        }
    }
}

impl Create {
    fn run(self) -> Result<ExitCode, CliError> {
        let Create { role, name, region, category, department, collection, rate, expires, folders } = self;
        let scope =
            Scope { regions: region, categories: category, department, collection, rate_per_minute: rate };
        let new = NewKey { name, role, scope, expires_on: expires };
        let (key, secret) = Library::open(&folders.corpus)?.create_key(&new, SIGNATURE)?;
        println!(
            "已建好{}密钥，编号 {}，给“{}”用；只显示这一次，请收好：\n{}",
            role.chinese(),
            key.id,
            key.name,
            secret.reveal()
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    fn run(self) -> Result<ExitCode, CliError> {
        let library = Library::open(&self.folders.corpus)?;
        let (keys, uses) = (library.keys()?, library.last_uses()?);
        if self.json {
            println!("{}", serde_json::json!({ "keys": keys, "last_uses": uses }));
            return Ok(ExitCode::SUCCESS);
        }
        keys.iter().for_each(|key| print_key(key, uses.get(&key.id)));
        println!("共 {} 个", keys.len());
        Ok(ExitCode::SUCCESS)
    }
}

fn print_key(key: &Stored, last_use: Option<&String>) {
    let Scope { regions, categories, department, collection, rate_per_minute } = &key.scope;
    let mut limits: Vec<String> = regions.iter().map(|region| format!("区域 {region}")).collect();
    limits.extend(categories.iter().map(|category| format!("分类 {category}")));
    limits.extend(department.iter().map(|department| format!("部门 {department}")));
    limits.extend(collection.iter().map(|collection| format!("默认语境库 {collection}")));
    limits.extend(rate_per_minute.iter().map(|rate| format!("每分钟 {rate} 次")));
    let limits = if limits.is_empty() { "不限".to_owned() } else { limits.join("、") };
    let state = match (&key.revoked_at, key.expires_on) {
        (Some(at), _) => format!("{} 停用", at.get(..10).unwrap_or(at)),
        (None, Some(last)) => format!("{last} 到期"),
        (None, None) => "长期".to_owned(),
    };
    let used = match last_use {
        Some(at) => format!("{} 用过", at.get(..10).unwrap_or(at)),
        None => "没用过".to_owned(),
    };
    println!("{}  {}  {}  {limits}  {state}  {used}", key.id, key.role.chinese(), key.name);
}

impl Rotate {
    fn run(self) -> Result<ExitCode, CliError> {
        let last = jiff::Zoned::now().date().saturating_add(jiff::Span::new().days(i64::from(self.keep)));
        let rotated = Library::open(&self.folders.corpus)?.rotate_key(&self.id, last, SIGNATURE)?;
        let Some((key, secret)) = rotated else {
            eprintln!("错误：没有可用的密钥“{}”，用 jida key list 查看", self.id);
            return Ok(ExitCode::FAILURE);
        };
        println!(
            "已换成新密钥，编号 {}，旧的 {} 用到 {last}；只显示这一次，请收好：\n{}",
            key.id,
            self.id,
            secret.reveal()
        );
        Ok(ExitCode::SUCCESS)
    }
}

impl Revoke {
    fn run(self) -> Result<ExitCode, CliError> {
        let mut library = Library::open(&self.folders.corpus)?;
        if library.revoke_key(&self.id, SIGNATURE, &self.reason)? {
            println!("已停用 {}", self.id);
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!("错误：没有可停用的密钥“{}”，用 jida key list 查看", self.id);
        Ok(ExitCode::FAILURE)
    }
}
