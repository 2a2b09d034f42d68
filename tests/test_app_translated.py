"""Sentences that were made in English, in the language of whoever reads them."""

import pytest

from app.languages import speaking
from app.translated import LONGEST, translated


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("Choose a photo first.", "먼저 사진을 선택하십시오."),
        ("The file has 25.3 MB; 20 MB are the most taken.", "파일 크기가 25.3 MB입니다. 최대 20 MB까지 받습니다."),
        ("Too many uploads are coming in; try again in 3 s.", "너무 많은 업로드가 들어오고 있습니다. 3초 뒤에"),
        ("'limit' takes 1 or more.", "'limit' 값은 1 이상이어야 합니다."),
        ("'scale' takes 1, 2, 3; not 4.", "'scale' 값은 다음 가운데 하나입니다: 1, 2, 3. 4 값은 받지 않습니다."),
        ("'top_k' takes 1 to 5, as many classes as 'x' has.", "'top_k' 값은 'x' 모델의 클래스 개수인 5 이하이고"),
    ],
)
def test_a_sentence_is_known_with_its_values(english: str, korean: str) -> None:
    assert translated(english) == english
    with speaking("ko"):
        assert translated(english).startswith(korean)


@pytest.mark.parametrize("value", ["{0}", "{", "%(x)s", "a\nb", "'; try again in 3 s.", "%", "\\1", "\udcff"])
def test_values_stay_as_they_are(value: str) -> None:
    with speaking("ko"):
        said = translated(f"There is another model called '{value}'; choose another name.")
    assert said == f"'{value}' 이름의 다른 모델이 있습니다. 다른 이름을 고르십시오."


@pytest.mark.parametrize("unknown", ["", "Nobody ever said this.", "There is another model", "x" * (LONGEST + 1)])
def test_what_nobody_translated_is_left_alone(unknown: str) -> None:
    with speaking("ko"):
        assert translated(unknown) == unknown
