"""Texts of planned posts: each has words of its own, and names days and themes as far as it is told to, no further."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from sandbox.campaign import vocabulary
from sandbox.campaign.files import BadWorld, Files
from sandbox.ids import number

HIDDEN = re.compile(r"https?://\S+|[#@]\w+")
DRAWN = re.compile(r"\{([a-z]+)(\d)\}")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def comparable(text: str) -> frozenset[str]:
    """The words by which two texts are alike: without links, hashtags, mentions, case and width (`metrics.md` b.6)."""
    return frozenset(WORD.findall(unicodedata.normalize("NFKC", HIDDEN.sub(" ", text)).lower()))


def alike(one: str, other: str) -> float:
    """Jaccard index of their words."""
    ours, theirs = comparable(one), comparable(other)
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 0.0


class Writer:
    """Writes deterministically: the same key gives the same words."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.tags: tuple[str, ...] = tuple(files.settings["hashtags"])
        self.keywords = {prompt["day"]: tuple(prompt.get("keywords", ())) for prompt in files.settings["prompts"]}
        told = files.settings.get("spam", {})
        keywords = (word for words in self.keywords.values() for word in words)
        self.signs = tuple(map(str.casefold, (*keywords, *told.get("phrases", ()), *told.get("homonyms", ()))))
        self.reserved = {part for sign in self.signs for part in sign.split()}
        names = ("adjectives", "nouns", "verbs", "people", "places", "how")
        self.lists = {name: self._free(getattr(vocabulary, name.upper()).split()) for name in names}
        self.openings, self.endings = self._unreserved(vocabulary.OPENINGS), self._unreserved(vocabulary.ENDINGS)
        self.remarks, self.greetings = self._unreserved(vocabulary.REMARKS), self._unreserved(vocabulary.GREETINGS)
        self.sentences = self._unreserved(SENTENCES)

    def _free(self, words: Sequence[str]) -> list[str]:
        """Without the words that mean something to the campaign."""
        free = [word for word in words if word not in self.reserved]
        if len(free) < 20:
            raise BadWorld("world.toml: the prompts' keywords leave too few words to write with.")
        return free

    def _unreserved(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Of what is said as a whole, that which means nothing to the campaign."""
        folded = {one: f" {' '.join(WORD.findall(one.casefold()))} " for one in phrases}
        free = tuple(one for one in phrases if not any(f" {sign} " in folded[one] for sign in self.signs))
        if not free:
            raise BadWorld("world.toml: the prompts' keywords leave too few words to write with.")
        return free

    def text(
        self,
        key: str,
        *,
        days: Sequence[int] = (),
        theme: int | None = None,
        tag: str | None = None,
        words: int = 9,
        culture: str = "",
        body: str | None = None,
    ) -> str:
        """A text of at least `words` tokens of its own, that names these days and this day's theme and nothing else.

        `tag` is the form of the hashtag (`exact`, `case`, `misspelt`; None: no hashtag at all), `culture` the one by
        which days are counted, `body` what is said, if it is not to be invented.
        """
        said = [body or self.body(key, words)]
        if theme:
            said.append(self._theme(key, theme))
        hashtag = self.tag(tag, key) if tag else ""
        if days:
            named = self._days(key, days, culture)
            if named.endswith(" #"):  # such a form stands between signs, at the end
                said.append(f"· {named[:-2]} {hashtag}".rstrip())
                hashtag = ""
            else:
                said.insert(0, named)
        return " ".join(part for part in (*said, hashtag) if part)

    def tag(self, form: str, key: str = "") -> str:
        """The campaign's hashtag with its sign: `exact`, `case` (another case), `misspelt` (a listed variant)."""
        own, variants = self.tags[0], self.tags[1:]
        if form == "case":
            cased = [one for one in (own.lower(), own.capitalize(), own.upper()) if one != own]
            return f"#{cased[self._turn(len(cased), key, 'case')]}"
        if form == "misspelt":
            if not variants:
                raise BadWorld("world.toml: a misspelt hashtag is planned, but `hashtags` lists no variant.")
            return f"#{variants[self._turn(len(variants), key, 'variant')]}"
        return f"#{own}"

    def remark(self, key: str) -> str:
        """What somebody says below a post: short, without hashtag, day or theme."""
        return self.remarks[self._turn(len(self.remarks), key, "remark")]

    def body(self, key: str, words: int = 9) -> str:
        """Sentences without hashtag, day or theme; every noun and adjective is drawn anew."""
        opening = self.openings[self._turn(len(self.openings), key, "opening")]
        ending = self.endings[self._turn(len(self.endings), key, "ending")]
        sentence = self.sentences[self._turn(len(self.sentences), key, "sentence")]
        draws = {f"{name}{n}": self.draw(name, key, int(n)) for name, n in DRAWN.findall(sentence)}
        more = "".join(
            f" {self.draw('adjectives', key, 10 + n).capitalize()} {self.draw('nouns', key, 10 + n)},"
            f" {self.draw('how', key, 10 + n)}."
            for n in range(max(0, (words - 9) // 3))
        )
        return f"{opening} {sentence.format(**draws)}{more} {ending}".strip()

    def draw(self, name: str, key: str, n: int = 0) -> str:
        words = self.lists[name]
        return words[self._turn(len(words), key, name, n)]

    def reworded(self, text: str, key: str, lowest: float, highest: float, *, beside: str = "") -> str:
        """The same with some of its own words replaced, until it is as much alike as is asked.

        Words that name days or themes stay. Other words are replaced than in the text that was made for the key
        `beside`. Raises BadWorld if the text is too short for that.
        """
        kept, pieces = self.reserved, text.split(" ")
        own = {word for words in self.lists.values() for word in words} - kept
        places = [n for n, piece in enumerate(pieces) if piece.strip(".,:;!?–").lower() in own]
        order = beside or key
        places.sort(key=lambda n: number(self.files.seed, order, "replaced", n, below=1 << 30), reverse=bool(beside))
        for turn, place in enumerate(places):
            pieces[place] = self.draw("nouns", key, 100 + turn)
            if lowest <= alike(text, " ".join(pieces)) <= highest:
                return " ".join(pieces)
        raise BadWorld(f"world.toml: no text can be made that is {lowest} to {highest} like that of {key}.")

    def _theme(self, key: str, day: int) -> str:
        words = self.keywords.get(day, ())
        if not words:
            raise BadWorld(f"world.toml: a post is for the theme of day {day}, but that prompt has no keywords.")
        forms = ("About the {}.", "Theme: {}.", "– {} –", "My {}!")
        word = words[0] if self._turn(4, key, "keyword") else words[-1]
        return forms[self._turn(len(forms), key, "theme")].format(word)

    def _days(self, key: str, days: Sequence[int], culture: str) -> str:
        if len(days) > 1:
            *first, last = map(str, sorted(days))
            return f"Days {', '.join(first)} and {last}:" if len(days) > 2 else f"Day {first[0]} & {last}:"
        forms = vocabulary.DAY_FORMS.get(culture, ()) + vocabulary.DAY_FORMS[""]
        form = forms[self._turn(len(forms), key, "day")]
        return vocabulary.day_phrase(form, days[0], self.files.days)

    def _turn(self, below: int, *key: object) -> int:
        return number(self.files.seed, *key, below=below)


SENTENCES = (
    "the {adjectives0} {nouns0} behind the {adjectives1} {nouns1}, which our {people0} {verbs0} {how0} in the"
    " {places0}. {adjectives2} {nouns2} included",
    "a {adjectives0} {nouns0} and one {adjectives1} {nouns1}. The {people0} {verbs0} both {how0}, the {people1}"
    " {verbs1} neither. {places0}, {places1}",
    "our {places0}: {adjectives0} {nouns0}, {adjectives1} {nouns1}, {adjectives2} {nouns2}. Somebody {verbs0} them"
    " {how0}, perhaps the {people0}",
    "{nouns0}, {nouns1}, {nouns2}: my {people0} {verbs0} each {adjectives0} piece {how0} between {places0} and"
    " {places1}, {adjectives1} as ever",
    "that {adjectives0} {nouns0} from a {places0} where an {adjectives1} {people0} {how0} {verbs0} {nouns1} after"
    " {nouns2} until {adjectives2} {people1} came",
    "{how0} {verbs0}, {how1} {verbs1}: {adjectives0} {nouns0} of the {people0}, on {adjectives1} {nouns1} near some"
    " {adjectives2} {places0}",
)
