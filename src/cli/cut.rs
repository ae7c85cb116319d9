//! `jida cut`: how a text is cut into words, without and with the editors'
//! words (`corpus/dictionary.txt`), before they are taken in.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::CliError;
use crate::index::DICTIONARY;
use crate::text::{self, Cutter, Token};

#[derive(Args)]
pub(super) struct Cut {
    /// 要切分的文字
    #[arg(value_name = "文字")]
    text: String,
    /// 知识库文件夹（用其中的 dictionary.txt）
    #[arg(long, default_value = "corpus", value_name = "文件夹")]
    corpus: PathBuf,
}

impl Cut {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let path = self.corpus.join(DICTIONARY);
        let list = match std::fs::read_to_string(&path) {
            Ok(list) => list,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(CliError::File { path, reason: error.to_string() }),
        };
        let (words, errors) = text::parse_dictionary(&list);
        for error in &errors {
            eprintln!("{}:{} [{}] {}", path.display(), error.line, error.code, error.message);
        }
        let normalised = text::normalise(&self.text);
        let plain = Cutter::new();
        println!("不用词典：{}", shown(&plain.question_words(&normalised)));
        let cutter = plain.with_words(&words);
        println!("用词典（{} 个词）：{}", words.len(), shown(&cutter.question_words(&normalised)));
        println!("条目里还能按这些词找到：{}", shown(&cutter.entry_words(&normalised)));
        Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn shown(words: &[Token<'_>]) -> String {
    words.iter().map(|word| word.text).collect::<Vec<_>>().join(" / ")
}
