//! Whether the numbers a question states rule an entry out as its answer: the
//! entry for a break of three months is none for a break of six.
//!
//! Thresholds (满, 不满, 以上, 以内 …) and ranges compare with what is asked and
//! do not contradict it: 满一年不满十年 answers somebody who worked three years.

use super::question::Question;
use crate::entry::{Entry, GuideParts};
use crate::text::{self, Bound, Measure, Quantity, quantities};

/// Ends of what is told in one go.
const SENTENCE_ENDS: [char; 7] = ['。', '；', ';', '！', '!', '？', '\n'];
/// Ends of a part of a sentence besides.
const CLAUSE_ENDS: [char; 6] = ['，', ',', '、', '：', ':', '?'];
/// A year followed by one of these dates a document and says nothing of the matter.
const DATES: [&str; 13] =
    ["月", "修订", "修正", "施行", "起", "颁布", "印发", "公布", "发布", "实施", "版", "第", "]"];

/// Whether the question states a number of some measure, and the entry only
/// other numbers of that measure where it speaks of what is asked.
pub(super) fn contradicts(question: &Question, entry: &Entry) -> bool {
    let asked = quantities(&question.normalised.text);
    let is_stated = |asked: &&Quantity| asked.bound != Bound::Every;
    if asked.iter().filter(is_stated).count() == 0 {
        return false;
    }
    let told = Told::of(entry);
    let words = telling_words(question, &asked);
    let mut asked = asked.iter().filter(is_stated).map(Quantity::without_bound);
    asked.any(|asked| told.contradicts(&asked, question, &words))
}

/// What an entry is asked by and what it tells, with the quantities of each.
struct Told {
    title: Vec<Quantity>,
    asked_by: Vec<Quantity>,
    sentences: Vec<Sentence>,
}

struct Sentence {
    text: String,
    quantities: Vec<Quantity>,
}

impl Told {
    fn of(entry: &Entry) -> Told {
        let asked_by = std::iter::once(&entry.title).chain(&entry.similar_questions).chain(&entry.keywords);
        let asked_by = asked_by.flat_map(|text| quantities(&text::normalise(text))).collect();
        let mut texts = vec![entry.body.as_str()];
        texts.extend(entry.script.as_deref());
        texts.extend(entry.guide.iter().flat_map(parts_of));
        let sentences = texts.into_iter().flat_map(|text| {
            let normalised = text::normalise(text);
            let of = |sentence: &str| Sentence {
                quantities: quantities(sentence)
                    .into_iter()
                    .filter(|found| !is_date(found, sentence))
                    .collect(),
                text: sentence.to_owned(),
            };
            normalised.split(SENTENCE_ENDS).map(of).collect::<Vec<_>>()
        });
        let title = quantities(&text::normalise(&entry.title));
        Told {
            title,
            asked_by,
            sentences: sentences.filter(|sentence| !sentence.quantities.is_empty()).collect(),
        }
    }

    fn contradicts(&self, asked: &Quantity, question: &Question, words: &[&str]) -> bool {
        let told = || self.sentences.iter().flat_map(|sentence| &sentence.quantities);
        if self.asked_by.iter().chain(told()).any(|stated| stated.is_same(asked)) {
            return false;
        }
        let same_matter = || self.sentences.iter().filter(|sentence| holds_any(&sentence.text, words));
        let is_limit = |stated: &&Quantity| stated.is_limit() && stated.is_comparable(asked);
        // A number in a similar question alone is one caller's situation (欠我三个月工资).
        if self.title.iter().any(|stated| counts(stated, asked)) {
            let mut titles = self.asked_by.iter().filter(|stated| counts(stated, asked));
            // Whoever has not reached a threshold (满60岁) is told from when on; whoever
            // is past a limit (三个月内) is somebody else's matter.
            return !titles.any(|stated| stated.overlaps(asked) || stated.bound == Bound::Least)
                && !told().filter(is_limit).any(|limit| limit.overlaps(asked));
        }
        let clause = clause_at(&question.normalised.text, asked.start_byte);
        let words: Vec<&str> = words.iter().copied().filter(|word| clause.contains(word)).collect();
        let mut plain = self.sentences.iter().flat_map(|sentence| sentence.plain(asked, &words));
        let mut limits = same_matter().flat_map(|sentence| &sentence.quantities).filter(is_limit);
        plain.next().is_some() && limits.next().is_none()
    }
}

