//! The command line speaks Chinese: clap's own words (Usage, Options, its
//! errors) are replaced by ours.

use clap::builder::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction};

const TEMPLATE: &str = "{about}\n\n用法：{usage}\n\n{all-args}";

/// The command with Chinese headings, defaults and help flags, at every level.
pub(super) fn translate(command: Command) -> Command {
    let has_version = command.get_version().is_some();
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("显示帮助");
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version).help("显示版本");
    let mut command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .arg(help)
        .mut_args(translate_argument);
    if has_version {
        command = command.arg(version.help_heading("选项"));
    }
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().replace("[OPTIONS]", "[选项]");
    command.override_usage(usage).mut_subcommands(|sub| {
        let name = format!("jida {}", sub.get_name());
        translate(sub.bin_name(name))
    })
}

fn translate_argument(argument: Arg) -> Arg {
    let heading = if argument.is_positional() { "参数" } else { "选项" };
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let help = match defaults.as_slice() {
        defaults if takes_value && !defaults.is_empty() => format!("{help}（默认 {}）", defaults.join(" ")),
        _ => help,
    };
    let argument = argument.help_heading(heading).help(help);
    if takes_value { argument.hide_default_value(true) } else { argument }
}

/// What is wrong with the arguments, in a sentence.
pub(super) fn describe(error: &clap::Error) -> String {
    let context = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    let value = context(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("缺少参数 {argument}"),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "请给一个命令".to_owned()
        }
        ErrorKind::InvalidSubcommand => format!("没有命令“{}”", context(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("不认得“{argument}”"),
        ErrorKind::ArgumentConflict => format!("“{argument}”给了两次，或与别的参数不能同用"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 缺少值"),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let reason = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            let has_chinese = reason.chars().any(|sign| ('\u{4E00}'..='\u{9FFF}').contains(&sign));
            if has_chinese { reason } else { format!("{argument} 的值“{value}”不能用") }
        }
        _ => "参数读不出来".to_owned(),
    }
}
