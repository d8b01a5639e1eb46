// Strikes CPR numbers, mail addresses, phone numbers and street addresses out of a citizen's question before it leaves
// the browser, and says what it struck, so that the agent sees it. The rules are those of ddh_beredskab/core/redaction.py,
// pattern by pattern (tests/browser/test_redact.py compares the two); the server strikes again whatever comes.

const SPACE = String.raw`[ \t\u00a0\u2009\u202f]`;
const DASH = String.raw`\u2010-\u2015\u2212\-`;
const WORD = String.raw`\p{L}\p{N}_`; // Python's \w
const LEAP = "(?:[02468][048]|[13579][26])";
const CENTURY = "(?:18|19|20)?";

// -- CPR numbers: a plausible date and four more digits ------------------------------------------------------------
const MARK = String.raw`(?:${SPACE}{0,2}[${DASH}]${SPACE}{0,2}|[.\/:_])`;
const LAST_FOUR = `(?:${MARK}|${SPACE}{1,3})?[0-9]{4}(?![0-9])`;
const NOT_A_TIME = `(?!20[2-9][0-9]${SPACE}+(?:[01][0-9]|2[0-3])[0-5][0-9](?![0-9]))`;

const date = (nought, between) =>
  `(?:(?:(?:${nought}[1-9]|1[0-9]|2[0-8])${between}(?:${nought}[1-9]|1[0-2])|(?:29|30)${between}(?:${nought}[13-9]|1[0-2])`
  + `|31${between}(?:${nought}[13578]|1[02]))${between}${NOT_A_TIME}${CENTURY}[0-9]{2}`
  + `|29${between}${nought}2${between}${NOT_A_TIME}${CENTURY}${LEAP})`;

const CPR = new RegExp(
  `(?<![0-9])(?:${[date("0", ""), date("0", SPACE), date("0?", String.raw`[.\/_${DASH}]`)].join("|")})${LAST_FOUR}`, "gu");

// -- contact details -------------------------------------------------------------------------------------------------
const MAIL = new RegExp(String.raw`(?<![${WORD}.+\-])[${WORD}.+\-]{1,64}@[${WORD}\-]+(?:\.[${WORD}\-]+)+`, "gu");

const GROUPS = [
  "[0-9]{8}",
  String.raw`[0-9]{4}[ \u00a0][0-9]{4}`,
  "(?:2[4-9]|[3-9][0-9])[0-9]{2}-[0-9]{4}",
  String.raw`[0-9]{2}(?:[ \u00a0][0-9]{2}){3}`,
  "[0-9]{2}(?:-[0-9]{2}){3}",
  String.raw`[0-9]{2}(?:\.[0-9]{2}){3}`,
  String.raw`[0-9]{3}[ \u00a0][0-9]{2}[ \u00a0][0-9]{3}`,
  String.raw`[2-9][0-9][ \u00a0][0-9]{6}`,
  String.raw`[2-9][0-9]{3}[ \u00a0][0-9]{2}[ \u00a0][0-9]{2}`,
  String.raw`[2-9][0-9][ \u00a0][0-9]{2}[ \u00a0][0-9]{4}`,
  String.raw`[2-9][0-9]{2}[ \u00a0][0-9]{3}[ \u00a0][0-9]{2}`,
].join("|");
const PHONE = new RegExp(
  String.raw`(?<![0-9+])(?:(?:(?:\+|00)45[ \u00a0\-]?)?(?:${GROUPS})|(?:\+|00)[1-9](?:[ \u00a0\-]?[0-9]){6,13})(?![0-9])`, "gu");

const HOUSE = String.raw`[ \u00a0](?:nr\.?[ ]?)?[0-9]{1,3}(?:[ ]?[a-hA-H](?![${WORD}]))?`;
const REST = String.raw`(?:,?[ ](?:st|kl|[0-9]{1,2})\.?(?:[ ]?(?:sal|tv|th|mf))?\.?(?![^ ,.;\n]))?`
  + String.raw`(?:,?[ ][0-9]{4}[ ][A-ZÆØÅ][${WORD}]+)?`;
const STREET = "(?:vej|vejen|gade|gaden|allé|alle|alléen|alleen|stræde|strædet|vænge|vænget|parken|torv|torvet|plads|pladsen"
  + "|bakken|haven|sti|stien|boulevard|kaj|kajen|toften|marken|engen|højen|krogen|svinget|buen|ringen|skrænten"
  + "|vang|vangen|løkken|lunden|dalen|brinken|ager|holmen|kæret|mosen|åsen)";
const NAME = String.raw`[${WORD}.\-]{0,40}[${WORD}]{2}${STREET}|(?![0-9_])[${WORD}][${WORD}]{1,40}[ ]${STREET}`;
const ADDRESS = new RegExp(
  String.raw`(?<![${WORD}.\-])(?!(?:motor|hoved|omfarts)vej)(?:${NAME})${HOUSE}(?![0-9])${REST}`, "giu");

const IN_ORDER = [
  ["cpr", CPR, "[CPR-nummer fjernet]"],
  ["mail", MAIL, "[mail fjernet]"],
  ["phone", PHONE, "[telefonnummer fjernet]"],
  ["address", ADDRESS, "[adresse fjernet]"],
];

// The text as it may be stored, and what was struck out of it: [{kind: "cpr" | "mail" | "phone" | "address", was}].
export function strike(text) {
  const struck = [];
  const digits = /[0-9]/.test(text);
  for (const [kind, pattern, instead] of IN_ORDER) {
    if (kind === "mail" ? text.includes("@") : digits) {
      text = text.replace(pattern, (was) => { struck.push({ kind, was }); return instead; });
    }
  }
  return { text, struck };
}
