// Questions as people type them. The theme's search takes any word for any page, "how" and "to" as well, so that a
// question of four words fits hundreds of pages. Here a question becomes its telling words: each has to be there, whole
// words and titles count most; only when no page has them all, any of them will do. The theme's own marks (quotes, +, -,
// ~, title:) are left as they are. Without this file the theme's search works as it comes.
const QUERY = 2;
const RESULT = 3;
const SETTLED = /["+~^*]|(?:title|text|tags):|(?:^|\s)-/;
const APART = /[\s\-_,:;!?=[\]()`/.<>]+/;
const EVERYWHERE = ["agno", "wherry"];
const SMALL = new Set(
  ("a about an and any are as at be by can could do does for from get give got has have how i if in into is it its me my " +
    "no not of on or our out so than that the their them then there these this to use used using want was we what when " +
    "where which who why will with work works would you your").split(" "),
);
const ENDINGS = /(?<=\w{4})(?:ing|es|ed|(?<![isu])s)$/;

const telling = (question) => {
  const words = question.toLowerCase().split(APART).filter(Boolean);
  if (/^\S+[_.]\S+$/.test(question.trim())) return words; // A name, as it is: `not_migrated`.
  const large = words.filter((word) => word.length > 1 && !SMALL.has(word)).map((word) => word.replace(ENDINGS, ""));
  const rare = large.filter((word) => !EVERYWHERE.includes(word));
  return [rare, large, words].find((some) => some.length) ?? [];
};
const asked = (question) =>
  telling(question)
    .map((word) => `${word}^10 +${word}*`)
    .join(" ");
const loosely = (question) =>
  telling(question)
    .map((word) => `${word}^10 ${word}`) // The theme puts the star.
    .join(" ");

const post = Worker.prototype.postMessage;
const waiting = new WeakMap(); // By worker: the questions that it has not answered yet, in order.
const again = ({ target, data }) => {
  if (data?.type !== RESULT) return;
  const questions = waiting.get(target);
  const question = questions.shift();
  if (!question || questions.length || data.data?.items?.length !== 0) return;
  questions.push("");
  post.call(target, { type: QUERY, data: loosely(question) });
};
Worker.prototype.postMessage = function (message, ...rest) {
  if (message?.type !== QUERY || typeof message.data !== "string") return post.call(this, message, ...rest);
  const question = SETTLED.test(message.data) ? "" : message.data;
  if (!waiting.has(this)) this.addEventListener("message", again);
  waiting.set(this, [...(waiting.get(this) ?? []), question]);
  return post.call(this, question ? { ...message, data: asked(question) } : message, ...rest);
};