impl Sentence {
    /// Plain values in those of its clauses that hold one of the words.
    fn plain<'s>(&'s self, asked: &'s Quantity, words: &'s [&str]) -> impl Iterator<Item = &'s Quantity> {
        self.quantities.iter().filter(move |stated| {
            stated.bound == Bound::Exact
                && counts(stated, asked)
                && holds_any(clause_at(&self.text, stated.start_byte), words)
        })
    }
}

/// Whether a stated value can rule the asked one out.
fn counts(stated: &Quantity, asked: &Quantity) -> bool {
    stated.bound != Bound::Every && stated.is_comparable(asked)
}

fn parts_of(guide: &GuideParts) -> impl Iterator<Item = &str> {
    let single = [&guide.conditions, &guide.time_limit, &guide.fee, &guide.notes];
    let lists = guide.materials.iter().chain(&guide.steps);
    single.into_iter().flatten().chain(lists).map(String::as_str)
}

/// Words of the question that tell its matter: not those of its numbers.
fn telling_words<'q>(question: &'q Question, asked: &[Quantity]) -> Vec<&'q str> {
    let text = &question.normalised.text;
    let stated: String = asked.iter().map(|asked| &text[asked.start_byte..asked.end_byte]).collect();
    let is_telling = |word: &&str| word.chars().count() > 1 && !stated.contains(*word);
    question.terms.words.iter().map(String::as_str).filter(is_telling).collect()
}

fn holds_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// The part of a text between two commas that holds a byte.
fn clause_at(text: &str, byte: usize) -> &str {
    let is_end = |sign: char| SENTENCE_ENDS.contains(&sign) || CLAUSE_ENDS.contains(&sign);
    let start =
        text[..byte].rfind(is_end).map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8));
    let end = text[byte..].find(is_end).map_or(text.len(), |at| byte + at);
    &text[start..end]
}

