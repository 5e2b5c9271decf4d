"""What in a form's export says who somebody is: columns by their heading or by what is in them, and single answers.

A heading asks for that if it consists of nothing but such words, with the usual ones around them: `What is your full
name?` and `E-mail (optional)` do, `Name one thing that you liked` does not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import regex

from warehouse.people.signup_questions import FORMS_OWN
from warehouse.survey.scales import comparable

TELLING = """
name names surname username nickname e-mail email mail timestamp time date ip phone telephone mobile whatsapp address id
person_id member_id respondent_id response_id handle account profile signature
nom prénom courriel téléphone horodateur nombre apellido apellidos correo dirección teléfono
nome sobrenome endereço telefone vorname nachname anschrift telefon zeitstempel
الاسم اسم اسمك البريد الهاتف
"""
AROUND = """
a and at display end enter family first for full give given in is last member modified my number of on optional or our
please programme person required respondent response start completion submitted tell the to us user was what what's
with your
adresse complet de du est et la le ma mon numéro quel quelle votre électronique
completo cuál de del el electrónico es mi número su tu y
completo de do e eletrônico meu o os qual seu sua é
deine dein ihr ihre ist lautet und wie
الكامل الإلكتروني رقم
bluesky facebook flickr instagram mastodon threads tiktok twitter x youtube
"""
TELLING_WORDS = frozenset(TELLING.split())
USUAL_WORDS = TELLING_WORDS | frozenset(AROUND.split())
MARKS_OF_TIME = frozenset({"marca temporal", "carimbo de data/hora", "طابع زمني"})
E_MAIL = regex.compile(r"[^\s@]+@[^\s@]+")
ADDRESS = regex.compile(r"(https?://|www\.)\S+")
IP = regex.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-f]{1,4}(:[0-9a-f]{0,4}){3,7}", regex.IGNORECASE)
PHONE = regex.compile(r"\+(\W*\d){7,15}|(\W*\d){9,15}")
TIME = regex.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([ ,T].*)?|\d{1,2}:\d{2}(:\d{2})?.*"
)
HANDLE = regex.compile(r"@\w[\w.-]*")


def is_asked_for(heading: str) -> bool:
    """Whether a column's heading asks who somebody is, or is the time at which they answered."""
    asked = comparable(heading).strip("?:*. ")
    words = set(regex.findall(r"[\w'/-]+", asked))
    return asked in FORMS_OWN | MARKS_OF_TIME or (bool(words & TELLING_WORDS) and words <= USUAL_WORDS)


def is_told(answers: Sequence[str], names: Collection[str]) -> bool:
    """Whether a column says who somebody is, or when they answered, in at least half of its cells."""
    telling = sum(is_somebody(answer, names) or bool(TIME.fullmatch(answer.strip())) for answer in answers)
    return bool(answers) and 2 * telling >= len(answers)


def names_somebody(text: str, names: Collection[str]) -> bool:
    """Whether a full name of the roster stands in it, as a name of several words."""
    said = comparable(text)
    return any(" " in name and regex.search(rf"(?<!\w){regex.escape(name)}(?!\w)", said) for name in names)


def is_somebody(answer: str, names: Collection[str]) -> bool:
    """Whether one answer leads to a person: an address, a number to call, a handle, or a name that the roster has."""
    said = answer.strip()
    if E_MAIL.search(said) or ADDRESS.search(said) or HANDLE.fullmatch(said):
        return True
    return bool(IP.fullmatch(said) or PHONE.fullmatch(said)) or comparable(said) in names or names_somebody(said, names)
