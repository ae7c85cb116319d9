// A small hotline's library for the tests of the agent's desk.
import { faq } from "./world.mjs";

const RTL = "\u202E";

export const ENTRIES = [
  faq("faq-lost", "身份证丢了怎么补办", "本人到**任一派出所**申请，带户口簿。\n\n- 当场采集指纹\n- 领取回执", {
    script: "本人带户口簿到任一派出所申请补领，一般三十日内领证。",
    similar_questions: ["身份证不见了怎么办", "补身份证要什么"],
    department: "公安机关",
    category: "证件/身份证",
    source: [{ title: "中华人民共和国居民身份证法", article: "第十一条", number: "主席令第五十一号", date: "2011-10-29" }],
  }),
  faq("faq-expired-card", "身份证到期怎么换", "有效期满之日前三个月内申请换领。", { script: "到期前三个月内带旧证申请换领。", department: "公安机关", category: "证件/身份证" }),
  faq("faq-residence", "居住证怎么办理", "在居住地住满半年可以申领居住证。", { department: "公安机关", category: "证件/居住证" }),
  faq("faq-heating", "供暖温度不达标怎么办", "室温低于18度的，供热单位应当处理。", { region: "210000", department: "住房和城乡建设部门", script: "室温低于十八度，先报供热单位测温。" }),
  faq("faq-heating-shenyang", "沈阳供暖什么时候开始", "每年11月1日开始供暖。", { region: "210100", department: "房产部门", script: "沈阳每年十一月一日开始供暖。" }),
  faq("faq-short-lived", "临时停车优惠到什么时候", "停车优惠到年底。", { expires_on: soon(20) }),
  {
    id: "guide-marriage", kind: "guide", title: "内地居民结婚登记", department: "民政部门", category: "婚姻登记", region: "210100",
    script: "双方带身份证到婚姻登记机关，当场领证，不收费。",
    guide: {
      conditions: "双方自愿，达到法定婚龄。", materials: ["居民身份证", "三张合影"], steps: ["提出申请", "当场审查", "领取结婚证"], time_limit: "当场办结", fee: "不收费",
      places: [{ name: "市婚姻登记处", address: "人民路1号", hours: "工作日 9:00—17:00", phone: "024-12345678" }],
      online: "https://example.gov.cn/marriage", legal_basis: ["《中华人民共和国民法典》第一千零四十九条"],
    },
    body: "## 办理条件\n双方自愿。",
  },
  { id: "policy-old", kind: "policy", title: "停车场收费管理办法（旧）", body: "第一条 停车场按旧标准收费。", superseded_by: "policy-new", source: [{ number: "沈政发〔2015〕1号" }] },
  { id: "policy-new", kind: "policy", title: "停车场收费管理办法", body: "第一条 停车场按新标准收费。\n\n| 时段 | 标准 |\n| --- | --- |\n| 白天 | 新标准 |", source: [{ number: "沈政发〔2024〕9号", date: "2024-05-01" }] },
  ...["210100", "210200"].map((region) => faq(`faq-permit-${region}`, "居住证签注", `居住证签注：到 ${region} 窗口办理。`, { kind: "guide", region })),
  faq("faq-script", "脚本<script>globalThis.ran=1</script>注入怎么办", "<script>globalThis.ran=1</script>\n\n<img src=x onerror=\"globalThis.ran=1\">\n\n[点我](javascript:globalThis.ran=1) [官网](https://example.gov.cn/a)", {
    script: "话术<img src=x onerror=\"globalThis.ran=1\">不会运行",
    department: "<b>部门</b>",
    source: [{ title: "<i>来源</i>", link: "javascript:globalThis.ran=1" }],
  }),
  faq("faq-turned", `倒写${RTL}文字怎么显示`, `正文${RTL}倒写`, { script: `话术${RTL}倒写`, department: "测试部门" }),
];

/** A day so many days from now. */
function soon(days) {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** What must not have happened. */
export const RAN = () => globalThis.ran;
