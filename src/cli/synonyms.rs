//! `jida synonyms`: words an editor may want as synonyms, found by meaning.

use std::process::ExitCode;

use clap::Args;

use super::store::Store;
use super::{CliError, Folders};
use crate::entry::{Kind, Status};
use crate::library::{AdoptionFilter, Library};
use crate::meaning::{Role, TextHash, texts_of};
use crate::proposing::{Asked, propose};

#[derive(Args)]
pub(super) struct Synonyms {
    /// 最多提几组
    #[arg(long, default_value_t = 50, value_name = "组数")]
    limit: usize,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    folders: Folders,
}

impl Synonyms {
    pub fn run(self) -> Result<ExitCode, CliError> {
        let store = Store::open(&self.folders)?;
        let generation = store.current()?;
        let Some(set) = generation.near() else { return Err(CliError::NoMeaning) };
        let asked = asked(&store.library, &set.name)?;
        let (cutter, synonyms) = generation.words();
        let mut proposals = propose(cutter, synonyms, &asked);
        proposals.truncate(self.limit);
        if self.json {
            let views: Vec<_> = proposals
                .iter()
                .map(|one| serde_json::json!({ "words": one.words, "pairs": one.pairs, "example": one.example }))
                .collect();
            println!("{}", serde_json::json!({ "proposals": views }));
            return Ok(ExitCode::SUCCESS);
        }
        for proposal in &proposals {
            println!("# {} 处：{} ／ {}", proposal.pairs, proposal.example[0], proposal.example[1]);
            println!("{}", proposal.words.join(", "));
        }
        eprintln!(
            "从 {} 个问题提出 {} 组；意思确实相同的，把那一行加进同义词表（synonyms.txt）",
            asked.len(),
            proposals.len()
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// What entries are asked by and what was asked, as far as it has vectors.
fn asked(library: &Library, set: &str) -> Result<Vec<Asked>, CliError> {
    let mut asked = Vec::new();
    let mut add = |role: Role, question: &str| -> Result<(), CliError> {
        let direction = library.vector_of(set, TextHash::of(role, question))?;
        asked.extend(direction.map(|direction| Asked { question: question.to_owned(), direction }));
        Ok(())
    };
    for adoption in library.adoptions(&AdoptionFilter::default())? {
        add(Role::Question, &adoption.question)?;
    }
    library.changed_since::<CliError>(0, |stored| {
        let entry = &stored.entry;
        let is_asked = entry.status == Status::Published && entry.kind != Kind::Policy;
        let texts = if is_asked { texts_of(entry, &Default::default()) } else { Vec::new() };
        texts.iter().try_for_each(|text| add(Role::Passage, text))
    })?;
    Ok(asked)
}