/// Whether a year belongs to a date or to a document's number.
fn is_date(found: &Quantity, text: &str) -> bool {
    if found.measure != Measure::Year {
        return false;
    }
    let after = text[found.end_byte..].trim_start_matches(|sign: char| sign.is_ascii_digit());
    let is_month = after.len() < text.len() - found.end_byte && after.starts_with('月');
    is_month || DATES.iter().any(|date| text[found.end_byte..].starts_with(date))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Kind;
    use crate::text::Cutter;

    /// Question, title (with a similar question after `|`), body, whether the
    /// entry is ruled out.
    type Pair = (&'static str, &'static str, &'static str, bool);

    #[rustfmt::skip]
    const PAIRS: &[Pair] = &[
        // Durations, in what is asked by.
        ("社保断缴六个月还能看病报销吗", "社保断缴三个月还能报销吗", "断缴期间不能报销，补缴后恢复。", true),
        ("社保断缴3个月还能看病报销吗", "社保断缴三个月还能报销吗", "断缴期间不能报销，补缴后恢复。", false),
        ("社保断缴半年怎么办", "社保断缴6个月怎么办", "可以以灵活就业身份续缴。", false),
        ("社保断缴半年怎么办", "社保断缴三个月怎么办|社保停了6个月", "可以以灵活就业身份续缴。", false),
        ("社保断缴半年怎么办", "社保断缴怎么办", "断缴三个月以内可以补缴，超过三个月重新计算。", false),
        ("社保断缴半年怎么办", "社保断缴三个月怎么办", "断缴超过三个月的，等待期重新计算。", false),
        ("暂住满一年能办居住证吗", "居住证怎么办理", "在居住地住满半年可以申领居住证。", false),
        ("暂住三个月能办居住证吗", "居住证怎么办理", "在居住地住满半年可以申领居住证。", false),
        ("驾驶证过期一年怎么换", "驾驶证过期一年以内怎么换", "持旧证换领。", false),
        ("驾驶证过期两年怎么换", "驾驶证过期一年以内怎么换", "持旧证换领。", true),
        ("驾驶证过期十二个月怎么换", "驾驶证过期一年怎么换", "持旧证换领。", false),
        ("产假158天工资怎么发", "产假工资怎么发", "产假98天，产假工资由生育津贴支付。", true),
        ("产假98天工资怎么发", "产假工资怎么发", "产假98天，产假工资由生育津贴支付。", false),
        ("工作三年有几天年假", "带薪年休假有几天", "工作满一年不满十年的，年休假5天；满十年不满二十年的，10天。", false),
        ("工作三年辞退补多少", "工作六个月被辞退补多少", "支付半个月工资的补偿。", true),
        ("噪音投诉15天没人管", "噪音扰民投诉", "投诉后60日内答复。", false),
        ("护照办了二十天还没下来", "护照多久能办好", "护照自受理之日起7个工作日内签发。", false),
        ("试用期六个月合法吗", "试用期最长多久", "合同期满三年的，试用期不得超过六个月。", false),
        ("24小时内能退票吗", "电影票开场两小时内能退吗", "不能退。", true),
        ("合同签了90天", "合同签了三个月", "按约定执行。", false),
        ("老板欠我半年工资不给", "单位拖欠工资找谁管|欠我三个月工资", "可以投诉，也可以仲裁。", false),
        ("一年能提取几次公积金", "公积金多久提取一次", "公积金每年可提取一次。", false),
        // Ages.
        ("我今年58岁能领养老金吗", "年满60周岁可以领养老金吗", "按月领取。", false),
        ("我今年58岁能领养老金吗", "养老金领取年龄", "男满60周岁，女满50周岁或55周岁。", false),
        ("14岁能办身份证吗", "16岁怎么办身份证", "由监护人陪同。", true),
        ("16周岁办身份证要什么", "十六岁怎么办身份证", "由监护人陪同。", false),
        ("75岁能考驾照吗", "60岁能考驾照吗", "七十周岁以上的，需要通过能力测试。", false),
        ("老人82岁有高龄补贴吗", "高龄津贴", "80至89周岁每月50元，90岁以上每月100元。", false),
        ("六十多岁坐公交免费吗", "老年人坐公交优惠", "65周岁以上免费，60至64岁半价。", false),
        // Counts.
        ("第三次考科目二没过", "第二次考科目二没过怎么办", "可以再预约。", true),
        ("第二次考科目二没过", "科目二考两次没过怎么办", "可以再预约。", false),
        ("身份证丢了两次还能补吗", "首次申领身份证", "带户口簿申请。", true),
        ("第二次补办社保卡收费吗", "社保卡补办收费吗", "首次补办免费，第二次起收工本费。", false),
        ("酒驾第二次被抓怎么处理", "第一次酒驾怎么处理", "暂扣六个月驾驶证。", true),
        ("迟到三次扣工资吗", "迟到扣工资吗", "按单位规章处理。", false),
        // Years.
        ("2019年的采暖费还能报吗", "2023年采暖费报销", "带发票到单位报销。", true),
        ("二〇二三年采暖费怎么报", "2023年采暖费报销", "带发票到单位报销。", false),
        ("2019年买的房怎么办证", "不动产证怎么办", "依据《不动产登记暂行条例》（2014年11月24日公布）办理。", false),
        ("2019年平均工资是多少", "平均工资是多少", "2023年平均工资为八千元。", true),
        // Money.
        ("工资8000元要交多少税", "工资5000元要交税吗", "不用交。", true),
        ("工资8000元要交多少税", "工资要交多少税", "每月超过5000元的部分按税率计算。", false),
        ("欠我5000元不还怎么起诉", "欠钱不还怎么起诉", "起诉状交法院，诉讼费50元。", false),
        ("罚款二百元怎么交", "罚款100元怎么交", "到银行缴纳。", true),
        ("20万元以下的工程要招标吗", "200000元的工程要招标吗", "不用。", false),
        // Shares.
        ("首付三成能贷款吗", "首付20%能贷款吗", "可以。", true),
        ("首付30%能贷款吗", "首付三成能贷款吗", "可以。", false),
        ("三分之一业主同意能换物业吗", "换物业要多少业主同意", "应当由三分之二以上的业主参与表决。", false),
        ("百分之五十的业主同意够吗", "50%业主同意能动用维修基金吗", "不够。", false),
        // Grades, children, homes, points, people, area.
        ("十级伤残赔多少", "八级伤残赔多少", "11个月本人工资。", true),
        ("10级伤残赔多少", "十级伤残赔多少", "7个月本人工资。", false),
        ("二级建造师怎么注册", "一级建造师怎么注册", "网上申请。", true),
        ("生三孩有补贴吗", "二孩补贴怎么领", "到街道申请。", true),
        ("第二个孩子有补贴吗", "二孩补贴怎么领", "到街道申请。", false),
        ("二套房首付多少", "首套房首付多少", "不低于15%。", true),
        ("首套房首付多少", "第一套房首付多少", "不低于15%。", false),
        ("扣12分怎么办", "一次扣6分怎么办", "可以学法减分。", true),
        ("闯红灯扣6分吗", "闯红灯怎么处罚", "闯红灯记6分。", false),
        ("5人合伙开店要什么手续", "3人合伙开店要什么手续", "签合伙协议。", true),
        ("120平米的房子契税多少", "90平方米的房子契税多少", "按1%征收。", true),
        ("120平米的房子契税多少", "房子契税多少", "面积90平方米及以下的减按1%，90平方米以上的减按1.5%。", false),
        // Nothing to compare.
        ("六个月大的宝宝怎么上户口", "新生儿怎么上户口", "带出生证明到派出所，当场办结。", false),
        ("身份证丢了怎么补办", "身份证丢了三天怎么补办", "到派出所。", false),
        ("12345投诉几天回复", "投诉多久回复", "15个工作日内回复。", false),
        ("统一年审什么时候", "车辆三年年审吗", "按规定。", false),
        ("一次性告知是什么", "两次告知是什么", "窗口说明材料。", false),
    ];

    #[test]
    fn only_other_numbers_of_the_same_measure_rule_an_entry_out() {
        let cutter = Cutter::new();
        let wrong: Vec<&Pair> = PAIRS
            .iter()
            .filter(|(asked, titles, body, is_ruled_out)| {
                let (title, similar) = titles.split_once('|').unwrap_or((titles, ""));
                let mut entry = Entry::new("a", Kind::Faq, title);
                entry.similar_questions.extend((!similar.is_empty()).then(|| similar.to_owned()));
                entry.body = (*body).to_owned();
                contradicts(&Question::understand(&cutter, asked), &entry) != *is_ruled_out
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(PAIRS.len() >= 40);
    }

    #[test]
    fn parts_of_a_guide_count_as_told() {
        let question = Question::understand(&Cutter::new(), "注销登记第45天能公告吗");
        let mut entry = Entry::new("a", Kind::Guide, "注销登记公告20天怎么办");
        assert!(!contradicts(&question, &entry), "an ordinal day is no duration");
        let question = Question::understand(&Cutter::new(), "注销登记公告45天怎么办");
        assert!(contradicts(&question, &entry));
        entry.guide =
            Some(GuideParts { time_limit: Some("公告45日".to_owned()), ..GuideParts::default() });
        assert!(!contradicts(&question, &entry));
    }
}
