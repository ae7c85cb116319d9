//! What the ranker sees of a question and an entry. A feature says how the two
//! fit, never where the entry comes from: its kind, region, dates and id carry no
//! weight, so an entry of a library the ranker has never seen is judged as any
//! other. More of a feature never counts against an entry.

/// How many features there are.
pub const FEATURE_COUNT: usize = Feature::ALL.len();

/// A number for each feature, in the order of [`Feature::ALL`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureVector(pub [f32; FEATURE_COUNT]);

impl Default for FeatureVector {
    fn default() -> FeatureVector {
        FeatureVector([0.0; FEATURE_COUNT])
    }
}

impl FeatureVector {
    /// Products with another's numbers, in the order of the features.
    pub fn products(&self, other: &FeatureVector) -> impl Iterator<Item = f32> {
        self.0.iter().zip(&other.0).map(|(one, other)| one * other)
    }
}

impl std::ops::Index<Feature> for FeatureVector {
    type Output = f32;

    fn index(&self, feature: Feature) -> &f32 {
        &self.0[feature as usize]
    }
}

impl std::ops::IndexMut<Feature> for FeatureVector {
    fn index_mut(&mut self, feature: Feature) -> &mut f32 {
        &mut self.0[feature as usize]
    }
}

/// A candidate in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CandidateFeatures {
    pub values: FeatureVector,
    /// Whether it is an article of a law, which is ordered among the others of its
    /// kind by more than how it matches.
    pub is_article: bool,
}

/// What a feature tells, and so how it may be learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureGroup {
    /// How the texts of question and entry match, whatever the entry.
    Match,
    /// How an article of a law fits beyond its text: by the law around it, and by
    /// where it applies.
    Article,
    /// What is known of an entry without looking at the question: it decides only
    /// between entries that match alike, with a bounded weight.
    TieBreaker,
    /// What like questions were answered with.
    Memory,
    /// What like questions were answered with from the same law or chapter: it orders
    /// articles, and moves none before anything else.
    ArticleMemory,
    /// How near the meanings are.
    Meaning,
}

macro_rules! features {
    ($($variant:ident $group:ident $name:literal $label:literal)*) => {
        /// A number of the ranker.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Feature {
            $(#[doc = $label] $variant),*
        }

        impl Feature {
            /// All features, in their order.
            pub const ALL: &'static [Feature] = &[$(Feature::$variant),*];

            /// Its name in files and replies.
            pub fn name(self) -> &'static str {
                match self { $(Feature::$variant => $name),* }
            }

            /// What it tells.
            pub fn group(self) -> FeatureGroup {
                match self { $(Feature::$variant => FeatureGroup::$group),* }
            }

            /// What it says, for editors.
            pub fn label(self) -> &'static str {
                match self { $(Feature::$variant => $label),* }
            }
        }
    };
}

features! {
    RelativeScore Match "relative_score" "与得分最高者之比"
    WordCoverage Match "word_coverage" "问题的词覆盖多少"
    BigramCoverage Match "bigram_coverage" "问题的字对覆盖多少"
    ConceptCoverage Match "concept_coverage" "问题的意思（原词或同义词）覆盖多少"
    LongestRun Match "longest_run" "连着相同的字占问题多少"
    SynonymWeight Match "synonym_weight" "同义词有多少分量"
    AskedMatch Match "asked_match" "与标准问、相似问有多像"
    AskedConcepts Match "asked_concepts" "标准问、相似问覆盖问题的意思多少"
    TitleConcepts Article "title_concepts" "文件名说到问题的意思多少"
    HeadingConcepts Article "heading_concepts" "章节名说到问题的意思多少"
    Neighbours Article "neighbours" "前后条款也相关"
    ChapterAgrees Article "chapter_agrees" "同一章的其他条款也相关"
    DocumentAgrees Article "document_agrees" "同一文件的其他条款也相关"
    ChapterCoverage Article "chapter_coverage" "本章合起来覆盖问题多少"
    Citations TieBreaker "citations" "法律被引用多少次（只在法条之间比）"
    ArticleCitations TieBreaker "article_citations" "本条被引用多少次（只在法条之间比）"
    AppliesToCaller Article "applies_to_caller" "来电人所在地一定适用（只在法条之间比）"
    HasScript TieBreaker "has_script" "写好了话术"
    MemoryLikeness Memory "memory_likeness" "与已答过的问题最像的程度"
    MemorySupport Memory "memory_support" "像的已答问题有多少"
    MemoryRank Memory "memory_rank" "在已答问题里排第几"
    MemoryDocument ArticleMemory "memory_document" "同一文件答过像的问题"
    MemoryChapter ArticleMemory "memory_chapter" "同一章答过像的问题"
    Usage TieBreaker "usage" "本条答过多少问题"
    DocumentUsage ArticleMemory "document_usage" "本文件答过多少问题"
    ChapterUsage ArticleMemory "chapter_usage" "本章答过多少问题"
    Meaning Meaning "meaning" "意思相近的程度"
    MeaningStanding Meaning "meaning_standing" "意思比别的条目近多少"
    MeaningRank Meaning "meaning_rank" "按意思排第几"
    MeaningMargin Meaning "meaning_margin" "意思最近，且比第二近多少"
    MemoryMeaning Memory "memory_meaning" "与已答过的问题意思相近的程度"
    MemoryMeaningRank Memory "memory_meaning_rank" "按意思在已答问题里排第几"
    MemoryMeaningDocument ArticleMemory "memory_meaning_document" "同一文件答过意思相近的问题"
    MemoryMeaningChapter ArticleMemory "memory_meaning_chapter" "同一章答过意思相近的问题"
}
